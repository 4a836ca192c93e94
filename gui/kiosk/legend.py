"""What the colours mean: the families of sounds by name, where there are no bars to see."""

import tkinter as tk
from tkinter import font as tkfont

from epanns.vocabulary.audioset import AUDIOSET
from gui.widgets.theme import Palette

LINES = 3
GAP = 1.5  # between two names, in font heights
DOT = 0.62  # of the font's height
REFERENCE = 100  # font pixels in which the names are measured


class Legend:
    """Dots and names on a canvas, made once, in centred lines."""

    def __init__(self, canvas: tk.Canvas, palette: Palette, family: str) -> None:
        """Args: family: of the writing."""
        self._canvas = canvas
        self._font = tkfont.Font(canvas, family=family)
        self._entries = [
            (
                canvas.create_oval(0, 0, 0, 0, width=0, fill=colour, tags="legend"),
                canvas.create_text(
                    0, 0, anchor="w", text=name, font=self._font, fill=palette.muted, tags="legend"
                ),
                name,
            )
            for name, colour in zip(AUDIOSET.families, palette.families, strict=True)
        ]
        self._shown = True

    def show(self, shown: bool) -> None:
        """Show it or hide it."""
        if shown != self._shown:
            self._shown = shown
            self._canvas.itemconfigure("legend", state="normal" if shown else "hidden")

    def arrange(self, left: float, top: float, right: float, bottom: float) -> None:
        """Take up a place on the canvas."""
        height = (bottom - top) / LINES
        per_line = -(-len(self._entries) // LINES)
        lines = [self._entries[n : n + per_line] for n in range(0, len(self._entries), per_line)]
        self._font.configure(size=-REFERENCE)
        widest = max(self._width(line, REFERENCE) for line in lines)
        pixels = max(8, round(min(0.6 * height, REFERENCE * (right - left) / widest)))
        self._font.configure(size=-pixels)
        for place, line in enumerate(lines):
            x = (left + right - self._width(line, pixels)) / 2
            self._place(line, x, top + (place + 0.5) * height, pixels)

    def _place(self, line: list[tuple[int, int, str]], x: float, y: float, pixels: int) -> None:
        radius = DOT * pixels / 2
        for dot, text, name in line:
            self._canvas.coords(dot, x, y - radius, x + 2 * radius, y + radius)
            self._canvas.coords(text, x + pixels, y)
            x += pixels + self._font.measure(name) + GAP * pixels

    def _width(self, line: list[tuple[int, int, str]], pixels: int) -> float:
        """Of a line, in the font as it is now."""
        names = sum(self._font.measure(name) for *_, name in line)
        return names + (1 + GAP) * pixels * len(line) - GAP * pixels
