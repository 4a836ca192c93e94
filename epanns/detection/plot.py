"""A picture of a detection: waveform, log-mel spectrogram and events on one time axis."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from epanns.audio.read import blocks
from epanns.audio.selection import ALL, SoundSelection
from epanns.detection.events import Event
from epanns.detection.overview import Overview, overview
from epanns.detection.picture_parts import DPI, INK, draw_spectrogram, mark_time, shortened
from epanns.errors import writable, writing
from epanns.files.outputs.output import OutputError
from epanns.storage.atomic import replacing
from epanns.vocabulary.vocabulary import Vocabulary

WIDTH = 13.0  # inches
ROW, DOUBLE_ROW = 0.27, 0.36  # inches, of one bar and of two
MOST = 24  # classes that are drawn
LONGEST = 30  # letters of a name
TICKS = 14  # at most
FREQUENCIES = (200, 500, 1000, 2000, 4000, 8000)  # Hz, with a mark
LEGIBLE = 0.03  # of the time axis; a shorter bar has no room for its score
FAINT = "#dfe4e8"
FOUND, REFERENCE = "#1f77b4", "#f28e2b"


def draw_recording(
    picture: Path,
    recording: Path,
    duration: float,
    events: Sequence[Event],
    vocabulary: Vocabulary,
    reference: Sequence[Event] | None = None,
    figures: str = "",
    selection: SoundSelection = ALL,
) -> None:
    """Draw a recording on disk and the events in it; see draw.

    Args:
        picture: the PNG to write.
        recording: the file.
        duration: its length in seconds.
        events: the events found.
        vocabulary: their classes.
        reference: the reference events; None where there is no reference.
        figures: a text above the picture.
        selection: what of it is drawn.

    Raises:
        OutputError: the picture cannot be written.
        AudioFileError: the recording cannot be read.
    """
    seen = overview(blocks(recording, selection=selection))
    with writing(picture, OutputError):
        draw(
            picture, seen, duration, events, vocabulary, reference, writable(recording.name),
            figures,
        )  # fmt: skip


def draw(
    path: Path,
    seen: Overview,
    duration: float,
    events: Sequence[Event],
    vocabulary: Vocabulary,
    reference: Sequence[Event] | None = None,
    title: str = "",
    figures: str = "",
) -> None:
    """Draw a recording and the events in it.

    Each class has a row, the classes in the order of their first onsets; where there are more than
    24, those with the longest events are drawn, and the picture says how many are not.

    Args:
        path: the PNG to write.
        seen: waveform and spectrogram of the recording.
        duration: its length in seconds.
        events: the events found.
        vocabulary: their classes.
        reference: the reference events, drawn above those found; None where there is no reference.
        title: the text above on the left.
        figures: the text above on the right.

    Raises:
        OSError: the file cannot be written.
    """
    labels = _rows([*events, *(reference or ())])
    shown = labels[:MOST]
    row = ROW if reference is None else DOUBLE_ROW
    heights = (1.1, 2.8, row * max(len(shown), 1) + 0.15)
    layout = ConstrainedLayoutEngine(hspace=0.015, h_pad=0.03)
    figure = Figure(figsize=(WIDTH, sum(heights) + 1.1), dpi=DPI, layout=layout)
    grid = figure.add_gridspec(3, 2, height_ratios=heights, width_ratios=(1, 0.012))
    top = figure.add_subplot(grid[0, 0])
    middle = figure.add_subplot(grid[1, 0], sharex=top)
    bottom = figure.add_subplot(grid[2, 0], sharex=top)
    _draw_waveform(top, seen)
    image = draw_spectrogram(middle, seen, FREQUENCIES)
    figure.colorbar(image, cax=figure.add_subplot(grid[1, 1]), label="dB")
    rows = _by_onset(shown, events, reference)
    names = [shortened(vocabulary.names[label], LONGEST) for label in rows]
    _draw_events(bottom, dict(zip(rows, names, strict=True)), events, reference, LEGIBLE * duration)
    top.set_xlim(0, duration)
    _label_time(bottom, duration)
    for axes in (top, middle):
        axes.tick_params(labelbottom=False)
    top.set_title(title, loc="left", fontweight="bold", color=INK)
    top.set_title(figures, loc="right", fontsize=10, color=INK)
    if len(labels) > len(shown):
        left_out = len(labels) - len(shown)
        figure.text(0.005, 0.008, f"{left_out} more classes are not drawn", fontsize=9)
    if reference is not None:
        patches = [Patch(color=REFERENCE, label="reference"), Patch(color=FOUND, label="found")]
        figure.legend(handles=patches, loc="lower right", ncols=2, frameon=False, borderaxespad=0)
    with replacing(path) as draft:
        FigureCanvasAgg(figure).print_png(draft)


def _draw_waveform(axes: Axes, seen: Overview) -> None:
    times = seen.seconds * (np.arange(len(seen.low)) + 0.5)
    axes.fill_between(times, seen.low, seen.high, color=INK, linewidth=0.4)
    peak = max(float(seen.high.max()), -float(seen.low.min()), 1e-3)
    axes.set(ylim=(-1.05 * peak, 1.05 * peak), ylabel="waveform")
    axes.set_yticks([-peak, 0, peak], [f"{-peak:.2g}", "0", f"{peak:.2g}"])
    _frame(axes)


def _draw_events(
    axes: Axes,
    names: dict[int, str],
    events: Sequence[Event],
    reference: Sequence[Event] | None,
    legible: float,
) -> None:
    """A row a class: bars of the events found, above them those of the reference.

    The score is written into events of at least `legible` seconds.
    """
    height, shift = (0.7, 0.0) if reference is None else (0.36, 0.2)
    for row, label in enumerate(names):
        its = [event for event in events if event.label == label]
        _draw_bars(axes, its, row + shift, height, FOUND)
        for event in its:
            if event.offset - event.onset >= legible:
                axes.annotate(
                    f"{event.score:.2f}", (event.onset, row + shift), (4, -0.5), color="white",
                    fontsize=7, textcoords="offset points", va="center",
                )  # fmt: skip
        theirs = [event for event in reference or () if event.label == label]
        _draw_bars(axes, theirs, row - shift, height, REFERENCE)
    axes.set_yticks(range(len(names)), list(names.values()))
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    for edge in range(1, len(names)):
        axes.axhline(edge - 0.5, color=FAINT, linewidth=0.8, zorder=0)
    if not names:
        axes.text(0.5, 0.5, "no events", ha="center", va="center", transform=axes.transAxes)
    _frame(axes)


def _draw_bars(
    axes: Axes, events: Sequence[Event], middle: float, height: float, colour: str
) -> None:
    spans = [(event.onset, event.offset - event.onset) for event in events]
    # An edge, so that what is shorter than a pixel can be seen.
    axes.broken_barh(spans, (middle - height / 2, height), color=colour, linewidth=0.5)


def _frame(axes: Axes) -> None:
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _label_time(axes: Axes, duration: float) -> None:
    """Marks at round times, as seconds, minutes or hours."""
    step = mark_time(axes, duration, TICKS)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda time, _: _clock(time, step)))
    axes.set_xlabel("time (s)" if step < 15 else "time (min:s)" if step < 600 else "time (h:min)")


def _clock(time: float, step: float) -> str:
    whole = round(time)
    if step < 15:
        return f"{time:.1f}" if step < 1 else f"{whole}"
    minutes = whole // 60
    return f"{minutes}:{whole % 60:02}" if step < 600 else f"{minutes // 60}:{minutes % 60:02}"


def _rows(events: Sequence[Event]) -> list[int]:
    """The classes of events, those with the longest ones first."""
    longest: dict[int, float] = {}
    for event in events:
        length = event.offset - event.onset
        longest[event.label] = max(longest.get(event.label, 0.0), length)
    return sorted(longest, key=lambda label: (-longest[label], label))


def _by_onset(
    labels: Sequence[int], events: Sequence[Event], reference: Sequence[Event] | None
) -> list[int]:
    """Classes in the order of their first onsets."""
    first: dict[int, float] = {}
    for event in [*(reference or ()), *events]:
        first[event.label] = min(first.get(event.label, np.inf), event.onset)
    return sorted(labels, key=lambda label: (first[label], label))
