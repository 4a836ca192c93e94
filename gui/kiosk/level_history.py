"""How loud the last seconds were, so that visitors see at once that they are heard."""

import tkinter as tk
from collections import deque

from gui.main_window.level_meter import share

COLUMNS = 41  # on either side of the middle, where the present is
THICKNESS = 0.6  # of a column, the rest is gap
LEAST = 0.03  # of the height: a quiet history is a row of dots


class LevelHistory:
    """Columns on a canvas that run from the middle to both sides. Items are made once and moved."""

    def __init__(self, canvas: tk.Canvas, colour: str) -> None:
        """Args: colour: of what was before anything was heard."""
        self._canvas = canvas
        self._past = deque([(0.0, colour)] * COLUMNS, maxlen=COLUMNS)
        self._box = (0.0, 0.0, 1.0, 1.0)
        self._pairs = [
            tuple(canvas.create_rectangle(0, 0, 0, 0, width=0) for _ in range(2))
            for _ in range(COLUMNS)
        ]
        self._colours = [""] * COLUMNS

    def arrange(self, left: float, top: float, right: float, bottom: float) -> None:
        """Take up a place on the canvas."""
        self._box = (left, top, right, bottom)
        self._draw()

    def show(self, level_dbfs: float, colour: str) -> None:
        """Show the present level, in a colour that it keeps."""
        self._past.appendleft((share(level_dbfs), colour))
        self._draw()

    def _draw(self) -> None:
        left, top, right, bottom = self._box
        middle, centre = (left + right) / 2, (top + bottom) / 2
        step = (right - left) / (2 * COLUMNS)
        for place, (level, colour) in enumerate(self._past):
            half = max(level, LEAST) * (bottom - top) / 2
            for item, side in zip(self._pairs[place], (-1, 1), strict=True):
                x = middle + side * (place + 0.5) * step
                thick = THICKNESS * step / 2
                self._canvas.coords(item, x - thick, centre - half, x + thick, centre + half)
                if colour != self._colours[place]:
                    self._canvas.itemconfigure(item, fill=colour)
            self._colours[place] = colour
