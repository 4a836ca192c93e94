"""The dialog in which a person chooses the classes; every change counts at once."""

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from tkinter import ttk
from typing import TYPE_CHECKING

from epanns.views import status_text
from epanns.views.class_selection import ClassSelection, find
from epanns.vocabulary.languages import class_names
from gui.classes.class_details import ClassDetails
from gui.classes.class_list import KEYS, ClassList
from gui.widgets.changes import change
from gui.widgets.comboboxes import ignore_wheel
from gui.widgets.theme import Fonts, Palette, style_list

if TYPE_CHECKING:
    from gui.widgets.tooltips import Tooltip

SIZE = (42, 42)  # of the dialog, in heights of the writing
FRAME = 60  # pixels of the screen that are left for what the system puts around a window


class ClassDialog(tk.Toplevel):
    """A window beside the main one: a search, presets, all classes, what becomes of each.

    It is made hidden, and hides when it is closed.

    Attributes:
        selection: what is chosen now.
    """

    def __init__(
        self, root: tk.Tk, selection: ClassSelection, language: str, fonts: Fonts,
        choose: Callable[[ClassSelection], None],
    ) -> None:  # fmt: skip
        """Args: choose: called with every new selection, on the Tk thread."""
        super().__init__(root)
        self.withdraw()
        self.title("Classes")
        self.transient(root)
        self._main, self._fonts, self._choose = root, fonts, choose
        self.selection = self._first = selection
        self._language = language
        self._found: tuple[int, ...] = ()
        self._pixels = 0  # height of the writing for which there is room
        self._tips: list[Tooltip] = []
        self._frame = ttk.Frame(self)
        self._frame.pack(fill="both", expand=True)
        self._frame.columnconfigure(0, weight=1)
        self._frame.rowconfigure(2, weight=1)
        search, presets = self._build_search(), self._build_presets()
        self._list = ClassList(
            self._frame,
            class_names(language, selection.vocabulary),
            selection,
            self._change,
            self._select,
        )
        keys = ttk.Label(self._frame, text=KEYS, style="Small.TLabel")
        self._place = ClassDetails(self._frame, selection, self._change)
        end = self._build_end()
        for part in (search, presets, self._list, keys, self._place, end):
            part.grid(column=0, sticky="nsew", pady=3)
        self.protocol("WM_DELETE_WINDOW", self.close)
        self.bind("<Escape>", lambda _: self.close())
        for key in ("<Control-q>", "<Control-Q>"):  # what ends the program ends it from here, too
            self.bind(key, lambda _: root.tk.eval(root.protocol("WM_DELETE_WINDOW")))
        self._search()
        self._show()

    def open(self, palette: Palette) -> None:
        """Come to the front, with the keyboard in the search field."""
        if not self._tips:
            self._explain()
        self.apply_theme(palette)
        if self.state() == "withdrawn":
            self._stand()
            self.deiconify()
        self.lift()
        self.after_idle(self._field.focus_force)  # after a click's own wish for the keyboard
        self._field.selection_range(0, "end")

    def close(self) -> None:
        """Hide, and give the keyboard back."""
        self.withdraw()
        self._main.focus_force()

    def destroy(self) -> None:
        """Also of the tooltips, which stand elsewhere."""
        for tip in self._tips:
            tip.destroy()
        super().destroy()

    def apply_theme(self, palette: Palette) -> None:
        """Take on a theme, and the present size of writing."""
        self.configure(background=palette.background)
        self._frame.configure(padding=self._fonts.pixels // 2)
        self._list.fit(self._fonts)
        self._place.fit(self._fonts)
        for field in (self._field, self._preset):
            field.configure(font=self._fonts.body)  # taken in only when they are told again
        style_list(self._preset, palette, self._fonts)
        for tip in self._tips:
            tip.apply_theme(palette)
        if self._fonts.pixels != self._pixels and self.state() != "withdrawn":
            self._stand()

    def _stand(self) -> None:
        """At the right of the main window, as large as the screen allows."""
        main = self._main
        pixels = self._pixels = self._fonts.pixels
        width = min(SIZE[0] * pixels, self.winfo_screenwidth() - FRAME)
        height = min(SIZE[1] * pixels, self.winfo_screenheight() - FRAME)
        right = min(main.winfo_rootx() + main.winfo_width(), self.winfo_screenwidth())
        top = min(main.winfo_rooty(), self.winfo_screenheight() - height - FRAME)
        self.minsize(width // 2, height // 2)
        self.geometry(f"{width}x{height}+{max(0, right - width - pixels)}+{max(0, top)}")

    # -- layout --------------------------------------------------------------

    def _build_search(self) -> ttk.Frame:
        row = ttk.Frame(self._frame)
        ttk.Label(row, text="Search").pack(side="left")
        self._text = tk.StringVar(self)
        self._text.trace_add("write", lambda *_: self._search())
        self._field = ttk.Entry(row, textvariable=self._text, width=12)
        self._field.pack(side="left", fill="x", expand=True, padx=6)
        for key in ("<Down>", "<Return>", "<KP_Enter>"):
            self._field.bind(key, lambda _: self._list.table.focus_set())
        self._count = ttk.Label(row, style="Small.TLabel", width=13, anchor="e")
        self._count.pack(side="left")
        self._all = ttk.Button(row, text="All", width=5, command=partial(self._tick, True))
        self._none = ttk.Button(row, text="None", width=5, command=partial(self._tick, False))
        for button in (self._all, self._none):
            button.pack(side="left", padx=(6, 0))
        return row

    def _build_presets(self) -> ttk.Frame:
        row = ttk.Frame(self._frame)
        ttk.Label(row, text="Show").pack(side="left")
        vocabulary = self.selection.vocabulary
        self._presets = ("all", *vocabulary.presets)
        titles = [self._title(name, len(vocabulary.subset(name))) for name in self._presets]
        self._preset = ttk.Combobox(row, state="readonly", values=titles)
        self._preset.pack(side="left", fill="x", expand=True, padx=(6, 0))
        self._preset.bind("<<ComboboxSelected>>", lambda _: self._take_preset())
        ignore_wheel(self._preset)
        return row

    def _build_end(self) -> ttk.Frame:
        row = ttk.Frame(self._frame)
        self._is_specific = tk.BooleanVar(self)
        self._specific = ttk.Checkbutton(
            row,
            text="Show only the most specific sound",
            variable=self._is_specific,
            command=self._turn_specific,
        )
        self._specific.pack(side="left")
        self._reset = ttk.Button(row, text="Reset", command=lambda: self._change(self._first))
        self._close = ttk.Button(row, text="Close", command=self.close)
        self._close.pack(side="right")
        self._reset.pack(side="right", padx=6)
        self._reset.lower(self._close)  # Tab goes from left to right
        return row

    def _explain(self) -> None:
        """Tooltips; the list says in a line of its own what its keys do."""
        from gui.widgets.tooltips import Tooltip

        meanings = {
            self._field: "Part of a name, or of the name of what it belongs to: dog finds Bark too",
            self._all: "Show all sounds that the search has found",
            self._none: "Show none of the sounds that the search has found",
            self._preset: "Show the sounds of one kind of place or thing",
            self._place.threshold: "The score from which on the selected sound counts as heard;"
            " Return takes it over",
            self._specific: "Leave out a sound while one that it includes is heard:"
            " not Animal, Dog and Bark but only Bark",
            self._reset: "Back to what the program began with",
            self._close: "Close this window (Esc); Ctrl+L opens it again",
        }
        self._tips = [Tooltip(widget, meaning, self._fonts) for widget, meaning in meanings.items()]

    # -- what the controls do ------------------------------------------------

    def _search(self) -> None:
        self._found = find(self._text.get(), self.selection.vocabulary, self._language)
        self._list.list(self._found)
        change(self._count, text=status_text.found(len(self._found)))

    def _take_preset(self) -> None:
        self._change(self.selection.only(self._presets[self._preset.current()]))
        self._preset.selection_clear()

    def _tick(self, wanted: bool) -> None:
        self._change(self.selection.show(self._found, wanted))

    def _turn_specific(self) -> None:
        self._change(replace(self.selection, most_specific=self._is_specific.get()))

    def _select(self, index: int | None) -> None:
        self._place.show(self.selection, index)

    def _change(self, selection: ClassSelection) -> None:
        self.selection = selection
        self._show()
        self._choose(selection)

    def _show(self) -> None:
        selection = self.selection
        self._list.show(selection)
        self._place.show(selection, self._list.selected)
        self._preset.set(self._title(selection.title, len(selection.shown)))
        self._is_specific.set(selection.most_specific)

    def _title(self, subset: str, count: int) -> str:
        return status_text.subset(subset, count, len(self.selection.vocabulary))
