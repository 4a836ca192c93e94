"""The class that is selected in the list: its threshold, and its place in the ontology."""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from epanns.views import status_text
from epanns.views.class_selection import ClassSelection
from gui.widgets.theme import Fonts

PLACE_LINES = 4  # there is always room for these, so that the list above seldom moves
NOTHING = "Select a sound to see where it belongs."


class ClassDetails(ttk.Frame):
    """A field for the threshold of one class, and what the ontology says of it.

    Attributes:
        threshold: the field, in per cent.
        text: the writing below it.
    """

    def __init__(
        self, master: tk.Misc, selection: ClassSelection, change: Callable[[ClassSelection], None]
    ) -> None:
        """Args: change: called with every new selection."""
        super().__init__(master)
        self._selection, self._change = selection, change
        self._index: int | None = None
        row = ttk.Frame(self)
        row.grid(sticky="ew", pady=(0, 4))
        ttk.Label(row, text="Heard from").pack(side="left")
        self.threshold = ttk.Spinbox(row, from_=0, to=100, width=5, command=self._commit)
        self.threshold.pack(side="left", padx=6)
        for key in ("<Return>", "<KP_Enter>", "<FocusOut>"):
            self.threshold.bind(key, lambda _: self._commit())
        ttk.Label(row, text="% on").pack(side="left")
        self.text = ttk.Label(self, style="Small.TLabel", justify="left")
        self.text.grid(sticky="new")
        self.bind("<Configure>", lambda event: self.text.configure(wraplength=event.width))

    def show(self, selection: ClassSelection, index: int | None) -> None:
        """Show a class of a selection; None for none."""
        self._selection, self._index = selection, index
        self.threshold.configure(state="disabled" if index is None else "normal")
        self._put_back()
        self.text.configure(
            text=NOTHING if index is None else status_text.place(index, selection.vocabulary),
            style="Small.TLabel",
        )

    def fit(self, fonts: Fonts) -> None:
        """Take on the present size of writing."""
        self.threshold.configure(font=fonts.body)
        lines = PLACE_LINES * fonts.small.metrics("linespace")
        self.rowconfigure(1, minsize=lines + fonts.pixels // 2)

    def _put_back(self) -> None:
        """The field says what counts."""
        if self._index is not None:
            self.threshold.set(f"{100 * self._selection.thresholds[self._index]:.3g}")
            self.threshold.selection_clear()

    def _commit(self) -> None:
        """Take a typed number over, or put the last one back and say what is possible."""
        text = self.threshold.get().strip().removesuffix("%").replace(",", ".")
        if self._index is None:
            return
        try:
            per_cent = float(text)
        except ValueError:
            per_cent = -1.0
        if 0 <= per_cent <= 100:
            self._change(self._selection.with_threshold(self._index, per_cent / 100))
        else:
            self._put_back()
            self.text.configure(text=status_text.bad_threshold(text), style="Remark.TLabel")
