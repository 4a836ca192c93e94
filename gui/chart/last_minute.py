"""What was heard in the last minute: a timeline of classes above the log-mel spectrogram.

It scrolls until the user clicks on a moment, which is then held; the arrow keys move it.
Artists are made once for a layout; a step restores, draws and sends to the screen what changed.
"""

import tkinter as tk
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from epanns.audio.ring_buffer import RingBuffer
from epanns.formatting import ago, hertz
from epanns.frontend.parameters import PANNS, SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.views.class_selection import ClassSelection
from epanns.views.history import History, ScoredMoment, heard
from epanns.views.live_spectrogram import LiveSpectrogram
from epanns.views.options import RankingOptions
from epanns.vocabulary.languages import class_names
from gui.chart import timeline_image
from gui.chart.drawing import CAPITALS, Cell, Pen, box
from gui.widgets.text_fitting import shrink
from gui.widgets.theme import Palette

TICKS = (-60, -45, -30, -15, 0)  # seconds
ROOM_FOR_TICKS = 26  # font heights of width for all of them; else every other one
SMALLEST = 60  # pixels of height
INSET = 3  # pixels left of the names, for the line that shows the focus
EDGE = 2  # pixels of the outline of the segment


class LastMinute:
    """The last minute in a Tk widget.

    Attributes:
        widget: the Tk widget, to be placed by the owner.
        held: the prediction that is looked at, or None while the view is live.
        selection: which classes may have a row, and from which scores on.
    """

    def __init__(
        self, master: tk.Misc, palette: Palette, font_scale: float, options: RankingOptions,
        selection: ClassSelection, hold: Callable[[Prediction | None], None],
    ) -> None:  # fmt: skip
        """Build it.

        Args:
            master: the parent.
            palette: of the theme.
            font_scale: of all writing.
            options: the level of silence, and the language of the names.
            selection: which classes may have a row, and from which scores on.
            hold: called with the moment that is looked at from now on; None for live.
        """
        self._font_scale, self._palette, self._hold = font_scale, palette, hold
        self._ranking_options, self.selection = options, selection
        self.held: Prediction | None = None
        self._ring: RingBuffer | None = None
        self._history = History(timeline_image.SECONDS, options.silence_dbfs)
        self._spectrogram = LiveSpectrogram(timeline_image.SECONDS)
        self._moments: tuple[ScoredMoment, ...] = ()
        self._now = 0  # the sample at the right edge
        self._slots: list[int] = []
        self._written: tuple[int, ...] | None = None  # the classes whose names stand in the rows
        self._figure = Figure(figsize=(0.1, 0.1))
        self._canvas = FigureCanvasTkAgg(self._figure, master)
        self.widget: tk.Canvas = self._canvas.get_tk_widget()
        self.widget.configure(width=1, height=1, takefocus=1, highlightthickness=2)
        self._frame: timeline_image.TimelineLayout | None = None
        self._edges = (0.0, 0.0)
        self._canvas.mpl_connect("resize_event", lambda _: self._lay_out())
        self._canvas.mpl_connect("draw_event", lambda _: self._capture())
        self._bind()

    def follow(self, ring: RingBuffer | None, latest: Prediction | None) -> None:
        """Take in what is new, and show it unless a moment is held.

        Args:
            ring: of the source that is heard; None while there is none, which keeps what was.
            latest: the newest prediction.
        """
        if ring is not None and ring is not self._ring:
            self._ring = ring
            self._history.clear()
            self.go_live()
        known = latest is None or latest.network.vocabulary == self.selection.vocabulary
        new = self._history.add(latest) if ring is not None and known else False
        new |= ring is not None and self._spectrogram.follow(ring) > 0
        if new and self.held is None:
            self._step()

    def go_live(self) -> None:
        """Let the moment go that is held, and scroll on."""
        if self.held is not None:
            self.held = None
            self._hold(None)
            self._step()

    def align(self, left: float, right: float) -> None:
        """Draw between two edges, in pixels."""
        self._edges = left, right
        self._lay_out()
        self._canvas.draw_idle()

    def apply_theme(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self._lay_out()
        self._canvas.draw_idle()

    @property
    def age(self) -> float:
        """Seconds from the end of the held moment to the right edge."""
        return 0.0 if self.held is None else (self._now - self.held.end) / SAMPLE_RATE

    # -- holding a moment ----------------------------------------------------

    def _bind(self) -> None:
        widget = self.widget
        widget.bind("<Button-1>", self._clicked, add=True)
        for key, move in (("Left", -1), ("Right", 1), ("Home", -len(TICKS) * 10**4)):
            widget.bind(f"<{key}>", lambda _, move=move: self._move(move), add=True)  # type: ignore[misc]
        for key in ("Return", "KP_Enter", "End"):
            widget.bind(f"<{key}>", lambda _: self._switch(), add=True)

    def _clicked(self, event: tk.Event) -> None:
        self.widget.focus_set()
        if self.held is not None:
            self.go_live()
        elif self._frame is not None and self._moments:
            column = self._frame.left + self._frame.width - event.x
            self._hold_at(self._now - column * self._frame.samples)

    def _switch(self) -> None:
        """Hold the newest moment, or go back to live."""
        if self.held is None:
            self._hold_at(self._now)
        else:
            self.go_live()

    def _move(self, by: int) -> None:
        """Look at an earlier or a later moment; the first press holds the newest."""
        if self.held is None:
            self._hold_at(self._now)
        elif (at := self._place_of(self.held.end) + by) >= len(self._moments):
            self.go_live()
        else:
            self._look_at(max(0, at))

    def _hold_at(self, sample: float) -> None:
        if self._moments:
            self._look_at(min(self._place_of(sample), len(self._moments) - 1))

    def _place_of(self, sample: float) -> int:
        return bisect_left(self._moments, sample, key=lambda moment: moment.prediction.end)

    def _look_at(self, place: int) -> None:
        self.held = self._moments[place].prediction
        self._hold(self.held)
        self._draw()

    # -- drawing -------------------------------------------------------------

    def _lay_out(self) -> None:
        """Make all artists anew, for another size or theme."""
        width, height = self._canvas.get_width_height(physical=True)
        palette = self._palette
        self._figure.clear()
        self._figure.set_facecolor(palette.background)
        self.widget.configure(
            background=palette.background,
            highlightbackground=palette.background,
            highlightcolor=palette.accent,
        )
        left, right = self._edges
        if not (0 < left < right <= width and height > SMALLEST):
            self._frame = None  # the bars above are laid out first
            return
        frame = self._frame = timeline_image.frame(height, left, right, self._font_scale)
        pen = Pen(self._figure)
        self._label(pen, frame)
        self._names = [pen.text(frame.font, palette.text, "left") for _ in range(frame.rows)]
        self._timeline = _Image(frame.left, frame.top - frame.rows * frame.row)
        self._waterfall = timeline_image.Waterfall(frame)
        self._mels = _Image(frame.left, frame.bottom)
        self._segment = [pen.box(0, 0, 0, 0, palette.text) for _ in range(4)]
        self._line = pen.box(0, frame.bottom, 0, frame.top - frame.bottom, palette.text)
        for image in (self._timeline, self._mels):
            self._figure.add_artist(image)
        right = frame.left + frame.width
        self._names_cell = Cell(box(0, frame.bottom, frame.left - 1, frame.top + 1), self._names)
        self._images_cell = Cell(
            box(frame.left, frame.bottom - EDGE, right + EDGE, frame.top + 1),
            (self._timeline, self._mels, *self._segment, self._line),
        )
        self._written = None

    def _label(self, pen: Pen, frame: timeline_image.TimelineLayout) -> None:
        """The times below, the frequencies beside: they never change."""
        muted = self._palette.muted
        roomy = frame.width > ROOM_FOR_TICKS * frame.font
        for seconds in TICKS if roomy else TICKS[::2]:
            x = frame.left + frame.width * (1 + seconds / timeline_image.SECONDS)
            align = "right" if seconds == 0 else "left" if seconds == TICKS[0] else "center"
            pen.text(0.9 * frame.font, muted, align).set(  # type: ignore[arg-type]
                text=ago(-seconds), x=round(x), y=round(0.35 * frame.font)
            )
        top, bottom = frame.bottom + frame.mels, frame.bottom
        for text, y in (
            (PANNS.f_max, top - 0.8 * frame.font),
            (PANNS.f_min, bottom + 0.1 * frame.font),
        ):
            pen.text(0.9 * frame.font, muted, "left").set(
                text=hertz(text), x=frame.left + frame.width + 6, y=round(y)
            )

    def _capture(self) -> None:
        """After a full draw: keep the empty background, then draw everything."""
        if self._frame is None:
            return
        self._update()
        for cell in (self._names_cell, self._images_cell):
            cell.capture(self._canvas)

    def select(self, selection: ClassSelection) -> None:
        """Show other classes from now on; those of another vocabulary begin anew."""
        other = selection.vocabulary != self.selection.vocabulary
        self.selection = selection
        if other:
            self._history.clear()
            self._slots, self._moments, self._written = [], (), None
            self.go_live()

    def _step(self) -> None:
        """Scroll to what is newest."""
        self._moments = self._history.moments()
        self._now = self._spectrogram.position * PANNS.hop
        self._draw()

    def _draw(self) -> None:
        if self._frame is None or self._images_cell.background is None:
            return
        cells = [self._names_cell] if self._update() else []
        cells.append(self._images_cell)
        for cell in cells:
            cell.draw(self._canvas)
        self._canvas.blit(Bbox.union([cell.box for cell in cells]))

    def _update(self) -> bool:
        """Bring all artists up to date; says whether the names changed."""
        frame, palette = self._frame, self._palette
        if frame is None or not self._now:
            return False
        vocabulary = self.selection.vocabulary
        moments, classes = self._moments, sorted(self.selection.visible)
        scores = heard(moments, self.selection)
        self._slots = timeline_image.members(self._slots, moments, scores, classes, frame.rows)
        self._timeline.pixels = timeline_image.timeline(
            frame, moments, scores, self._slots, palette, vocabulary, self._now
        )
        self._waterfall.follow(self._spectrogram, self._now // PANNS.hop)
        self._mels.pixels = self._waterfall.pixels(palette)
        self._mark(frame)
        return self._write(frame)

    def _mark(self, frame: timeline_image.TimelineLayout) -> None:
        """Outline the segment whose scores are shown, and point at the moment that is held."""
        prediction = self.held or (self._moments[-1].prediction if self._moments else None)
        start, end = (prediction.start, prediction.end) if prediction else (0, 0)
        left, right = (frame.left + self._column(frame, sample) for sample in (start, end))
        height = frame.mels
        width = max(right - left, EDGE) if prediction else 0
        for outline, bounds in zip(
            self._segment,
            (
                (left, frame.bottom, width, EDGE),
                (left, frame.bottom + height - EDGE, width, EDGE),
                (left, frame.bottom, min(EDGE, width), height),
                (left + width - EDGE, frame.bottom, min(EDGE, width), height),
            ),
            strict=True,
        ):
            outline.set_bounds(*bounds)
        self._line.set(x=right - EDGE, width=EDGE if self.held else 0)

    def _column(self, frame: timeline_image.TimelineLayout, sample: int) -> int:
        return int(np.clip(frame.width - (self._now - sample) / frame.samples, 0, frame.width))

    def _write(self, frame: timeline_image.TimelineLayout) -> bool:
        """Write the names of the rows, if they are others than before."""
        shown = tuple(self._slots)
        if shown == self._written:
            return False
        self._written = shown
        pen, names = (
            Pen(self._figure),
            class_names(self._ranking_options.language, self.selection.vocabulary),
        )
        for row, name in enumerate(self._names):
            text = names[shown[row]] if row < len(shown) else ""
            text, font = shrink(text, frame.font, frame.left - frame.font, pen.measure)
            y = round(frame.middle(row) - CAPITALS * font)
            name.set(text=text, fontsize=pen.points(font), x=INSET, y=y)
        return True


class _Image(Artist):
    """Pixels at a place of the canvas, as they are."""

    def __init__(self, x: int, y: int) -> None:
        super().__init__()
        self.pixels: timeline_image.Pixels | None = None
        self._x, self._y = x, y

    def draw(self, renderer: RendererBase) -> None:
        """Draw the image, its first line at the top."""
        if self.pixels is not None:
            renderer.draw_image(renderer.new_gc(), self._x, self._y, self.pixels[::-1])
