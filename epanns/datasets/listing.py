"""Listings of recordings to pack, in the forms that data sets come in.

A listing is a folder of recordings or a CSV file, which is one of these by its columns:

    path,labels,...         labels are AudioSet's names, joined by ";"; none for an unlabelled clip.
                            Columns split, fold, source and licence (or license) are read too.
    filename,fold,target,category,...
                            the table that comes with ESC-50; a mapping gives the labels.
    YTID, start, end, "mid,mid"
                            AudioSet's segments, without a head. The recordings are called YTID,
                            YYTID or either of them with _start, with any ending.

In a folder, names such as 1-100032-A-0.wav (fold-clip-take-target, as in ESC-50) give fold and
labels; all other files count as unlabelled.
"""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from epanns.errors import EpannsError, cause
from epanns.files.find import files_below
from epanns.paths import CONFIG
from epanns.storage.existence import is_folder

ESC50 = CONFIG / "esc50.csv"
ESC_NAME = re.compile(r"(?P<fold>\d+)-[^-]+-[^-]+-(?P<target>\d+)")
SEGMENT = ["ytid", "start", "end", "labels"]  # AudioSet's columns, which have no head

Cells = dict[str, str]


class ListingError(EpannsError):
    """A listing cannot be read, or is in no known form."""


@dataclass(frozen=True)
class ListedClip:
    """A recording to pack.

    Attributes:
        name: what it is called in the pack.
        path: where it is, or should be.
        labels: names or ids of classes, as the listing has them; none for an unlabelled clip.
        split: what it is for, in the words of the listing.
        fold: -1 for none.
        source: where it is from; "" if the listing has no source.
        licence: its licence; "" likewise.
        segment: start and end of the clip in a longer recording, in seconds.
    """

    name: str
    path: Path
    labels: tuple[str, ...]
    split: str
    fold: int = -1
    source: str = ""
    licence: str = ""
    segment: tuple[float, float] | None = None


