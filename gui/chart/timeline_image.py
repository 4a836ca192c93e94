"""The picture of the last minute as pixels: where everything goes, and two images. No drawing.

Columns of pixels stand for stretches of sound that are counted from the beginning of the source, so
an image that scrolls moves by whole columns and does not flicker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from epanns.frontend.parameters import PANNS, SAMPLE_RATE
from epanns.views.history import ScoredMoment
from epanns.views.live_spectrogram import LiveSpectrogram
from epanns.vocabulary.vocabulary import Vocabulary
from gui.widgets.theme import Palette

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

SECONDS = 60
QUIETEST_DB, LOUDEST_DB = -50.0, 22.0  # of a log-mel band, from the first colour to the last
ROWS = 8  # of the timeline at most
MELS_SHARE = 0.42  # of the height
GAP = 2  # pixels between two rows
STALE = 0.35  # seconds for which a prediction holds until the next one
CLEARLY_AHEAD = 1.25  # times as present as what it takes the place of
WORTH_A_ROW = 0.5  # seconds of full score in the minute


@dataclass(frozen=True, slots=True)
class TimelineLayout:
    """Where things go, in pixels; y counts from the bottom.

    Attributes:
        left, width: of both images.
        rows: of the timeline.
        row: height of each, the gap to the next included.
        top: upper edge of the timeline.
        mels: height of the spectrogram, which begins at `bottom`.
        bottom: lower edge of the spectrogram; the times stand below.
        font: height of the writing.
    """

    left: int
    width: int
    rows: int
    row: int
    top: int
    mels: int
    bottom: int
    font: float

    @property
    def samples(self) -> float:
        """Samples of sound that a column stands for."""
        return SECONDS * SAMPLE_RATE / self.width

    def middle(self, row: int) -> float:
        """Height of the middle of a row of the timeline, counted from the top."""
        return self.top - (row + 0.5) * self.row + GAP / 2


def frame(height: int, left: float, right: float, scale: float) -> TimelineLayout:
    """Divide `height` pixels between the edges `left` and `right`, those of the bars above."""
    font = min(max(11.0 * scale, height / 17), left / 18)
    top, bottom = round(height - 0.5 * font), round(1.7 * font)
    mels = round(MELS_SHARE * (top - bottom))
    timeline = top - bottom - mels - 2 * GAP
    rows = max(1, min(ROWS, int(timeline / (1.35 * font + GAP))))
    return TimelineLayout(
        left=round(left),
        width=max(2, round(right - left)),
        rows=rows,
        row=max(GAP + 1, timeline // rows),
        top=top,
        mels=max(1, mels),
        bottom=bottom,
        font=font,
    )


def members(
    slots: Sequence[int], moments: Sequence[ScoredMoment], heard: Floats, classes: Sequence[int],
    rows: int,
) -> list[int]:  # fmt: skip
    """The classes of the timeline: those that were most present, in a steady order.

    Args:
        slots: the classes so far, from the top; each keeps its place while it was heard at all.
        moments: of the minute.
        heard: float32 (moments, classes) in [0, 1], their scores; 0 for what is not to be shown.
        classes: indices of those that may be shown.
        rows: how many there is room for.

    Returns:
        The indices of at most `rows` classes, from the top.
    """
    if not moments:
        return []
    presence = heard.mean(axis=0) * min(SECONDS, _seconds(moments))
    order = sorted(classes, key=lambda index: -presence[index])
    kept = [index for index in slots if index in classes and presence[index] > 0][:rows]
    for newcomer in order[: 2 * rows]:
        if newcomer in kept or presence[newcomer] < WORTH_A_ROW:
            continue
        if len(kept) < rows:
            kept.append(newcomer)
            continue
        weakest = min(range(rows), key=lambda slot: presence[kept[slot]])
        if presence[newcomer] <= CLEARLY_AHEAD * presence[kept[weakest]]:
            break
        kept[weakest] = newcomer
    return kept


def _seconds(moments: Sequence[ScoredMoment]) -> float:
    return (moments[-1].prediction.end - moments[0].prediction.start) / SAMPLE_RATE


def timeline(
    frame: TimelineLayout, moments: Sequence[ScoredMoment], heard: Floats, classes: Sequence[int],
    palette: Palette, vocabulary: Vocabulary, now: int,
) -> Pixels:  # fmt: skip
    """The image of classes against time.

    Args:
        frame: where it goes.
        moments: of the minute.
        heard: float32 (moments, classes) in [0, 1], their scores; 0 for what is not to be shown.
        classes: indices from the top; rows without one stay empty.
        palette: its colours.
        vocabulary: of the classes.
        now: the sample at the right edge.

    Returns:
        uint8 (rows * row, width, 4), the first class in the first line.
    """
    background, track = _rgb(palette.background), _rgb(palette.track)
    lines = np.tile(track, (frame.rows + 1, frame.width, 1))
    if moments and classes:
        strength = np.sqrt(_columns(frame, moments, heard[:, list(classes)], now))[..., None]
        named = (palette.of_class(index, vocabulary) for index in classes)
        colours = np.array([_rgb(colour) for colour in named])[:, None]
        lines[: len(classes)] += strength * (colours - lines[: len(classes)])
    lines[-1] = background
    which = np.repeat(np.arange(frame.rows), frame.row)
    which[np.arange(len(which)) % frame.row >= frame.row - GAP] = frame.rows
    pixels: Pixels = _opaque(lines)[which]
    return pixels


def _columns(
    frame: TimelineLayout, moments: Sequence[ScoredMoment], scores: Floats, now: int
) -> Floats:
    """Scores (moments, classes) at every column, (classes, width); 0 where nothing was scored."""
    ends = np.array([moment.prediction.end for moment in moments])
    last = int(now // frame.samples)
    columns = (np.arange(last - frame.width, last) + 1) * frame.samples
    at = np.searchsorted(ends, columns, side="right") - 1
    stale = (at < 0) | (columns - ends[at] > STALE * SAMPLE_RATE)
    found: Floats = np.where(stale, np.float32(0), scores[at].T)
    return found


class Waterfall:
    """The columns of the spectrogram, each computed once.

    Args:
        frame: where it goes.
    """

    def __init__(self, frame: TimelineLayout) -> None:
        self._frame = frame
        self._levels = np.zeros((frame.width, PANNS.mels), np.uint8)  # oldest first
        self._last = 0  # number of the column after the newest
        self._bands = np.arange(frame.mels)[::-1] * PANNS.mels // frame.mels

    def follow(self, spectrogram: LiveSpectrogram, end: int) -> None:
        """Add the columns completed since the last call; all of them if the spectrogram began anew.

        Args:
            spectrogram: where the frames are.
            end: number of the frame after the last one to show.
        """
        per_column = self._frame.samples / PANNS.hop
        last = int(end // per_column)
        new = min(last - self._last, len(self._levels))
        if new < 0:
            new = len(self._levels)
        self._last = last
        if new == 0:
            return
        edges = np.ceil(np.arange(last - new, last + 1) * per_column).astype(int)
        decibels = spectrogram.latest(int(edges[-1]), int(edges[-1] - edges[0]))
        columns = np.maximum.reduceat(decibels, edges[:-1] - edges[0], axis=0)
        share = (columns - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)
        self._levels[:-new] = self._levels[new:]
        self._levels[-new:] = np.clip(share, 0, 1) * 255

    def pixels(self, palette: Palette) -> Pixels:
        """The image: uint8 (mels, width, 4), high bands in the first line."""
        colours = _table(palette.spectrogram)[self._levels.T[self._bands]]
        return colours.view(np.uint8).reshape(*colours.shape, 4)


@cache
def _table(name: str) -> NDArray[np.uint32]:
    """256 RGBA colours from quiet to loud, uint32 (256,), four bytes each."""
    colours = (colormaps[name](np.arange(256)) * 255).astype(np.uint8)
    return np.ascontiguousarray(colours).view(np.uint32)[:, 0]


def _rgb(colour: str) -> Floats:
    return np.array(to_rgb(colour), np.float32)


def _opaque(colours: Floats) -> Pixels:
    """uint8 (height, width, 4) of float (height, width, 3) in [0, 1]."""
    pixels = np.full((*colours.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = np.round(colours * 255)
    return pixels
