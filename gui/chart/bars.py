"""The bars: name, bar and score of every shown class, on a matplotlib canvas.

Artists are made once for a layout. A frame restores, draws and sends to the screen only those names
and scores that changed. The bars themselves, which move in every frame, are items of the Tk canvas
that matplotlib draws on: moving them costs a tenth of what it costs to send them as pixels.
"""

import math
import time
import tkinter as tk
from collections.abc import Callable, Sequence

from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from epanns.formatting import whole_per_cent
from epanns.views.ranking import RankedClass
from gui.chart.drawing import CAPITALS, Cell, Pen, box
from gui.widgets.text_fitting import BarLayout, cut, header_height, lay_out, shrink, split_name
from gui.widgets.theme import Palette

SYNONYM_FONT = 0.62  # of the name's, when they stand below it
SYNONYM_BESIDE = 0.82  # when they stand beside it
BAR_SHARE = 0.56  # of the row's height
HEAD_BASELINE = 0.08  # above the middle of the row, in font heights, when synonyms stand below
SYNONYM_BASELINE = -0.74
SCALE = (0.0, 0.25, 0.5, 0.75, 1.0)
ITEMS = "bar"  # tag of the canvas items
GLIDE = 0.05  # seconds in which a bar makes 63 % of its way to a new score


class Bars:
    """Horizontal bars in a Tk widget, for rows that come in a steady order.

    Attributes:
        widget: the Tk widget, to be placed by the owner.
    """

    def __init__(
        self,
        master: tk.Misc,
        palette: Palette,
        font_scale: float,
        wanted: int,
        on_layout: Callable[[BarLayout], None],
    ) -> None:
        """Build the canvas.

        Args:
            master: the parent.
            palette: of the theme.
            font_scale: of all writing.
            wanted: rows to show, if there is room.
            on_layout: called with each new layout.
        """
        self._palette = palette
        self._scale = font_scale
        self._wanted = wanted
        self._on_layout = on_layout
        self._rows: tuple[RankedClass, ...] = ()
        self._places: list[_BarRow] = []
        self._shown_at = -math.inf
        self._figure = Figure(figsize=(0.1, 0.1))
        self._canvas = FigureCanvasTkAgg(self._figure, master)
        self.widget: tk.Canvas = self._canvas.get_tk_widget()
        self.widget.configure(width=1, height=1, takefocus=0)
        self._canvas.mpl_connect("resize_event", lambda _: self._lay_out())
        self._canvas.mpl_connect("draw_event", lambda _: self._capture())

    def show(self, rows: Sequence[RankedClass]) -> None:
        """Show rows from the top, the bars a little nearer to their scores than at the last call.

        To be called for every frame; draws what differs from the last one.
        """
        self._rows = tuple(rows)
        now = time.monotonic()
        share = -math.expm1((self._shown_at - now) / GLIDE)
        self._shown_at = now
        changed = [cell for cell in self._update(share) if cell.background is not None]
        for cell in changed:
            cell.draw(self._canvas)
        if changed:
            # One blit for all: its price is mostly Tk's look at every pixel of the whole image.
            self._canvas.blit(Bbox.union([cell.box for cell in changed]))

    def at(self, y: int) -> RankedClass | None:
        """The row at a height of the widget, in pixels from its top."""
        for place, row in zip(self._places, self._rows, strict=False):
            if place.covers(self.widget.winfo_height() - y):
                return row
        return None

    def want(self, count: int) -> None:
        """Show up to `count` rows from now on."""
        self._wanted = count
        self._lay_out()
        self._canvas.draw_idle()

    def apply_theme(self, palette: Palette) -> None:
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
        self.widget.delete(ITEMS)
        pen = Pen(self._figure)
        self._draw_scale(pen, layout, header_height(height, self._scale))
        self._places = [
            _BarRow(pen, self.widget, layout, place, self._palette) for place in range(layout.rows)
        ]
        self._on_layout(layout)

    def _draw_scale(self, pen: Pen, layout: BarLayout, header: float) -> None:
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
                label.set(text=whole_per_cent(value), x=x, y=layout.top + 0.35 * font)
        label = pen.text(font, self._palette.muted, "left")
        label.set(text="score", x=layout.bar_left - 5.5 * font, y=layout.top + 0.35 * font)

    def _capture(self) -> None:
        """After a full draw: keep the empty background of each cell, then draw all of them."""
        self._update(share=1.0)
        for place in self._places:
            for cell in place.cells:
                cell.capture(self._canvas)

    def _update(self, share: float) -> list[Cell]:
        """Bring every artist a share of the way to what it shall show; give the changed cells."""
        changed = []
        for number, place in enumerate(self._places):
            row = self._rows[number] if number < len(self._rows) else None
            changed += place.update(row, share)
        return changed


