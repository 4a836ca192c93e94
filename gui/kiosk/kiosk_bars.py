"""A few wide bars for the kiosk: names, bars in the colours of their families, scores.

Drawn by Tk alone: the screen is there at once, and nothing beside it moves.
"""

import tkinter as tk
from collections.abc import Sequence
from tkinter import font as tkfont
from typing import TYPE_CHECKING

from epanns.formatting import whole_per_cent
from gui.widgets.text_fitting import cut, split_name
from gui.widgets.theme import Palette

if TYPE_CHECKING:
    from epanns.views.ranking import RankedClass

BARS = 4
FONT_SHARE = 0.66  # of the height of a bar
BAR_SHARE = 0.56
NAMES = 0.40  # of the width
SCORES = 0.12


class KioskBars:
    """Bars on a canvas, made once and changed where something differs."""

    def __init__(self, canvas: tk.Canvas, palette: Palette, family: str, count: int) -> None:
        """Args: family: of the writing. count: how many bars there are at the most."""
        self._canvas, self._palette = canvas, palette
        self._font = tkfont.Font(canvas, family=family, size=-12)
        self._bars = [_KioskBar(canvas, palette, self._font) for _ in range(min(count, BARS))]

    def arrange(self, left: float, top: float, right: float, bottom: float) -> None:
        """Take up a place on the canvas."""
        height = (bottom - top) / BARS
        self._font.configure(size=-max(8, round(min(FONT_SHARE * height, (right - left) / 24))))
        for place, bar in enumerate(self._bars):
            bar.arrange(left, top + (place + 0.5) * height, right, height)

    def show(self, rows: Sequence["RankedClass"]) -> None:
        """Show rows from the top; places without one are empty."""
        for place, bar in enumerate(self._bars):
            bar.show(rows[place] if place < len(rows) else None)


class _KioskBar:
    """One row: what it shows now, and the items that show it."""

    def __init__(self, canvas: tk.Canvas, palette: Palette, font: tkfont.Font) -> None:
        self._canvas, self._palette, self._font = canvas, palette, font
        self._name = canvas.create_text(0, 0, anchor="w", font=font, fill=palette.text)
        self._track = canvas.create_rectangle(0, 0, 0, 0, width=0, fill=palette.track)
        self._bar = canvas.create_rectangle(0, 0, 0, 0, width=0)
        self._score = canvas.create_text(0, 0, anchor="e", font=font, fill=palette.text)
        self._row: RankedClass | None = None
        self._left = self._right = self._middle = self._height = 0.0

    def arrange(self, left: float, middle: float, right: float, height: float) -> None:
        self._left, self._right, self._middle, self._height = left, right, middle, height
        self._canvas.coords(self._name, left, middle)
        self._canvas.coords(self._score, right, middle)
        self._set_name()
        self._set_bar()

    def show(self, row: "RankedClass | None") -> None:
        before, self._row = self._row, row
        if (before and (before.index, before.vocabulary)) != (row and (row.index, row.vocabulary)):
            self._set_name()
        if before != row:
            self._set_bar()

    def _set_name(self) -> None:
        room = (NAMES - 0.02) * (self._right - self._left)
        head, _ = split_name(self._row.name if self._row else "")
        text = cut(head, 0.0, room, lambda text, _: self._font.measure(text))
        self._canvas.itemconfigure(self._name, text=text)

    def _set_bar(self) -> None:
        row, width = self._row, self._right - self._left
        left, right = self._left + NAMES * width, self._right - SCORES * width
        low, high = (self._middle + side * BAR_SHARE * self._height / 2 for side in (-1, 1))
        length = min(row.score, 1.0) * (right - left) if row else 0.0
        for item, end in ((self._track, right), (self._bar, left + length)):
            self._canvas.coords(item, left, low, end, high)
            self._canvas.itemconfigure(item, state="normal" if row else "hidden")
        self._canvas.itemconfigure(self._score, text=whole_per_cent(row.score) if row else "")
        if row:
            self._canvas.itemconfigure(
                self._bar, fill=self._palette.of_class(row.index, row.vocabulary)
            )
