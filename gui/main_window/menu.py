"""A menu button for less common actions; each entry has its key, too."""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from gui.widgets.theme import Fonts, Palette

LINE = 1.9  # height of an entry, in heights of the writing


class MoreMenu(ttk.Menubutton):
    """A button that drops a menu; add() fills it."""

    def __init__(self, master: tk.Misc, fonts: Fonts) -> None:
        super().__init__(master, text="More", width=5, direction="above")
        self._fonts = fonts
        # Menus know no padding but a border in relief; an empty picture beside the text gives room.
        self._room = tk.PhotoImage(master=self, width=1, height=1)
        self._menu = tk.Menu(
            self, tearoff=False, font=fonts.body, relief="flat", borderwidth=0,
            activeborderwidth=0,
        )  # fmt: skip
        self.configure(menu=self._menu)
        self.bind("<Configure>", self._fit)

    def add(self, label: str, command: Callable[[], object], accelerator: str = "") -> None:
        """Append an entry.

        Args:
            label: what it does.
            command: does it, on the Tk thread.
            accelerator: the key that does it anywhere in the window, such as "Ctrl+S" or "F1".
        """
        self._menu.add_command(
            label=f" {label}  ", command=command, accelerator=f"{accelerator} ",
            image=self._room, compound="left",
        )  # fmt: skip
        *control, key = accelerator.split("+")
        spellings = {key.lower(), key.upper()} if control else {key}
        for spelling in spellings - {""}:
            sequence = f"<Control-Key-{spelling}>" if control else f"<{spelling}>"
            self.winfo_toplevel().bind(sequence, lambda _: command())

    def apply_theme(self, palette: Palette) -> None:
        """Take on a theme; ttk's styles do not reach the menu."""
        self._menu.configure(
            background=palette.grid,  # there is no border that could be dressed
            foreground=palette.text,
            activebackground=palette.accent,
            activeforeground=palette.background,
        )

    def _fit(self, _event: tk.Event) -> None:
        """Suit the size of the writing, whose changes change the size of the button."""
        self._room.configure(height=round(LINE * self._fonts.pixels))
