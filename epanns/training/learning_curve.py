"""The curve of a run: its rows, as CSV and as a picture, both complete after every row."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from epanns.formatting import cell

# Of the CSV; rate is the learning rate, "learnt" of clips that are learnt.
HEAD = ("step", "seconds", "loss", "rate", "mAP", "AUC", "d'", "F1", "mAP learnt")


# The step of a row, and the average precision of each class, NaN for those not measured.
ClassPrecision = tuple[int, tuple[float, ...]]


class CurvePoint(NamedTuple):
    """One row of the curve.

    Attributes:
        step: how many steps were done.
        seconds: how long they took, without interruptions.
        loss: its mean over the steps since the row before.
        learning_rate: of the last step.
        mean_average_precision, auc, d_prime, macro_f1: on the clips to validate on; NaN if there
            are none.
        learnt_mean_average_precision: on some of the clips that are learnt, as many.
    """

    step: int
    seconds: float
    loss: float
    learning_rate: float
    mean_average_precision: float
    auc: float = math.nan
    d_prime: float = math.nan
    macro_f1: float = math.nan
    learnt_mean_average_precision: float = math.nan


def write_csv(path: Path, rows: Sequence[CurvePoint]) -> None:
    """Write all rows, over what was there before."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for row in rows:
        cells = (f"{row.seconds:.1f}", f"{row.loss:.6g}", f"{row.learning_rate:.6g}")
        writer.writerow([row.step, *cells, *map(_cell, row[4:])])
    path.write_text(text.getvalue())


def write_classes(path: Path, names: Sequence[str], rows: Sequence[ClassPrecision]) -> None:
    """Write the average precision of every class at each row, over what was there before."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["step", *map(cell, names)])
    writer.writerows([step, *map(_cell, found)] for step, found in rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def draw(path: Path, rows: Sequence[CurvePoint]) -> None:
    """Draw loss, mAP and learning rate over the steps as PNG, over what was there before."""
    steps = [row.step for row in rows]
    figure = Figure(figsize=(9, 6), dpi=100, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot(steps, [row.loss for row in rows], ".-", color="C0")
    above.set_yscale("log")
    above.set_ylabel("loss", color="C0")
    precision = above.twinx()
    precision.plot(steps, [row.mean_average_precision for row in rows], ".-", color="C1")
    learnt = [row.learnt_mean_average_precision for row in rows]
    precision.plot(steps, learnt, ":", color="C1")
    precision.set_ylim(0, 1)
    precision.set_ylabel("mAP, loudest seconds (dotted: of clips learnt)", color="C1")
    below.plot(steps, [row.learning_rate for row in rows], color="C2")
    below.set(xlabel="step", ylabel="learning rate")
    for axes in (above, below):
        axes.grid(alpha=0.3)
    with path.open("wb") as file:
        FigureCanvasAgg(figure).print_png(file)
