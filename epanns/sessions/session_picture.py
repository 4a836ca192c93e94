"""A recording session at a glance: spectrogram, classes over time, the best classes."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from epanns.detection.overview import overview
from epanns.detection.picture_parts import DPI, INK, draw_spectrogram, mark_time, shortened
from epanns.formatting import elapsed
from epanns.sessions.reader import PIECE, Session

Floats = NDArray[np.float32]

SIZE = (13.0, 8.5)  # inches
CLASSES_SHOWN = 16
COLUMNS = 1200  # of the scores, at most
LONGEST = 32  # letters of a name
FREQUENCIES = (100, 300, 1000, 3000, 10000)  # Hz, with a mark
TICKS = 12  # at most
MISSING = "#b8c0c8"
MEAN, MAXIMUM = "#1f77b4", "#a9cbe5"


def draw(path: Path, session: Session) -> None:
    """Draw a session of any length.

    The classes are those with the highest mean of average and highest score. Each column of the
    scores shows the highest one in its time; where no sound was recorded it is grey.

    Args:
        path: the PNG to write.
        session: the session.

    Raises:
        OSError: the file cannot be written.
    """
    columns, mean, highest = _pooled(session)
    best = np.argsort(-(mean + highest), kind="stable")[:CLASSES_SHOWN]
    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    grid = figure.add_gridspec(2, 3, height_ratios=(1, 1.7), width_ratios=(1, 0.22, 0.012))
    top, bottom = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, 0])
    beside = figure.add_subplot(grid[1, 1])
    top.sharex(bottom)
    seen = overview(session.blocks())
    if len(seen.log_mel):
        draw_spectrogram(top, seen, FREQUENCIES)
    image = bottom.imshow(
        columns[:, best].T, aspect="auto", cmap="viridis", vmin=0.0, vmax=1.0,
        extent=(0, max(session.duration, 1e-3), len(best) - 0.5, -0.5), interpolation="nearest",
    )  # fmt: skip
    bottom.set_facecolor(MISSING)
    names = [shortened(session.vocabulary.names[index], LONGEST) for index in best]
    bottom.set_yticks(range(len(best)), names)
    figure.colorbar(image, cax=figure.add_subplot(grid[1, 2]), label="score")
    _draw_bars(beside, mean[best], highest[best])
    _label_time(top, bottom, session.duration)
    began = f"{session.began:%Y-%m-%d %H:%M:%S}"
    figure.suptitle(
        f"{session.path.name}: {session.device}, {began}, {elapsed(session.duration)}",
        x=0.01, ha="left", fontweight="bold", color=INK,
    )  # fmt: skip
    FigureCanvasAgg(figure).print_png(path)


def _pooled(session: Session) -> tuple[Floats, Floats, Floats]:
    """Scores float32 (columns, classes), NaN for none; their mean and maximum (classes,)."""
    classes = len(session.vocabulary)
    columns = np.full((COLUMNS, classes), np.nan, np.float32)
    total, highest = np.zeros(classes), np.zeros(classes, np.float32)
    middles = (session.starts + session.ends) / 2 / max(session.samples, 1)
    places = (middles * COLUMNS).astype(int).clip(0, COLUMNS - 1)
    for first in range(0, len(session), PIECE):
        scores = session.scores(first, first + PIECE)
        np.fmax.at(columns, places[first : first + PIECE], scores)
        total += scores.sum(axis=0)
        highest = np.maximum(highest, scores.max(axis=0))
    return _filled(columns, session), (total / max(len(session), 1)).astype(np.float32), highest


def _filled(columns: Floats, session: Session) -> Floats:
    """Columns between two predictions show the one before, but for gaps in the sound."""
    known = np.flatnonzero(~np.isnan(columns[:, 0]))
    if not known.size:
        return columns
    places = np.arange(len(columns))
    before = known[(np.searchsorted(known, places, side="right") - 1).clip(0)]
    filled = columns[before]
    for gap in session.gaps:
        edges = np.array((gap.position, gap.position + gap.samples)) / max(session.samples, 1)
        first, end = np.rint(edges * len(columns)).astype(int)
        filled[first:end] = np.nan
    return filled


def _draw_bars(axes: Axes, mean: Floats, highest: Floats) -> None:
    """Bars of the mean and maximum of each class, in the rows of the picture beside."""
    rows = np.arange(len(mean))
    axes.barh(rows, highest, 0.7, color=MAXIMUM, label="highest")
    axes.barh(rows, mean, 0.7, color=MEAN, label="mean")
    axes.set(xlim=(0, 1), ylim=(len(mean) - 0.5, -0.5), xlabel="score")
    axes.set_yticks([])
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _label_time(top: Axes, bottom: Axes, duration: float) -> None:
    top.tick_params(labelbottom=False)
    mark_time(bottom, duration, TICKS, least=1)
    bottom.xaxis.set_major_formatter(FuncFormatter(lambda time, _: elapsed(max(time, 0.0))))
    bottom.set_xlabel("time since the recording began")
