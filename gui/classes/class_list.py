"""The list of all classes with their ticks, by keyboard and by mouse."""

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Literal

from epanns.formatting import per_cent
from epanns.views.class_selection import ClassSelection
from gui.widgets.theme import Fonts

TICKS = ("☐", "✔")
STEP = 0.05  # by which a key moves a threshold
KEYS = "Space: show    P: pin    W: watch    + and \N{MINUS SIGN}: threshold"
# Each column: its name, its head, how many digits wide it is at least, where its contents stand.
COLUMNS: tuple[tuple[str, str, int, Literal["w", "center"]], ...] = (
    ("show", "Show", 6, "center"),
    ("name", "Sound", 20, "w"),
    ("pin", "Pin", 6, "center"),
    ("watch", "Watch", 8, "center"),
    ("from", "From", 8, "center"),
)


class ClassList(ttk.Frame):
    """One row for each class: whether it is shown, pinned and watched, and its threshold.

    Attributes:
        table: the widget that takes the keys.
    """

    def __init__(
        self,
        master: tk.Misc,
        names: Sequence[str],
        selection: ClassSelection,
        change: Callable[[ClassSelection], None],
        select: Callable[[int | None], None],
    ) -> None:
        """Args: change, select: called with every new selection and with the class of the row."""
        super().__init__(master)
        self._names, self._selection = names, selection
        self._change, self._select = change, select
        self._values: list[tuple[str, ...]] = [()] * len(names)
        self.table = ttk.Treeview(
            self,
            columns=[column for column, *_ in COLUMNS],
            show="headings",
            selectmode="browse",
            height=4,
        )
        for column, head, _, anchor in COLUMNS:
            self.table.heading(column, text=head, anchor=anchor)
            self.table.column(column, anchor=anchor, stretch=column == "name")
        for index in range(len(names)):
            self.table.insert("", "end", str(index))
        scrollbar = ttk.Scrollbar(self, command=self.table.yview, takefocus=False)
        self.table.configure(yscrollcommand=scrollbar.set)
        scrollbar.pack(side="right", fill="y")
        self.table.pack(side="left", fill="both", expand=True)
        self._bind_keys()

    def _bind_keys(self) -> None:
        uses = {
            self._turn_show: ("space",),
            self._turn_pin: ("p", "P"),
            self._turn_watch: ("w", "W"),
            self._raise: ("plus", "equal", "KP_Add"),  # equal: the key of + without Shift
            self._lower: ("minus", "KP_Subtract"),
        }
        for use, keys in uses.items():
            for key in keys:
                self.table.bind(f"<{key}>", lambda _, use=use: self._use(use))  # type: ignore[misc]
        self.table.bind("<Button-1>", self._click)
        self.table.bind("<<TreeviewSelect>>", lambda _: self._select(self.selected))
        self.table.bind("<FocusIn>", lambda _: self._select_something())

    @property
    def selected(self) -> int | None:
        """The class of the selected row, if there is one."""
        rows = self.table.selection()
        return int(rows[0]) if rows else None

    def show(self, selection: ClassSelection) -> None:
        """Bring all rows up to date."""
        self._selection = selection
        for index, name in enumerate(self._names):
            values = (
                TICKS[index in selection.shown],
                name,
                TICKS[index in selection.pinned],
                TICKS[index in selection.watched],
                per_cent(selection.thresholds[index]),
            )
            if values != self._values[index]:
                self._values[index] = values
                self.table.item(str(index), values=values)

    def list(self, classes: Sequence[int]) -> None:
        """Have rows for these classes only, in this order."""
        self.table.set_children("", *map(str, classes))
        if self.selected not in classes:
            self.table.selection_set()
        self.table.yview_moveto(0)

    def fit(self, fonts: Fonts) -> None:
        """Take on the present size of writing."""
        digit = fonts.body.measure("0")
        for column, _, digits, _ in COLUMNS:
            self.table.column(column, width=digits * digit, minwidth=digits * digit)

    def _select_something(self) -> None:
        """For the keys there is always a row, if there are any."""
        rows = self.table.get_children()
        if rows and self.selected is None:
            self.table.selection_set(rows[0])
            self.table.focus(rows[0])

    def _use(self, use: Callable[[int], None]) -> str:
        if self.selected is not None:
            use(self.selected)
        return "break"

    def _click(self, event: tk.Event) -> None:
        """A click on a tick turns it; Tk itself selects the row."""
        row, column = self.table.identify_row(event.y), self.table.identify_column(event.x)
        if not row or self.table.identify_region(event.x, event.y) != "cell":
            return
        turns = {"show": self._turn_show, "pin": self._turn_pin, "watch": self._turn_watch}
        if turn := turns.get(str(self.table.column(column, "id"))):
            turn(int(row))

    def _turn_show(self, index: int) -> None:
        self._change(self._selection.show([index], index not in self._selection.shown))

    def _turn_pin(self, index: int) -> None:
        self._change(self._selection.pin(index, index not in self._selection.pinned))

    def _turn_watch(self, index: int) -> None:
        self._change(self._selection.watch(index, index not in self._selection.watched))

    def _raise(self, index: int) -> None:
        self._move(index, STEP)

    def _lower(self, index: int) -> None:
        self._move(index, -STEP)

    def _move(self, index: int, step: float) -> None:
        """To the next of the steps, so that thresholds stay round."""
        after = round(round(self._selection.thresholds[index] / STEP) * STEP + step, 2)
        self._change(self._selection.with_threshold(index, min(max(after, 0.0), 1.0)))
