"""The networks of the zoo: a table to choose from, everything about one, and JSON."""

from collections.abc import Sequence
from typing import Any

from epanns.evaluation.published import SOURCES
from epanns.formatting import megabytes
from epanns.zoo.inventory import InventoryItem

NOTHING = "-"
HEADINGS = ("name", "mAP", "M values", "MB", "ms", "licence", "")
TO_THE_RIGHT = {"mAP", "M values", "MB", "ms"}
GAP = "  "
SHORTEST = 16  # letters of a purpose that are worth showing
INDENT = " " * 23


def table(items: Sequence[InventoryItem], width: int | None) -> list[str]:
    """A line a network under one of headings.

    Args:
        items: the networks.
        width: of the terminal in letters; None where there is none. The purposes are cut to it.
    """
    rows = [HEADINGS, *map(_row, items)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row, purpose in zip(rows, ["", *(item.weights.purpose for item in items)], strict=True):
        cells = (
            f"{text:>{size}}" if heading in TO_THE_RIGHT else f"{text:<{size}}"
            for text, heading, size in zip(row, HEADINGS, widths, strict=True)
        )
        line = GAP.join(cells)
        room = None if width is None else width - len(line) - len(GAP) - 1
        lines.append(f"{line}{GAP}{_cut(purpose, room)}".rstrip())
    return lines


def details(item: InventoryItem) -> list[str]:
    """Everything that is known of a network."""
    weights = item.weights
    found = [f"{item.name:<{len(INDENT)}}{weights.purpose}", weights.file, _there(item)]
    if weights.mean_average_precision:
        source = SOURCES.get(weights.paper, "")
        found.append(f"AudioSet mAP {weights.mean_average_precision:.3f} ({source})")
    if weights.learnt:
        found.append(f"{weights.learnt:,} values learnt")
    if item.seconds:
        found.append(f"an update takes {_milliseconds(item)} ms on this computer")
    found.append(f"licence: {weights.licence}")
    if not weights.ships:
        found.append(f"{'record' if weights.fetchable else 'to be had at'}: {weights.page}")
    return [found[0], *(f"{INDENT}{line}" for line in found[1:])]


def as_json(item: InventoryItem) -> dict[str, Any]:
    """A network for json.dumps; null for what is not known or not there."""
    weights = item.weights
    return {
        "name": item.name,
        "purpose": weights.purpose,
        "title": weights.title,
        "mean_average_precision": weights.mean_average_precision,
        "learnt": weights.learnt,
        "file": weights.file,
        "megabytes": weights.megabytes,
        "licence": weights.licence,
        "from": weights.page or None,
        "bytes": item.size,
        "fault": item.fault or None,
        "converted": list(item.copies.fresh),
        "update_seconds": item.seconds,
    }


def _row(item: InventoryItem) -> tuple[str, ...]:
    weights = item.weights
    accuracy = weights.mean_average_precision
    size = weights.megabytes if item.size is None else item.size / 1e6
    return (
        item.name,
        f"{accuracy:.3f}" if accuracy else NOTHING,
        f"{weights.learnt / 1e6:.{1 if weights.learnt >= 1e7 else 2}f}"
        if weights.learnt
        else NOTHING,
        f"{size:.{0 if size >= 10 else 1}f}",
        _milliseconds(item),
        weights.licence.partition(",")[0],
        _state(item),
    )


def _milliseconds(item: InventoryItem) -> str:
    if item.seconds is None:
        return NOTHING
    milliseconds = 1000 * item.seconds
    return f"{milliseconds:.{0 if milliseconds >= 100 else 1 if milliseconds >= 10 else 2}f}"


def _state(item: InventoryItem) -> str:
    """Whether a file is there, in a word."""
    if item.size is None:
        return "not here"
    if item.fault:
        return "wrong file"
    if "int8" in item.copies.fresh:
        return "with int8"
    return "converted" if item.copies.fresh else "here"


def _there(item: InventoryItem) -> str:
    """Whether a file is there, how large it is, and whether it is converted."""
    if item.size is None:
        how = "to fetch" if item.weights.fetchable else "to be put here by hand"
        return f"not here, {item.weights.megabytes:g} MB {how}"
    size = megabytes(item.size)
    if item.fault:
        return f"{size}, but another file than the published one; see check"
    copies = ", ".join(item.copies.fresh) or ("stale" if item.copies.stale else "not yet")
    return f"here, {size}, converted: {copies}"


def _cut(purpose: str, room: int | None) -> str:
    if room is None or len(purpose) <= room:
        return purpose
    return "" if room < SHORTEST else f"{purpose[: room - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
