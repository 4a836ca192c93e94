"""Pictures of an evaluation: each class, size against accuracy, what is taken for what."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from epanns.errors import writing
from epanns.evaluation.clip_scores import TITLES, ClipResult
from epanns.evaluation.confusion import Confusion
from epanns.evaluation.evaluation_report import EvaluationError
from epanns.evaluation.published import published_networks
from epanns.storage.atomic import replacing

DPI = 120
LABELS = 60  # classes named on the class-wise plot; more would not be legible
LEFT = {"MobileNetV2", "ResNet38"}  # published networks whose name fits only to the left
OTHERS = ("C1", "C2", "C3", "C4", "C5")  # colours of the scorers after the first
COUNTS = "0.85"  # the grey of the bars that count clips
PAPER = attrgetter("paper")


def draw_classes(path: Path, found: Sequence[ClipResult]) -> None:
    """Draw the average precision of each class, the classes with the most clips first.

    Bars count clips on a logarithmic scale; the first scorer has stems, the others dots. Only some
    classes are named, evenly spread.

    Args:
        path: the PNG to write.
        found: the results of one cut.
    """
    positives = found[0].all.positives
    order = np.argsort(-positives, kind="stable")[: np.count_nonzero(positives)]
    places = np.arange(len(order))
    figure = Figure(figsize=(14, 6), dpi=DPI, layout="constrained")
    counts = figure.add_subplot()
    counts.bar(places, positives[order], width=1.0, color=COUNTS)
    counts.set(yscale="log", ylim=(0.8, None), ylabel="clips (bars)", xlim=(-1, len(order)))
    title = f"{TITLES[found[0].cut]}: {found[0].all.clips} clips, {len(order)} classes"
    counts.set_title(title, loc="left")
    named = places[:: max(-(-len(order) // LABELS), 1)]
    names = [_short(found[0].vocabulary.names[index]) for index in order[named]]
    counts.set_xticks(named, names, rotation=90, fontsize=8)
    axes = counts.twinx()
    axes.set(ylim=(0, 1.02), ylabel="average precision (stems, dots)")
    axes.grid(axis="y", alpha=0.3)
    for number, result in enumerate(found):
        precision = result.all.average_precision[order]
        label = f"{result.scorer}, mAP {result.all.mean_average_precision:.3f}"
        if number == 0:
            axes.vlines(places, 0, precision, color="C0", linewidth=1)
            axes.plot(places, precision, "o", color="C0", markersize=4, label=label)
        else:
            colour = OTHERS[(number - 1) % len(OTHERS)]
            axes.plot(places, precision, ".", color=colour, markersize=5, label=label)
    figure.legend(loc="outside upper right", ncols=min(len(found), 4))
    _save(figure, path)


def draw_sizes(
    path: Path, found: Sequence[ClipResult], parameters: Mapping[str, int | None]
) -> None:
    """Draw learnt values against mAP: the published networks, and those evaluated.

    Published figures are from AudioSet's evaluation set. Those found here are of other clips and
    other classes, so they have a part of their own, beside it.

    Args:
        path: the PNG to write.
        found: the results of one cut.
        parameters: learnt values by scorer; those without are not drawn.
    """
    figure = Figure(figsize=(12, 6), dpi=DPI, layout="constrained")
    published, here = figure.subplots(1, 2, width_ratios=(2, 1))
    for number, (paper, each_of_it) in enumerate(groupby(published_networks(), PAPER)):
        members = list(each_of_it)
        points = [(each.learnt, each.mean_average_precision) for each in members]
        published.plot(*zip(*points, strict=True), "o", color=f"C{number}", label=paper)
        for each, point in zip(members, points, strict=True):
            _name_point(published, each.title, point)
    published.set_title("published: AudioSet's evaluation set, 527 classes")
    published.set_ylabel("mAP")
    published.legend(loc="lower right")
    for result in found:
        size = parameters[result.scorer]
        if size is not None:
            point = (size, result.all.mean_average_precision)
            here.plot(*point, "D", markerfacecolor="none", color="black")
            _name_point(here, result.scorer, point)
    first = found[0]
    here.set_title(
        f"found here: {first.all.clips} clips, {first.all.classes} classes\n"
        f"not comparable with the left ({first.cut})"
    )
    for axes in (published, here):
        axes.set(xscale="log", xlabel="values learnt", xlim=(5e5, 2e8))
        axes.grid(alpha=0.3)
    published.margins(y=0.15)
    here.set_ylim(0, 1)
    _save(figure, path)


def draw_confusion(path: Path, found: Confusion, title: str) -> None:
    """Draw a confusion matrix: rows are what the clips are, columns what scored highest.

    Args:
        path: the PNG to write.
        found: the matrix.
        title: the first line of the picture's.
    """
    names, counts = [_short(name) for name in found.names], found.counts
    size = 3.0 + 0.45 * len(names)
    figure = Figure(figsize=(size, size), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    shares = counts / counts.sum(axis=1, keepdims=True)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    places = np.arange(len(names))
    axes.set_xticks(places, names, rotation=90)
    axes.set_yticks(places, names)
    for row, column in np.argwhere(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour)
    right = np.trace(counts) / counts.sum()
    axes.set(xlabel="scored highest", ylabel="the clip is", title=f"{title}\n{right:.0%} right")
    _save(figure, path)


def _name_point(axes: Axes, name: str, point: tuple[float, float]) -> None:
    shift, side = ((-5, 4), "right") if name in LEFT else ((5, 4), "left")
    axes.annotate(name, point, shift, textcoords="offset points", ha=side, fontsize=8)


def _short(name: str) -> str:
    """The part of a display name before the first comma or bracket: enough on a picture."""
    return re.split(r",| \(", name)[0]


def _save(figure: Figure, path: Path) -> None:
    with writing(path, EvaluationError), replacing(path) as draft:
        FigureCanvasAgg(figure).print_png(draft)
