"""The formats in which events are written: for people, for programs, for other tools.

Each is a function that gives the lines of a recording from its name, what was found in it, and the
classes of the network.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epanns.detection.detect import RecordingEvents
from epanns.detection.events import EXACT, Event
from epanns.formatting import cell
from epanns.vocabulary.vocabulary import Vocabulary

Lines = Callable[[str, RecordingEvents, Vocabulary], Iterator[str]]


@dataclass(frozen=True)
class EventFormat:
    """How events are written.

    Attributes:
        lines: gives the lines of a recording.
        head: the first line of a file; "" for none.
        ending: of the names of files.
        names: whether the lines name the recording, so that several can share a file.
        exact: whether the form can hold every name as it is; else letters that would break it are
            escaped.
        bare: whether recordings go by their name without the folder, as other tools expect.
        failure: gives the line of a recording that cannot be read from its name and the sentence
            that says why; None to leave such recordings out.
    """

    lines: Lines
    head: str
    ending: str
    names: bool = True
    exact: bool = False
    bare: bool = False
    failure: Callable[[str, str], str] | None = None


def table(name: str, found: RecordingEvents, vocabulary: Vocabulary) -> Iterator[str]:
    """For people."""
    count = len(found.events)
    yield f"{name}: {found.seconds:.1f} s, {count} {'event' if count == 1 else 'events'}"
    for event in found.events:
        yield (
            f"{event.onset:10.2f} - {event.offset:8.2f} s  {event.score:6.1%}"
            f"  {vocabulary.names[event.label]}"
        )


def json_lines(name: str, found: RecordingEvents, vocabulary: Vocabulary) -> Iterator[str]:
    """One JSON object a recording, with its events and with what was wrong with the file."""
    events = [
        {
            "label": vocabulary.names[event.label],
            "onset": round(event.onset, 3),
            "offset": round(event.offset, 3),
            "score": round(event.score, 4),
        }
        for event in found.events
    ]
    about: dict[str, Any] = {"file": name, "duration": round(found.seconds, 3), "events": events}
    if found.warnings:
        about["warning"] = " ".join(found.warnings)
    yield json.dumps(about)


def json_failure(name: str, error: str) -> str:
    """One JSON object for a recording that cannot be read."""
    return json.dumps({"file": name, "error": error})


def comma_separated(name: str, found: RecordingEvents, vocabulary: Vocabulary) -> Iterator[str]:
    """A row an event: file, onset, offset, label, score."""
    for event in found.events:
        label = vocabulary.names[event.label]
        yield _csv([name, *_times(event), label, f"{event.score:.4f}"])


def dcase(name: str, found: RecordingEvents, vocabulary: Vocabulary) -> Iterator[str]:
    """As in the DCASE challenges; a recording without events has a row, too."""
    for event in found.events:
        yield _tabs([name, *_times(event), vocabulary.names[event.label]])
    if not found.events:
        yield _tabs([name, "", "", ""])


def audacity(_: str, found: RecordingEvents, vocabulary: Vocabulary) -> Iterator[str]:
    """A label track for Audacity (File > Import > Labels)."""
    for event in found.events:
        yield _tabs([*_times(event), vocabulary.names[event.label]])


def raven(name: str, found: RecordingEvents, vocabulary: Vocabulary) -> Iterator[str]:
    """A selection table for Raven Pro 1.6.

    Its selections have the frequencies that both the network's front end and the recording have,
    and end within the recording: Raven refuses a table with others.
    """
    highest = min(found.front_end.f_max, found.sample_rate / 2)
    frequencies = (f"{found.front_end.f_min:.1f}", f"{highest:.1f}")
    path = Path(name)
    for number, event in enumerate(found.events, 1):
        begin, end = _times(event._replace(offset=math.floor(1000 * event.offset + EXACT) / 1000))
        place = [str(number), "Spectrogram 1", "1", begin, end, *frequencies]
        file = [path.name, str(path.absolute()), begin]
        yield _tabs([*place, *file, vocabulary.names[event.label], f"{event.score:.4f}"])


def _times(event: Event) -> tuple[str, str]:
    return f"{event.onset:.3f}", f"{event.offset:.3f}"


def _tabs(cells: Iterable[str]) -> str:
    return "\t".join(cells)


def _csv(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(map(cell, cells))
    return line.getvalue()


DCASE_HEAD = ("filename", "onset", "offset", "event_label")
RAVEN_HEAD = (
    "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)",
    "High Freq (Hz)", "Begin File", "Begin Path", "File Offset (s)", "Annotation", "Score",
)  # fmt: skip
FORMATS = {
    "table": EventFormat(table, "", ".txt"),
    "json": EventFormat(json_lines, "", ".json", exact=True, failure=json_failure),
    "csv": EventFormat(comma_separated, "file,onset,offset,label,score", ".csv"),
    "dcase": EventFormat(dcase, _tabs(DCASE_HEAD), ".tsv", bare=True),
    "audacity": EventFormat(audacity, "", ".labels.txt", names=False),
    "raven": EventFormat(raven, _tabs(RAVEN_HEAD), ".selections.txt", names=False),
}