class _BarRow:
    """One row of the chart: its cells, and what they show now."""

    def __init__(
        self, pen: Pen, canvas: tk.Canvas, layout: BarLayout, place: int, palette: Palette
    ) -> None:
        self._pen, self._canvas, self._layout, self._palette = pen, canvas, layout, palette
        self._index = -1  # of the class
        self._name: tuple[str, bool] = ("", False)
        self._drawn: tuple[int, int, str] = (0, 0, "")
        self._score: tuple[str, bool] = ("", False)
        self._length, self._peak = _SmoothedLength(), _SmoothedLength()
        self._middle = layout.centre(place)
        self._low, self._high = self._middle - layout.row / 2, self._middle + layout.row / 2
        low, high = self._low, self._high
        thick = BAR_SHARE * layout.row
        edge = layout.bar_right + 2
        self._head = pen.text(layout.font, palette.text, "left")
        self._rest = pen.text(layout.font, palette.muted, "left")
        self._bottom = canvas.winfo_height() - round(self._middle - thick / 2)
        self._top = self._bottom - round(thick)
        self._bar, self._mark = (
            canvas.create_rectangle(0, 0, 0, 0, width=0, state="hidden", tags=ITEMS)
            for _ in range(2)
        )
        self._mark_width = max(2, round(0.08 * layout.font))
        self._number = pen.text(layout.font, palette.text, "right")
        self._number.set(x=layout.right, y=round(self._middle - CAPITALS * layout.font))
        self._names = Cell(box(0, low, layout.bar_left - 1, high), (self._head, self._rest))
        self._scores = Cell(box(edge, low, layout.right + 2, high), (self._number,))
        self.cells = (self._names, self._scores)

    def covers(self, y: float) -> bool:
        """Whether a height in pixels from the bottom lies in this row."""
        return self._low <= y < self._high

    def update(self, row: RankedClass | None, share: float) -> list[Cell]:
        """Show a row, or nothing, after a share of the way there; give the cells this changes."""
        heard = row is not None and row.heard
        name = (row.name if row else "", heard)
        score = (whole_per_cent(row.score) if row else "", heard)
        changed = []
        if name != self._name:
            self._set_name(*name)
            changed.append(self._names)
        self._glide(row, heard, share)
        if score != self._score:
            colour = self._palette.text if heard else self._palette.muted
            self._number.set(text=score[0], color=colour)
            changed.append(self._scores)
        self._name, self._score = name, score
        return changed

    def _glide(self, row: RankedClass | None, heard: bool, share: float) -> None:
        """Move the bar and the mark of its peak."""
        index = row.index if row else -1
        if index != self._index:
            self._index, share = index, 1.0  # another class begins where it is
        full = self._layout.bar_right - self._layout.bar_left
        length = self._length.move(full * min(row.score, 1.0) if row else 0.0, share)
        peak = self._peak.move(full * min(row.peak, 1.0) if row else 0.0, share)
        peak = peak if heard and peak > length + self._mark_width else 0
        colour = self._palette.faint
        if row is not None and heard:
            colour = self._palette.of_class(index, row.vocabulary)
        if (length, peak, colour) != self._drawn:
            self._drawn = (length, peak, colour)
            self._place_box(self._bar, 0, length, colour)
            self._place_box(self._mark, peak - self._mark_width, peak, colour)

    def _place_box(self, item: int, left: int, right: int, colour: str) -> None:
        """Put a rectangle between two lengths of the bar; hide it if the second is 0."""
        start = round(self._layout.bar_left)
        self._canvas.coords(item, start + left, self._top, start + right, self._bottom)
        state = "normal" if right else "hidden"
        self._canvas.itemconfigure(item, fill=colour, state=state)

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


class _SmoothedLength:
    """A length that goes to where it shall be by a share of the way each time."""

    def __init__(self) -> None:
        self._at = 0.0

    def move(self, target: float, share: float) -> int:
        """Go on towards a target in pixels; gives the whole pixels reached."""
        left = target - self._at
        self._at = target if abs(left) < 0.5 else self._at + share * left
        return round(self._at)
