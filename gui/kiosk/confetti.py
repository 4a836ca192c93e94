"""Confetti: pieces of paper on a canvas, made once, thrown from both lower corners and falling."""

import math
import random
import tkinter as tk
from dataclasses import dataclass

from gui.widgets.theme import Palette

PIECES = 180
LASTS = 4.0  # seconds from the throw until nothing is left
PULL = 1.1  # of gravity, in heights of the canvas a second squared
THROW = (0.9, 1.5)  # speeds upwards, in heights a second
REACH = (0.02, 0.62)  # speeds sideways, in widths a second
SIZE = (0.010, 0.022)  # of a piece, in heights of the canvas


@dataclass(frozen=True, slots=True)
class _Flight:
    """How one piece flies; lengths in widths and heights of the canvas."""

    start: float
    sideways: float
    upwards: float
    turn: float
    size: float

    def place(self, seconds: float) -> tuple[float, float, float]:
        """Where it is after a time: x, y from the top, and its angle."""
        x = self.start + self.sideways * seconds
        y = 1.02 - self.upwards * seconds + PULL * seconds**2 / 2
        return x, y, self.turn * seconds


class Confetti:
    """Pieces in the colours of the families of sounds."""

    def __init__(self, canvas: tk.Canvas, palette: Palette) -> None:
        self._canvas = canvas
        self._random = random.Random(527)
        self._flights: list[_Flight] = []
        self._pieces = [
            canvas.create_polygon(
                *(0,) * 8,
                fill=palette.families[number % len(palette.families)],
                state="hidden",
                tags="confetti",
            )
            for number in range(PIECES)
        ]
        self._thrown = -math.inf

    def throw(self, now: float) -> None:
        """Begin; `now` is a time in seconds."""
        self._thrown = now
        self._flights = [self._flight(number % 2 == 0) for number in range(PIECES)]
        self._canvas.itemconfigure("confetti", state="normal")
        self._canvas.tag_raise("confetti")

    def step(self, now: float) -> None:
        """Move all pieces to where they are at a time; does nothing when none are in the air."""
        if not self._flights:
            return
        seconds = now - self._thrown
        if seconds > LASTS:
            self._flights = []
            self._canvas.itemconfigure("confetti", state="hidden")
            return
        width, height = self._canvas.winfo_width(), self._canvas.winfo_height()
        for piece, flight in zip(self._pieces, self._flights, strict=True):
            x, y, angle = flight.place(seconds)
            corners = _corners(x * width, y * height, flight.size * height, angle)
            self._canvas.coords(piece, *corners)

    def _flight(self, from_left: bool) -> _Flight:
        sideways = self._random.uniform(*REACH)
        return _Flight(
            start=-0.02 if from_left else 1.02,
            sideways=sideways if from_left else -sideways,
            upwards=self._random.uniform(*THROW),
            turn=self._random.uniform(-9.0, 9.0),
            size=self._random.uniform(*SIZE),
        )


def _corners(x: float, y: float, size: float, angle: float) -> list[float]:
    """The corners of a piece twice as long as wide, which also turns about its long axis."""
    along_x, along_y = size * math.cos(angle), size * math.sin(angle)
    flip = 0.55 * math.cos(1.7 * angle)
    across_x, across_y = -along_y * flip, along_x * flip
    return [
        *(x + along_x + across_x, y + along_y + across_y),
        *(x - along_x + across_x, y - along_y + across_y),
        *(x - along_x - across_x, y - along_y - across_y),
        *(x + along_x - across_x, y + along_y - across_y),
    ]
