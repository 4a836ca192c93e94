"""The bars: name, bar and score of every shown class, on a matplotlib canvas.

Artists are made once for a layout. A row consists of three cells (name, bar, score); a frame
restores, draws and sends to the screen only the cells whose contents changed.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

from epanns import words
from epanns.ranking import Row
from epanns.settings import Settings
from gui.fitting import Layout, cut, header_height, lay_out, shrink, split_name
from gui.theme import Palette

Align = Literal["left", "center", "right"]

SYNONYM_FONT = 0.62  # of the name's, when they stand below it
SYNONYM_BESIDE = 0.82  # when they stand beside it
BAR_SHARE = 0.56  # of the row's height
CAPITALS = 0.36  # half the height of a capital letter, in font heights
HEAD_BASELINE = 0.08  # above the middle of the row, in font heights, when synonyms stand below
SYNONYM_BASELINE = -0.74
SCALE = (0.0, 0.25, 0.5, 0.75, 1.0)


class Bars:
    """Horizontal bars in a Tk widget, for rows that come in a steady order.

    Attributes:
        widget: the Tk widget, to be placed by the owner.
    """

    def __init__(
        self,
        master: tk.Misc,
        palette: Palette,
        settings: Settings,
        wanted: int,
        on_layout: Callable[[int], None],
    ) -> None:
        self._palette = palette
        self._threshold, self._scale = settings.threshold, settings.font_scale
        self._wanted = wanted
        self._on_layout = on_layout
        self._rows: tuple[Row, ...] = ()
        self._places: list[_Place] = []
        self._figure = Figure(figsize=(0.1, 0.1))
        self._canvas = FigureCanvasTkAgg(self._figure, master)
        self.widget: tk.Canvas = self._canvas.get_tk_widget()
        self.widget.configure(width=1, height=1, takefocus=0)
        self._canvas.mpl_connect("resize_event", lambda _: self._lay_out())
        self._canvas.mpl_connect("draw_event", lambda _: self._capture())

    def show(self, rows: Sequence[Row]) -> None:
        """Show rows from the top; draws what differs from the last call."""
        self._rows = tuple(rows)
        changed = [cell for cell in self._update() if cell.background is not None]
        for cell in changed:
            cell.draw(self._canvas)
        if changed:
            # One blit for all: its price is mostly Tk's look at every pixel of the whole image.
            self._canvas.blit(Bbox.union([cell.box for cell in changed]))

    def want(self, count: int) -> None:
        """Show up to so many rows from now on."""
        self._wanted = count
        self._lay_out()
        self._canvas.draw_idle()

    def dress(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self._lay_out()
        self._canvas.draw_idle()

    def _lay_out(self) -> None:
        """Make all artists anew, for another size, theme or number of rows."""
        width, height = self._canvas.get_width_height(physical=True)
        layout = lay_out(width, height, self._wanted, self._scale)
        self._figure.clear()
        self._figure.set_facecolor(self._palette.background)
        self.widget.configure(background=self._palette.background)
        pen = _Pen(self._figure)
        self._draw_scale(pen, layout, header_height(height, self._scale))
        self._places = [
            _Place(pen, layout, place, self._palette, self._threshold)
            for place in range(layout.rows)
        ]
        self._on_layout(layout.rows)

    def _draw_scale(self, pen: "_Pen", layout: Layout, header: float) -> None:
        """What never moves: tracks, the lines of the score scale and their numbers."""
        length = layout.bar_right - layout.bar_left
        bottom = layout.top - layout.rows * layout.row
        for place in range(layout.rows):
            low = layout.centre(place) - BAR_SHARE * layout.row / 2
            pen.box(layout.bar_left, low, length, BAR_SHARE * layout.row, self._palette.track)
        font = min(0.62 * header, layout.font)
        for value in SCALE:
            x = round(layout.bar_left + value * length)
            pen.box(x, bottom, 1, layout.top - bottom, self._palette.grid)
            if length > 16 * font or value in (0.0, 1.0):
                label = pen.text(font, self._palette.muted, "center")
                label.set(text=words.score(value), x=x, y=layout.top + 0.35 * font)
        label = pen.text(font, self._palette.muted, "left")
        label.set(text="score", x=layout.bar_left - 5.5 * font, y=layout.top + 0.35 * font)

    def _capture(self) -> None:
        """After a full draw: keep the empty background of each cell, then draw all of them."""
        self._update()
        for place in self._places:
            for cell in place.cells:
                cell.background = self._canvas.copy_from_bbox(cell.box)
                cell.draw(self._canvas)

    def _update(self) -> list["_Cell"]:
        """Bring every artist up to date; give the cells that have to be drawn."""
        changed = []
        for number, place in enumerate(self._places):
            row = self._rows[number] if number < len(self._rows) else None
            changed += place.update(row)
        return changed


class _Pen:
    """Makes artists in pixel coordinates on a figure."""

    def __init__(self, figure: Figure) -> None:
        self._figure = figure
        self._points_per_pixel = 72 / figure.dpi

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> Rectangle:
        box = Rectangle(
            (x, round(y)), width, round(height), color=colour, linewidth=0,
            transform=IdentityTransform(), antialiased=False,
        )  # fmt: skip
        self._figure.add_artist(box)
        return box

    def text(self, pixels: float, colour: str, align: Align) -> Text:
        text = Text(
            0, 0, "", color=colour, fontsize=self.points(pixels), horizontalalignment=align,
            verticalalignment="baseline", parse_math=False, transform=IdentityTransform(),
        )  # fmt: skip
        self._figure.add_artist(text)
        return text

    def points(self, pixels: float) -> float:
        return pixels * self._points_per_pixel

    def measure(self, text: str, pixels: float) -> float:
        """Width of text in pixels."""
        return _width(text, round(pixels, 1))


class _Cell:
    """A rectangle of the canvas that is restored and drawn as one.

    Attributes:
        box: the rectangle.
        background: the canvas below the artists; None until the first full draw.
    """

    def __init__(self, box: Bbox, artists: Sequence[Artist]) -> None:
        self.box = box
        self.background: Any = None
        self._artists = artists
        for artist in artists:
            artist.set_animated(True)

    def draw(self, canvas: FigureCanvasTkAgg) -> None:
        canvas.restore_region(self.background)
        renderer = canvas.get_renderer()
        for artist in self._artists:
            artist.draw(renderer)


class _Place:
    """One row of the chart: its cells, and what they show now."""

    def __init__(
        self, pen: _Pen, layout: Layout, place: int, palette: Palette, threshold: float
    ) -> None:
        self._pen, self._layout, self._palette = pen, layout, palette
        self._threshold = threshold
        self._name: tuple[str, bool] = ("", False)
        self._length: tuple[int, bool] = (0, False)
        self._score: tuple[str, bool] = ("", False)
        self._middle = layout.centre(place)
        low, high = self._middle - layout.row / 2, self._middle + layout.row / 2
        thick = BAR_SHARE * layout.row
        edge = layout.bar_right + 2
        self._head = pen.text(layout.font, palette.text, "left")
        self._rest = pen.text(layout.font, palette.muted, "left")
        self._bar = pen.box(layout.bar_left, self._middle - thick / 2, 0, thick, palette.accent)
        self._number = pen.text(layout.font, palette.text, "right")
        self._number.set(x=layout.right, y=round(self._middle - CAPITALS * layout.font))
        self._names = _Cell(_box(0, low, layout.bar_left - 1, high), (self._head, self._rest))
        self._bars = _Cell(_box(layout.bar_left, low, edge, high), (self._bar,))
        self._scores = _Cell(_box(edge, low, layout.right + 2, high), (self._number,))
        self.cells = (self._names, self._bars, self._scores)

    def update(self, row: Row | None) -> list[_Cell]:
        """Show a row, or nothing; give the cells this changes."""
        heard = row is not None and row.score >= self._threshold
        full = self._layout.bar_right - self._layout.bar_left
        name = (row.name if row else "", heard)
        length = (round(full * min(row.score, 1.0)) if row else 0, heard)
        score = (words.score(row.score) if row else "", heard)
        changed = []
        if name != self._name:
            self._set_name(*name)
            changed.append(self._names)
        if length != self._length:
            colour = self._palette.accent if heard else self._palette.faint
            self._bar.set(width=length[0], color=colour)
            changed.append(self._bars)
        if score != self._score:
            colour = self._palette.text if heard else self._palette.muted
            self._number.set(text=score[0], color=colour)
            changed.append(self._scores)
        self._name, self._length, self._score = name, length, score
        return changed

    def _set_name(self, name: str, heard: bool) -> None:
        layout, pen, font = self._layout, self._pen, self._layout.font
        head, rest = split_name(name)
        room = layout.name_width
        if not layout.two_lines and rest:
            room -= pen.measure(" …", SYNONYM_BESIDE * font)
        head, head_font = shrink(head, font, room, pen.measure)
        if layout.two_lines:
            rest_font, x = SYNONYM_FONT * font, 0.0
            y = self._middle + font * (HEAD_BASELINE if rest else -CAPITALS)
            rest_y = self._middle + font * SYNONYM_BASELINE
        else:
            rest_font = SYNONYM_BESIDE * font
            x = pen.measure(head, head_font) + 0.45 * font
            y = rest_y = self._middle - CAPITALS * font
        rest = cut(rest, rest_font, layout.name_width - x, pen.measure) if rest else ""
        colour = self._palette.text if heard else self._palette.muted
        self._head.set(text=head, fontsize=pen.points(head_font), x=0, y=round(y), color=colour)
        self._rest.set(text=rest, fontsize=pen.points(rest_font), x=round(x), y=round(rest_y))


@lru_cache(maxsize=4096)
def _width(text: str, pixels: float) -> float:
    """Width of text in pixels, in the font that matplotlib draws with."""
    font = FontProperties(size=pixels)
    return float(_ruler().get_text_width_height_descent(text, font, ismath=False)[0])


@lru_cache(maxsize=1)
def _ruler() -> RendererAgg:
    """A renderer that only measures; at 72 dpi a point is a pixel."""
    return RendererAgg(1, 1, 72)


def _box(left: float, bottom: float, right: float, top: float) -> Bbox:
    return Bbox([[int(left), int(bottom)], [int(right), int(top)]])
