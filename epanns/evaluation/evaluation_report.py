"""The results of an evaluation: tables on the terminal, a JSON file, a CSV of the classes."""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from epanns.errors import EpannsError, writing
from epanns.evaluation.clip_scores import TITLES, ClipResult
from epanns.evaluation.metrics import ClipMetrics, d_prime
from epanns.formatting import cell
from epanns.storage.atomic import replacing

FEW = 5  # clips; sources with fewer are not shown


class EvaluationError(EpannsError):
    """A result of an evaluation cannot be written."""


def show(console: Console, found: Sequence[ClipResult]) -> None:
    """Print two tables a cut: all clips, and the clips by source.

    Args:
        console: where.
        found: the results, by cut.
    """
    for cut, group in groupby(found, key=lambda result: result.cut):
        same_cut = list(group)
        clips = same_cut[0].all.clips
        _say(console, f"{TITLES[cut]} ({clips} clip{'s' if clips > 1 else ''})")
        console.print(_overall(same_cut))
        if len(same_cut[0].by_source) > 1:
            _say(console, "The same by source")
            console.print(_by_source(same_cut))
    for line in _notes(found):
        _say(console, line)


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _overall(found: Sequence[ClipResult]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    differ = len({result.all.classes for result in found}) > 1
    table.add_column("")
    for head in ("mAP", "AUC", "d'", "top-1", "top-3", "classes"):
        table.add_column(head, justify="right")
    if differ:
        table.add_column(f"mAP of {found[0].shared_classes}", justify="right")
    for result in found:
        each = result.all
        figures = (each.mean_average_precision, each.mean_auc, each.d_prime, each.top1, each.top3)
        shared = [_text(result.shared)] if differ else []
        table.add_row(escape(result.scorer), *map(_text, figures), str(each.classes), *shared)
    return table


def _by_source(found: Sequence[ClipResult]) -> Table:
    """The sources down, the scorers across: top-1, top-3 and mAP in one cell each."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    table.add_column("clips", justify="right")
    for result in found:
        table.add_column(
            f"{escape(result.scorer)}\ntop-1 top-3   mAP", justify="right", no_wrap=True
        )
    for source, measured in found[0].by_source.items():
        if measured.clips >= FEW:
            those = (result.by_source[source] for result in found)
            table.add_row(escape(source) or "(none)", str(measured.clips), *map(_cell, those))
    return table


def _cell(measured: ClipMetrics) -> str:
    figures = (measured.top1, measured.top3, measured.mean_average_precision)
    return " ".join(f"{_text(figure):>5}" for figure in figures)


def _notes(found: Sequence[ClipResult]) -> Iterator[str]:
    """The sentences on what the tables leave out."""
    first = found[0].all
    absent = int((first.positives == 0).sum())
    yield (
        "Means are over the classes that some clips have and others do not;"
        f" {absent} that no clip has"
        + (f" and {first.always} that all have are left out." if first.always else " are left out.")
    )
    for scorer, unknown in {result.scorer: result.all.unknown for result in found}.items():
        if unknown:
            yield (
                f"{scorer} does not know {unknown} of them;"
                f" mAP of {found[0].shared_classes} is over those that all know."
            )
    few = sum(measured.clips < FEW for measured in found[0].by_source.values())
    if few and len(found[0].by_source) > 1:
        yield f"Not shown: sources with fewer than {FEW} clips ({few})."
    yield "top-k counts a clip if any of its labels is among the k highest scores."


def _text(figure: float) -> str:
    return "-" if math.isnan(figure) else f"{figure:.3f}"


def write_json(path: Path, heading: Mapping[str, Any], found: Sequence[ClipResult]) -> None:
    """Write everything but the single classes; what is not finite becomes null.

    Args:
        path: the file.
        heading: what stands above the results, such as what was evaluated.
        found: the results.

    Raises:
        EvaluationError: it cannot be written.
    """
    content = {
        **heading,
        "results": [
            {
                "scorer": result.scorer,
                "cut": result.cut,
                **_figures(result.all),
                "classes_absent": int((result.all.positives == 0).sum()),
                "classes_in_all_clips": result.all.always,
                "classes_unknown": result.all.unknown,
                "mAP_shared": _finite(result.shared),
                "classes_shared": result.shared_classes,
                "by_source": {name: _figures(each) for name, each in result.by_source.items()},
            }
            for result in found
        ],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    with writing(path, EvaluationError), replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def _figures(measured: ClipMetrics) -> dict[str, float | int | None]:
    return {
        "clips": measured.clips,
        "classes": measured.classes,
        "mAP": _finite(measured.mean_average_precision),
        "auc": _finite(measured.mean_auc),
        "d_prime": _finite(measured.d_prime),
        "top1": _finite(measured.top1),
        "top3": _finite(measured.top3),
    }


def _finite(figure: float) -> float | None:
    return figure if math.isfinite(figure) else None


def write_classes(path: Path, found: Sequence[ClipResult]) -> None:
    """Write one row for each class that occurs, scorer and cut.

    Args:
        path: the CSV file. Cells are empty where nothing is measured, or a class has no id.
        found: the results.

    Raises:
        EvaluationError: it cannot be written.
    """
    head = ("scorer", "cut", "index", "id", "name", "clips", "average_precision", "auc", "d_prime")
    with (
        writing(path, EvaluationError),
        replacing(path) as draft,
        draft.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        for result in found:
            each, vocabulary = result.all, result.vocabulary
            for index in each.positives.nonzero()[0]:
                auc = float(each.auc[index])
                figures = (each.average_precision[index], auc, d_prime(auc))
                table.writerow(
                    (
                        cell(result.scorer), result.cut, index,
                        vocabulary.ids[index] if vocabulary.ids else "",
                        cell(vocabulary.names[index]), each.positives[index],
                        *("" if math.isnan(figure) else f"{figure:.6g}" for figure in figures),
                    )
                )  # fmt: skip