def read_listing(
    listing: Path, folder: Path | None = None, mapping: Path = ESC50
) -> Iterator[ListedClip]:
    """The rows of a listing, one at a time.

    Args:
        listing: a CSV file or a folder, see above.
        folder: where the recordings of a CSV file are; None for the file's own folder.
        mapping: for ESC-50 and its like: a CSV file with columns target, category and labels, and
            if need be source and licence.

    Yields:
        Rows in the order of the listing; those of a folder in the order of their names.

    Raises:
        ListingError: something cannot be read; with the line, if there is one to blame.
    """
    if is_folder(listing):
        yield from _folder_rows(listing, _read_mapping(mapping))
        return
    lines = _lines(listing)
    first = next(lines, (1, []))
    head = [cell.strip().lower() for cell in first[1]]
    to_row: Callable[[Cells], ListedClip]
    folder = folder or listing.parent
    if {"path", "labels"} <= set(head):
        to_row = _plain_row(folder)
    elif "filename" in head and {"target", "category"} & set(head):
        to_row = _esc_row(folder, _read_mapping(mapping))
    elif _is_segment(head):
        head, lines = SEGMENT, chain([first], lines)
        to_row = _segment_row(folder, "test" if "eval" in listing.name else "train")
    else:
        raise ListingError(
            f"{listing} is no listing: it has neither columns path and labels, nor filename and"
            ' category or target, nor rows of AudioSet (YTID, start, end, "labels").'
        )
    for number, cells in lines:
        try:
            yield to_row(_named(head, cells))
        except ValueError as error:
            raise ListingError(f"{listing}, line {number}: {error}.") from None


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with their line numbers, without comments at its head."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, skipinitialspace=True)
            begun = False
            for cells in reader:
                begun = begun or bool(cells and not cells[0].startswith("#"))
                if begun and cells:
                    yield reader.line_num, cells
    except OSError as error:
        raise ListingError(f"{path} cannot be read: {cause(error)}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListingError(f"{path} is no CSV file in UTF-8 ({error}).") from None


def _named(head: list[str], cells: list[str]) -> Cells:
    if len(cells) != len(head):
        raise ValueError(
            f"{len(cells)} cells for {len(head)} columns; quote a cell that holds a comma"
        )
    if any("\0" in cell for cell in cells):
        raise ValueError("a cell holds the character NUL")
    return {name: cell.strip() for name, cell in zip(head, cells, strict=True)}


def _plain_row(folder: Path) -> Callable[[Cells], ListedClip]:
    def row(cells: Cells) -> ListedClip:
        path = cells["path"]
        if not path:
            raise ValueError("the path is empty")
        labels = _split(cells["labels"])
        return ListedClip(
            name=path,
            path=folder / path,
            labels=labels,
            split=cells.get("split") or ("train" if labels else "unlabelled"),
            fold=_fold(cells.get("fold", "")),
            source=cells.get("source", ""),
            licence=cells.get("licence", cells.get("license", "")),
        )

    return row


def _esc_row(folder: Path, mapping: dict[str, Cells]) -> Callable[[Cells], ListedClip]:
    def row(cells: Cells) -> ListedClip:
        key = cells.get("category") or cells.get("target", "")
        return _mapped(
            cells["filename"],
            folder / cells["filename"],
            _fold(cells.get("fold", "")),
            key,
            mapping,
        )

    return row


def _folder_rows(folder: Path, mapping: dict[str, Cells]) -> Iterator[ListedClip]:
    for path in files_below(folder):
        name = path.relative_to(folder).as_posix().encode(errors="backslashreplace").decode()
        if match := ESC_NAME.fullmatch(path.stem):
            yield _mapped(name, path, _fold(match["fold"]), match["target"], mapping)
        else:
            yield ListedClip(name, path, (), "unlabelled", source=folder.resolve().name)


def _mapped(name: str, path: Path, fold: int, key: str, mapping: dict[str, Cells]) -> ListedClip:
    """A row whose labels are in a mapping; if they are not, its category, which is reported."""
    cells = mapping.get(key, {})
    return ListedClip(
        name=name,
        path=path,
        labels=_split(cells.get("labels", "")) or (cells.get("category", key),),
        split="train",
        fold=fold,
        source=cells.get("source", ""),
        licence=cells.get("licence", ""),
    )


def _read_mapping(path: Path) -> dict[str, Cells]:
    """The rows of a mapping by target and by category."""
    lines = _lines(path)
    _, head = next(lines, (1, []))
    if not {"target", "category", "labels"} <= set(head):
        raise ListingError(f"{path} is no mapping: it lacks columns target, category or labels.")
    mapping = {}
    for number, cells in lines:
        try:
            row = _named(head, cells)
        except ValueError as error:
            raise ListingError(f"{path}, line {number}: {error}.") from None
        mapping[row["target"]] = mapping[row["category"]] = row
    return mapping


def _segment_row(folder: Path, split: str) -> Callable[[Cells], ListedClip]:
    paths = {path.stem: path for path in files_below(folder)}

    def row(cells: Cells) -> ListedClip:
        ytid, start, end = cells["ytid"], float(cells["start"]), float(cells["end"])
        if not 0 <= start < end:
            raise ValueError(f"a segment cannot last from {start} s to {end} s")
        starts = ("", f"_{start:g}", f"_{start:.3f}", f"_{start * 1000:.0f}")
        stems = (prefix + ytid + suffix for prefix in ("", "Y") for suffix in starts)
        return ListedClip(
            name=f"{ytid}_{start:.3f}",
            path=next((paths[stem] for stem in stems if stem in paths), folder / ytid),
            labels=_split(cells["labels"], ","),
            split=split,
            source="AudioSet",
            segment=(start, end),
        )

    return row


def _is_segment(cells: list[str]) -> bool:
    numbers = re.compile(r"\d+(\.\d+)?")
    return len(cells) == len(SEGMENT) and all(map(numbers.fullmatch, cells[1:3]))


def _split(cell: str, by: str = ";") -> tuple[str, ...]:
    return tuple(label.strip() for label in cell.split(by) if label.strip())


def _fold(cell: str) -> int:
    if not cell:
        return -1
    if not re.fullmatch(r"-1|\d{1,4}", cell):
        raise ValueError(f"the fold {cell!r} is no whole number")
    return int(cell)
