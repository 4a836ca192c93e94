"""What is to be heard in the bundled sample, and when: its timetable, with the silence between."""

from pathlib import Path
from typing import NamedTuple

from epanns.detection.reference import read_reference
from epanns.paths import CONFIG
from epanns.vocabulary.audioset import AUDIOSET

TIMETABLE = CONFIG / "sample.tsv"
SILENCE = "Silence"


class Section(NamedTuple):
    """A stretch of the sample, in seconds, and its class."""

    onset: float
    offset: float
    label: str


def sections(length: float, path: Path = TIMETABLE) -> list[Section]:
    """The sounds, each with the silence after it; length is that of the sample in s."""
    (events,) = read_reference(path, AUDIOSET).values()
    onsets = [event.onset for event in events]
    found = []
    for event, following in zip(events, [*onsets[1:], length], strict=True):
        found.append(Section(event.onset, event.offset, AUDIOSET.names[event.label]))
        found.append(Section(event.offset, following, SILENCE))
    return found
