"""A key that counts only when it is held: a short press does not end the kiosk."""

import time
import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont

from gui.widgets.theme import Palette

LOOK_EVERY = 30  # milliseconds
# X sends a release before every repeat of a held key: only one that no press follows is real.
RELEASED_AFTER = 60  # milliseconds


class HoldToExit:
    """Watches one key of a window."""

    def __init__(
        self,
        window: tk.Tk,
        key: str,
        seconds: float,
        show: Callable[[float], None],
        done: Callable[[], None],
    ) -> None:
        """Begin to watch.

        Args:
            window: the window that has the keyboard.
            key: Tk's name of the key, such as Escape.
            seconds: how long it must be held.
            show: called with the share of that time, 0 when the key is let go.
            done: called once the key has been held long enough.
        """
        self._window, self._seconds = window, seconds
        self._show, self._done = show, done
        self._since: float | None = None
        self._release = ""
        window.bind(f"<KeyPress-{key}>", self._pressed)
        window.bind(f"<KeyRelease-{key}>", self._released)
        window.bind("<FocusOut>", lambda _: self._let_go())  # its release is never seen

    def _pressed(self, _event: tk.Event) -> None:
        if self._release:
            self._window.after_cancel(self._release)
            self._release = ""
        if self._since is None:
            self._since = time.monotonic()
            self._look()

    def _released(self, _event: tk.Event) -> None:
        if not self._release:
            self._release = self._window.after(RELEASED_AFTER, self._let_go)

    def _let_go(self) -> None:
        self._since, self._release = None, ""
        self._show(0.0)

    def _look(self) -> None:
        if self._since is None:
            return
        share = (time.monotonic() - self._since) / self._seconds
        self._show(min(share, 1.0))
        if share >= 1.0:
            self._done()
        else:
            self._window.after(LOOK_EVERY, self._look)


class HoldProgress:
    """How far a key has been held: a bar with a sentence in it, on a canvas, above all else."""

    def __init__(self, canvas: tk.Canvas, palette: Palette, family: str, sentence: str) -> None:
        """Args: family: of the writing."""
        self._canvas = canvas
        self._font = tkfont.Font(canvas, family=family)
        self._box = canvas.create_rectangle(
            0, 0, 0, 0, fill=palette.surface, outline=palette.border, width=2, state="hidden"
        )
        self._fill = canvas.create_rectangle(
            0, 0, 0, 0, fill=palette.border, width=0, state="hidden"
        )
        self._text = canvas.create_text(
            0, 0, text=sentence, font=self._font, fill=palette.text, state="hidden"
        )

    def show(self, share: float) -> None:
        """Show the share of the time, 0 to 1; at 0 there is nothing to see."""
        canvas = self._canvas
        width, height = canvas.winfo_width(), canvas.winfo_height()
        left, right = 0.25 * width, 0.75 * width
        top, bottom = 0.015 * height, 0.085 * height
        canvas.coords(self._box, left, top, right, bottom)
        canvas.coords(self._fill, left, top, left + share * (right - left), bottom)
        canvas.coords(self._text, width / 2, (top + bottom) / 2)
        self._font.configure(size=-round(min(0.035 * height, 0.03 * width)))
        for item in (self._box, self._fill, self._text):
            canvas.itemconfigure(item, state="normal" if share else "hidden")
            canvas.tag_raise(item)
