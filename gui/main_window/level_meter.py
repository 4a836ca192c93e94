"""The level meter: how loud it is right now, in dBFS."""

import math
import tkinter as tk

from gui.widgets.theme import Fonts, Palette

FLOOR_DBFS = -60.0
TICKS_DBFS = (-60, -50, -40, -30, -20, -10, 0)
LOUD_DBFS = -3.0  # a peak above it turns the meter to a warning
CLIPPED_DBFS = -0.5  # a peak above it to bad


def share(dbfs: float) -> float:
    """Where a level lies between the meter's floor and full scale: 0 to 1."""
    if math.isnan(dbfs):
        return 0.0
    return min(1.0, max(0.0, 1.0 - dbfs / FLOOR_DBFS))


def tone(peak_dbfs: float) -> str:
    """Name of the palette's colour for a peak."""
    if peak_dbfs > CLIPPED_DBFS:
        return "bad"
    return "warning" if peak_dbfs > LOUD_DBFS else "good"


def reading(dbfs: float) -> str:
    """The level in words; digital silence has no number, and NaN means that nothing comes in."""
    if math.isnan(dbfs):
        return "no sound"
    return f"{max(dbfs, -99):.0f} dBFS".replace("-", "\N{MINUS SIGN}") if dbfs > -120 else "silence"


class LevelMeter(tk.Canvas):
    """RMS level as a bar, peak as a line, a scale in dBFS below. Items are made once and moved."""

    def __init__(self, master: tk.Misc, palette: Palette, fonts: Fonts) -> None:
        super().__init__(master, highlightthickness=0, borderwidth=0, width=1, takefocus=False)
        self._fonts = fonts
        self._palette = palette
        self._level = self._peak = math.nan
        self._shown: tuple[int, int, str, str] | None = None
        self._track = self.create_rectangle(0, 0, 0, 0, width=0)
        self._bar = self.create_rectangle(0, 0, 0, 0, width=0)
        self._line = self.create_rectangle(0, 0, 0, 0, width=0)
        self._text = self.create_text(0, 0, anchor="e", font=fonts.body)
        self._ticks = [self.create_text(0, 0, anchor="n", font=fonts.small) for _ in TICKS_DBFS]
        self.bind("<Configure>", lambda _: self.arrange())
        self.apply_theme(palette)

    def apply_theme(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.configure(background=palette.background)
        self.itemconfigure(self._track, fill=palette.track)
        self.itemconfigure(self._text, fill=palette.text)
        for tick in self._ticks:
            self.itemconfigure(tick, fill=palette.muted)
        self._draw_again()

    def show(self, level_dbfs: float, peak_dbfs: float) -> None:
        """Show a new level; touches the screen only where that changes something."""
        self._level, self._peak = level_dbfs, peak_dbfs
        length = round(share(level_dbfs) * self._length)
        peak = round(share(peak_dbfs) * self._length)
        colour, words = tone(peak_dbfs), reading(level_dbfs)
        if (length, peak, colour, words) == self._shown:
            return
        self._shown = (length, peak, colour, words)
        self.coords(self._bar, 0, 0, length, self._thickness)
        self.coords(self._line, max(0, peak - self._thickness // 5), 0, peak, self._thickness)
        self.itemconfigure(self._bar, fill=getattr(self._palette, colour))
        self.itemconfigure(self._line, fill=self._palette.text)
        self.itemconfigure(self._text, text=words)

    def arrange(self) -> None:
        """Place the fixed items for the present size of canvas and writing."""
        self.configure(height=self._thickness + round(1.4 * self._fonts.pixels))
        self.coords(self._track, 0, 0, self._length, self._thickness)
        self.coords(self._text, self.winfo_width(), self._thickness // 2)
        for dbfs, tick in zip(TICKS_DBFS, self._ticks, strict=True):
            self.coords(tick, share(dbfs) * self._length, self._thickness + 2)
            self.itemconfigure(tick, text=str(dbfs).replace("-", "\N{MINUS SIGN}"))
        self.itemconfigure(self._ticks[0], anchor="nw")
        self._draw_again()

    def _draw_again(self) -> None:
        self._shown = None
        self.show(self._level, self._peak)

    @property
    def _thickness(self) -> int:
        return round(0.9 * self._fonts.pixels)

    @property
    def _length(self) -> int:
        """Pixels of the bar at full scale; the rest of the width is for the reading."""
        return max(1, self.winfo_width() - round(5.8 * self._fonts.pixels))
