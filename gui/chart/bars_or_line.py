"""The place of the bars: they stand there, or a line that says why there are none."""

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk
from typing import TYPE_CHECKING

from epanns.views import status_text

if TYPE_CHECKING:
    from epanns.views.ranking import RankedClass
    from gui.chart.bars import Bars


class BarsOrLine(ttk.Frame):
    """A frame with bars, or with a line in place of them.

    Attributes:
        line: what stands in place of the bars; "" while these are seen.
    """

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master)
        self._bars: Bars | None = None
        self._label = ttk.Label(self, style="Message.TLabel", anchor="center", justify="center")

    def put(self, bars: "Bars") -> None:
        """Take in the bars, whose master is this frame; the line stays before them."""
        self._bars = bars
        bars.widget.place(relwidth=1, relheight=1)
        tk.Misc.lower(bars.widget)

    def wrap(self, width: int) -> None:
        """Break the line for a width in pixels."""
        self._label.configure(wraplength=width)

    @property
    def line(self) -> str:
        """The line; "" while the bars are seen."""
        return str(self._label.cget("text"))

    def say(self, text: str) -> None:
        """Show a line in place of the bars; "" for the bars."""
        if text != self.line:
            self._label.configure(text=text)
            if text:
                self._label.place(relwidth=1, relheight=1)
            else:
                self._label.place_forget()

    def show(self, rows: "Sequence[RankedClass]", threshold: float | None) -> None:
        """Show rows as bars, or that none of them reaches its threshold.

        Args:
            rows: from the top.
            threshold: of all classes; None if each has its own.
        """
        assert self._bars is not None
        if any(row.heard or row.pinned for row in rows):
            self._bars.show(rows)
            self.say("")
        else:
            self.say(status_text.nothing_heard(threshold))
