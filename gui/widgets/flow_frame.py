"""A frame that sets its widgets side by side and starts a new row where they do not fit."""

import tkinter as tk
from tkinter import ttk

from gui.widgets.theme import Fonts


class FlowFrame(ttk.Frame):
    """Widgets in rows, as words in a text; those added with `right` end at the right margin."""

    def __init__(self, master: tk.Misc, fonts: Fonts, gap: float = 0.8) -> None:
        """Args: gap: between two widgets, in heights of the writing."""
        super().__init__(master, height=1)
        self._fonts, self._gap_ems = fonts, gap
        self._widgets: list[tuple[tk.Widget, bool]] = []
        self._pending = ""
        self.bind("<Configure>", self._arrange_soon)

    def add(self, widget: tk.Widget, right: bool = False) -> None:
        """Append a child of this frame."""
        self._widgets.append((widget, right))
        widget.bind("<Configure>", self._arrange_soon, add=True)
        widget.place(x=0, y=0)

    def arrange(self) -> None:
        """Place every widget for the present width."""
        self._pending = ""
        y = 0
        for row in self._rows():
            height = max(widget.winfo_reqheight() for widget, _ in row)
            spare = self.winfo_width() - self._width(row)
            x = 0
            for widget, right in row:
                if right and spare > 0:
                    x, spare = x + spare, 0
                widget.place(x=x, y=y + (height - widget.winfo_reqheight()) // 2)
                x += widget.winfo_reqwidth() + self._gap
            y += height + self._gap // 2
        self.configure(height=max(1, y - self._gap // 2))

    @property
    def _gap(self) -> int:
        return round(self._gap_ems * self._fonts.pixels)

    def _rows(self) -> list[list[tuple[tk.Widget, bool]]]:
        rows: list[list[tuple[tk.Widget, bool]]] = []
        for item in self._widgets:
            if rows and self._width([*rows[-1], item]) <= self.winfo_width():
                rows[-1].append(item)
            else:
                rows.append([item])
        return rows

    def _width(self, row: list[tuple[tk.Widget, bool]]) -> int:
        return sum(widget.winfo_reqwidth() + self._gap for widget, _ in row) - self._gap

    def _arrange_soon(self, _event: object = None) -> None:
        """Once for all changes that come together; sizes are settled only when Tk is idle."""
        if not self._pending:
            self._pending = self.after_idle(self.arrange)
