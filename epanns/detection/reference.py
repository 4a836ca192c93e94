"""Reference events of recordings, in the format of the DCASE challenges.

A table with tabs between the columns and the head filename, onset, offset, event_label; times in
seconds. A line with a filename alone is a recording without events.
"""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from epanns.detection.events import Event
from epanns.errors import EpannsError, cause
from epanns.vocabulary.vocabulary import Vocabulary

COLUMNS = ("filename", "onset", "offset", "event_label")
LONGEST = 1e7  # seconds, 115 days: no recording is that long
Reference = dict[str, list[Event]]  # by filename


class AnnotationError(EpannsError):
    """A table of events cannot be used."""


def read_reference(path: Path, vocabulary: Vocabulary) -> Reference:
    """The events of a DCASE table, by the names of the recordings.

    Args:
        path: the table.
        vocabulary: the classes of the events.

    Raises:
        AnnotationError: the file cannot be read, is no such table, or names a class that is not in
            the vocabulary; with the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise AnnotationError(f"{path} cannot be read: {cause(error)}.") from None
    except ValueError:
        raise AnnotationError(f"{path} is no text file; {_requirement()}.") from None
    table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        return _read_table(table, path, vocabulary)
    except csv.Error as error:  # a cell of more than 128 KiB, for example
        raise AnnotationError(f"{path} is no table of events ({error}).") from None


def assign(reference: Reference, recordings: Sequence[Path]) -> dict[Path, list[Event]]:
    """The reference events of each recording that a reference is about.

    A name in the reference means the recording whose path ends with it, or that it ends with, part
    by part: "street.wav" and "audio/street.wav" both mean field/audio/street.wav.

    Raises:
        AnnotationError: a name means more than one of the recordings, or two names the same one.
    """
    assigned: dict[Path, list[Event]] = {}
    names: dict[Path, str] = {}
    called: dict[str, list[Path]] = {}
    for path in recordings:
        called.setdefault(path.name, []).append(path)
    for name, events in reference.items():
        meant = [path for path in called.get(Path(name).name, []) if _same(Path(name), path)]
        if len(meant) > 1:
            raise AnnotationError(
                f"The reference's {name} may be {meant[0]} or {meant[1]}; write more of its path."
            )
        for path in meant:
            if path in names:
                raise AnnotationError(
                    f"{path} may be the reference's {names[path]} or {name}; write more of its"
                    " path."
                )
            names[path], assigned[path] = name, events
    return assigned


def _read_table(table: "csv.DictReader[str]", path: Path, vocabulary: Vocabulary) -> Reference:
    if not set(COLUMNS) <= set(table.fieldnames or ()):
        raise AnnotationError(f"{path} is no table of events; {_requirement()}.")
    reference: Reference = {}
    for row in table:
        events = reference.setdefault((row["filename"] or "").strip(), [])
        try:
            events += _events(row, vocabulary)
        except ValueError as error:
            raise AnnotationError(f"{path}, line {table.line_num}: {error}.") from None
    return reference


def _events(row: dict[str, str], vocabulary: Vocabulary) -> list[Event]:
    """The event of a line, if there is one."""
    onset, offset, label = ((row[column] or "").strip() for column in COLUMNS[1:])
    if {onset.lower(), offset.lower(), label.lower()} <= {"", "nan"}:
        return []
    try:
        begin, end = float(onset), float(offset)
    except ValueError:
        raise ValueError(f"{onset!r} to {offset!r} are no times in seconds") from None
    if not 0.0 <= begin < end < LONGEST:
        raise ValueError(f"an event cannot last from {onset} to {offset} s")
    return [Event(vocabulary.index_of_label(label), begin, end, math.nan)]


def _same(name: Path, path: Path) -> bool:
    """Whether the longer of two paths ends with the shorter one."""
    shared = min(len(name.parts), len(path.parts))
    return shared > 0 and name.parts[-shared:] == path.parts[-shared:]


def _requirement() -> str:
    return f"it must have the columns {', '.join(COLUMNS)} with tabs between them"
