"""The large words of the kiosk, and how near the sound comes to what they ask for."""

import tkinter as tk
from tkinter import font as tkfont

from epanns.views.kiosk.screen import KioskScreen
from gui.widgets.text_fitting import Measure, split_name
from gui.widgets.theme import Palette

LINE_GAP = 1.25  # from one line of the title to the next, in font heights
OVER, UNDER = 0.055, 0.075  # heights of the small lines, of that of the screen
TITLE = 0.30  # height of the title, likewise
WIDTH = 0.9  # of the screen, for any line
LEAST_SEEN = 0.02  # nearness that is worth a bar
REFERENCE = 100.0  # font pixels in which a line is measured


class Headline:
    """Three lines and two bars on a canvas, made once and changed where something differs."""

    def __init__(self, canvas: tk.Canvas, palette: Palette, family: str) -> None:
        """Args: family: of the writing."""
        self._canvas, self._palette = canvas, palette
        self._fonts = tuple(
            tkfont.Font(canvas, family=family, weight=weight)
            for weight in ("normal", "bold", "normal")
        )
        self._over, self._title, self._under = (
            canvas.create_text(0, 0, font=font, justify="center") for font in self._fonts
        )
        canvas.itemconfigure(self._over, fill=palette.muted)
        canvas.itemconfigure(self._under, fill=palette.text)
        self._track = canvas.create_rectangle(0, 0, 0, 0, width=0, fill=palette.grid)
        self._near = canvas.create_rectangle(0, 0, 0, 0, width=0)
        self._left = canvas.create_rectangle(0, 0, 0, 0, width=0, fill=palette.muted)
        self._screen: KioskScreen | None = None

    def arrange(self) -> None:
        """Take up the upper half of the canvas, in its present size."""
        width, height = self._canvas.winfo_width(), self._canvas.winfo_height()
        for item, y in ((self._over, 0.125), (self._title, 0.315), (self._under, 0.495)):
            self._canvas.coords(item, width / 2, y * height)
        screen, self._screen = self._screen, None
        if screen is not None:
            self.show(screen)

    def show(self, screen: KioskScreen) -> None:
        """Show what a screen says."""
        before, self._screen = self._screen, screen
        if before is None or _words(before) != _words(screen):
            self._write(screen)
        if before is None or (before.near, before.left) != (screen.near, screen.left):
            self._measure(screen)

    def _write(self, screen: KioskScreen) -> None:
        canvas = self._canvas
        head, synonyms = split_name(screen.title)
        over, title, under = self._fonts
        self._set(self._over, over, screen.over, OVER)
        self._set(self._under, under, screen.under or synonyms, UNDER)
        self._set(self._title, title, head, TITLE)
        palette = self._palette
        colour = (
            palette.text
            if screen.index is None
            else palette.of_class(screen.index, screen.vocabulary)
        )
        for item in (self._title, self._near):
            canvas.itemconfigure(item, fill=colour)

    def _set(self, item: int, font: tkfont.Font, text: str, share: float) -> None:
        """Write a line as large as its place allows, a share of the height of the screen."""
        height = share * self._canvas.winfo_height()

        def measure(text: str, pixels: float) -> float:
            font.configure(size=-round(pixels))
            return font.measure(text)

        lines = fit_title if item == self._title else fit_line
        text, pixels = lines(text, WIDTH * self._canvas.winfo_width(), height, measure)
        font.configure(size=-max(9, round(pixels)))
        self._canvas.itemconfigure(item, text=text)

    def _measure(self, screen: KioskScreen) -> None:
        """How near the sound comes, and below it the time that is left."""
        width, height = self._canvas.winfo_width(), self._canvas.winfo_height()
        left, length = 0.2 * width, 0.6 * width
        asks, near = screen.near is not None, screen.near or 0.0
        spare = (1.0 - screen.left) * length / 2
        for item, seen, start, end, top, bottom in (
            (self._track, asks, left, left + length, 0.565, 0.593),
            (self._near, near > LEAST_SEEN, left, left + near * length, 0.565, 0.593),
            (self._left, asks, left + spare, left + length - spare, 0.600, 0.605),
        ):
            self._canvas.coords(item, start, top * height, end, bottom * height)
            self._canvas.itemconfigure(item, state="normal" if seen else "hidden")


def _words(screen: KioskScreen) -> tuple[object, ...]:
    return screen.over, screen.title, screen.under, screen.index


def fit_line(text: str, width: float, height: float, measure: Measure) -> tuple[str, float]:
    """Find the largest font in which one line fits into a box.

    Args:
        text: the line.
        width: of the box in pixels.
        height: of the box.
        measure: gives the width of a text in pixels, for a font size in pixels.

    Returns:
        The line, and the font size in pixels.
    """
    return text, min(REFERENCE * width / max(measure(text, REFERENCE), 1.0), height / LINE_GAP)


def fit_title(text: str, width: float, height: float, measure: Measure) -> tuple[str, float]:
    """As fit_line(), with a line break where that makes the font larger."""
    words = text.split(" ")
    best = fit_line(text, width, height, measure)
    for n in range(1, len(words)):
        lines = " ".join(words[:n]), " ".join(words[n:])
        sizes = (fit_line(line, width, height / 2, measure)[1] for line in lines)
        best = max(best, ("\n".join(lines), min(sizes)), key=lambda found: found[1])
    return best
