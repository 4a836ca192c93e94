"""While watched classes are heard: a border that pulses and a line that names them.

It stands before the other widgets at the edges of the window, so that nothing moves when it comes.
"""

import math
import time
import tkinter as tk
from collections.abc import Sequence

from epanns.views import status_text
from gui.widgets.theme import Fonts, Palette

PULSE = 0.5  # seconds: two flashes a second, as more than three can be dangerous (WCAG 2.3.1)
PULSING = 3.0  # seconds for which the border pulses before it only shines
STAYS = 3.0  # seconds for which a class is named after it was last heard
EDGE = 0.6  # thickness of the border, in heights of the writing


class WatchAlert:
    """Four edges and a line, placed on the window while there is something to name.

    Attributes:
        edges, line: the widgets.
    """

    def __init__(self, root: tk.Tk, palette: Palette, fonts: Fonts) -> None:
        self._root, self._palette, self._fonts = root, palette, fonts
        self._heard: dict[str, float] = {}  # when each class that is named was heard last
        self._began = 0.0
        self.edges = [tk.Frame(root) for _ in range(4)]
        self.line = tk.Label(root, font=fonts.headline)

    def show(self, fired: Sequence[str]) -> None:
        """Take in the names of the watched classes that are heard now; once a frame."""
        now = time.monotonic()
        before = list(self._heard)
        self._heard |= dict.fromkeys(fired, now)
        self._heard = {each: at for each, at in self._heard.items() if now - at < STAYS}
        if not self._heard:
            if before:
                self._hide()
            return
        age = now - self._began
        if not before:
            self._began = now
            self._place()
        elif not self._heard.keys() <= set(before):  # again, without a break in the rhythm
            self._began = now - (age % PULSE if age < PULSING else 0.0)
        self._paint(now - self._began)

    def apply_theme(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette

    def _place(self) -> None:
        thick = max(4, round(EDGE * self._fonts.pixels))
        top, bottom, left, right = self.edges
        top.place(relwidth=1, height=thick)
        bottom.place(rely=1, anchor="sw", relwidth=1, height=thick)
        left.place(relheight=1, width=thick)
        right.place(relx=1, anchor="ne", relheight=1, width=thick)
        self.line.place(rely=1, y=-thick, anchor="sw", relwidth=1)
        for widget in (self.line, *self.edges):
            widget.lift()

    def _hide(self) -> None:
        for widget in (self.line, *self.edges):
            widget.place_forget()

    def _paint(self, age: float) -> None:
        palette = self._palette
        colour = _mixed(palette.background, palette.warning, glow(age))
        for edge in self.edges:
            edge.configure(background=colour)
        self.line.configure(
            text=status_text.watched(list(self._heard)),
            background=palette.warning,
            foreground=palette.background,
            wraplength=self._root.winfo_width() - 4 * self._fonts.pixels,
        )


def glow(age: float) -> float:
    """How bright the border is `age` seconds after it came, from 0 to 1."""
    return 1.0 if age >= PULSING else 0.5 + 0.5 * math.cos(2 * math.pi * age / PULSE)


def _mixed(dark: str, bright: str, share: float) -> str:
    """A colour between two, as #rrggbb."""
    pairs = zip(bytes.fromhex(dark[1:]), bytes.fromhex(bright[1:]), strict=True)
    return "#" + bytes(round(a + share * (b - a)) for a, b in pairs).hex()
