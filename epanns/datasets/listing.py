"""Listings of recordings to pack, in the forms that data sets come in.

A listing is a folder of recordings or a CSV file (listing_rows.py), which is one of these by its
columns:

    path,labels,...         labels are names of classes, joined by ";"; none for an unlabelled clip.
                            The column may be called label, class or category. Columns split, fold,
                            source and licence (or license) are read too.
    filename,fold,target,category,...
                            the table that comes with ESC-50; a mapping gives AudioSet's labels.
    YTID, start, end, "mid,mid"
                            AudioSet's segments, without a head. The recordings are called YTID,
                            YYTID or either of them with _start, with any ending.

In a folder, names such as 1-100032-A-0.wav (fold-clip-take-target, as in ESC-50) give fold and
labels, and 1-100032-A.wav (as in ESC-10) the fold; all files that may be sound but the first count
as unlabelled.

The labels of these forms are those that AudioSet's vocabulary has. What the listing itself calls
the class of a clip is its category: that of ESC-50's table, or the name of the folder that the clip
lies in, FOLDER/class/recording.

One recording is in one split and one fold only, by whichever paths a listing reaches it: links,
"..", another spelling.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath

from epanns.datasets.listed_clip import ListedClip, ListedRecordings
from epanns.datasets.listing_rows import Bad, ListingError, read_rows, stop
from epanns.files.find import SOUND, files_below, sounds_below
from epanns.paths import CONFIG
from epanns.storage.existence import is_folder

ESC50 = CONFIG / "esc50.csv"
LABELS = ("labels", "label", "class", "category")  # columns of a plain table, the first it has
# The take is a letter, else dates such as 2024-05-12-3 were names like these.
ESC_NAME = re.compile(r"(?P<fold>\d+)-[^-]+-[A-Za-z](-(?P<target>\d+))?")
SEGMENT = ["ytid", "start", "end", "labels"]  # AudioSet's columns, which have no head

Cells = dict[str, str]
Make = Callable[[], ListedClip]  # raises a ValueError where the row cannot be used


def read_listing(
    listing: Path,
    folder: Path | None = None,
    mapping: Path = ESC50,
    bad: Bad = stop,
    left_out: "Counter[str] | None" = None,
) -> Iterator[ListedClip]:
    """The rows of a listing, one at a time.

    Args:
        listing: a CSV file or a folder, see above.
        folder: where the recordings of a CSV file are; None for the file's own folder.
        mapping: for ESC-50 and its like: a CSV file with columns target, category and labels, and
            if need be source and licence.
        bad: gets a sentence about each row that cannot be used, with its line; such rows are then
            left out. By default the first one ends the reading.
        left_out: if given, what a folder holds that is no sound is counted here, by its ending.

    Yields:
        Rows in the order of the listing; those of a folder in the order of their names.

    Raises:
        ListingError: something cannot be read, or a row cannot be used; with its line.
    """
    known = _read_mapping(mapping)
    made = (
        _folder_rows(listing, known, left_out)
        if is_folder(listing)
        else _table_rows(listing, folder or listing.parent, known, bad)
    )
    recordings = ListedRecordings()
    for where, make in made:
        try:
            row = make()
            recordings.add(row)
        except ValueError as error:
            bad(f"{where}: {error}.")
        else:
            yield row


def _table_rows(
    listing: Path, folder: Path, mapping: dict[str, Cells], bad: Bad
) -> Iterator[tuple[str, Make]]:
    """Where each row of a CSV file stands, and what makes it."""
    rows = read_rows(listing, _is_head, bad)
    first = next(rows, (1, []))
    head = [cell.strip().lower() for cell in first[1]]
    to_row: Callable[[Cells], ListedClip]
    if _is_plain(head):
        to_row = _plain_row(folder, next(name for name in LABELS if name in head))
    elif _is_esc(head):
        to_row = _esc_row(folder, mapping)
    elif _is_segment(head):
        head, rows = SEGMENT, chain([first], rows)
        to_row = _segment_row(folder, "test" if "eval" in listing.name else "train")
    else:
        raise ListingError(
            f"{listing} is no listing: it has neither columns path and labels (or label, class,"
            " category), nor filename and category or target, nor rows of AudioSet (YTID, start,"
            ' end, "labels").'
        )
    for number, cells in rows:
        yield f"{listing}, line {number}", partial(_made, to_row, head, cells)


def _made(to_row: Callable[[Cells], ListedClip], head: list[str], cells: list[str]) -> ListedClip:
    return to_row(_named(head, cells))


def _named(head: list[str], cells: list[str]) -> Cells:
    cells = [cell.strip() for cell in cells]
    while len(cells) > len(head) and not cells[-1]:
        cells.pop()
    if len(cells) != len(head):
        raise ValueError(
            f"{len(cells)} cells for {len(head)} columns; quote a cell that holds a comma"
        )
    if any("\0" in cell for cell in cells):
        raise ValueError("a cell holds the character NUL")
    return dict(zip(head, cells, strict=True))


def _plain_row(folder: Path, column: str) -> Callable[[Cells], ListedClip]:
    def row(cells: Cells) -> ListedClip:
        path = cells["path"]
        if not path:
            raise ValueError("the path is empty")
        labels = _split(cells[column])
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
        key = cells.get("category") or _whole(cells.get("target", ""))
        return _mapped(
            cells["filename"],
            folder / cells["filename"],
            _fold(cells.get("fold", "")),
            key,
            mapping,
        )

    return row


def _folder_rows(
    folder: Path, mapping: dict[str, Cells], left_out: "Counter[str] | None"
) -> Iterator[tuple[str, Make]]:
    """Where each recording of a folder is, and what makes its row.

    Where recordings lie in one folder, such as the folder audio of ESC-50, ESC-like names say more
    than that folder's; where they lie in several, these are the classes.
    """
    paths = list(sounds_below(folder, left_out))
    has_classes = len({path.parent for path in paths} - {folder}) > 1

    def row(path: Path) -> ListedClip:
        name = path.relative_to(folder).as_posix().encode(errors="backslashreplace").decode()
        class_name = "" if path.parent == folder else PurePosixPath(name).parent.name.strip()
        match = ESC_NAME.fullmatch(path.stem)
        fold = _fold(match["fold"]) if match else -1
        if match and match["target"]:
            mapped = _mapped(name, path, fold, match["target"], mapping)
            return replace(mapped, category=class_name) if has_classes and class_name else mapped
        source = folder.resolve().name
        return ListedClip(name, path, (), "unlabelled", fold, source, category=class_name)

    for path in paths:
        yield str(path), partial(row, path)


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
        category=cells.get("category", key),
    )


def _read_mapping(path: Path) -> dict[str, Cells]:
    """The rows of a mapping by target and by category."""
    rows = read_rows(path, _is_mapping, stop)
    head = [cell.strip().lower() for cell in next(rows, (1, []))[1]]
    if not _is_mapping(head):
        raise ListingError(f"{path} is no mapping: it lacks columns target, category or labels.")
    mapping = {}
    for number, cells in rows:
        try:
            row = _named(head, cells)
        except ValueError as error:
            raise ListingError(f"{path}, line {number}: {error}.") from None
        mapping[row["target"]] = mapping[row["category"]] = row
    return mapping


def _segment_row(folder: Path, split: str) -> Callable[[Cells], ListedClip]:
    sounds = [path for path in files_below(folder) if path.suffix.lower() in SOUND]
    sounds.sort(key=lambda path: SOUND.index(path.suffix.lower()), reverse=True)
    paths = {path.stem: path for path in sounds}

    def row(cells: Cells) -> ListedClip:
        ytid = cells["ytid"]
        start, end = (float(cells[name].replace(",", ".")) for name in ("start", "end"))
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


def _is_head(cells: list[str]) -> bool:
    return _is_plain(cells) or _is_esc(cells) or _is_segment(cells)


def _is_plain(cells: list[str]) -> bool:
    return "path" in cells and bool({*LABELS} & set(cells))


def _is_esc(cells: list[str]) -> bool:
    return "filename" in cells and bool({"target", "category"} & set(cells))


def _is_segment(cells: list[str]) -> bool:
    number = re.compile(r"\d+([.,]\d+)?")
    return len(cells) == len(SEGMENT) and all(map(number.fullmatch, cells[1:3]))


def _is_mapping(cells: list[str]) -> bool:
    return {"target", "category", "labels"} <= set(cells)


def _split(cell: str, by: str = ";") -> tuple[str, ...]:
    return tuple(label.strip() for label in cell.split(by) if label.strip())


def _fold(cell: str) -> int:
    if not cell:
        return -1
    number = _whole(cell)
    if not re.fullmatch(r"-1|\d{1,4}", number):
        raise ValueError(f"the fold {cell!r} is no whole number")
    return int(number)


def _whole(cell: str) -> str:
    """A whole number without the zeros that programs for tables write after it: 1.0 is 1."""
    return re.sub(r"[.,]0+$", "", cell)
