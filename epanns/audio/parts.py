"""Whole sound files within a file: one as a rule, several where files were joined end to end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from epanns.audio.file_window import FileWindow
from epanns.audio.sound import Damage

SLACK = 0.2  # seconds that may be missing without a report: containers round, encoders pad


class Reading(NamedTuple):
    """A file was read to its end.

    Attributes:
        name: what to call it.
        heard: the seconds that were read.
        stated: the seconds that the decoder found stated.
        failure: a sentence about what the decoder failed at; "" for nothing.
        missing: the seconds of silence that stand in for sound that is missing.
        first_hole: when the first of them are, in seconds.
    """

    name: str
    heard: float
    stated: float
    failure: str = ""
    missing: float = 0.0
    first_hole: float = 0.0


Check = Callable[[Reading, Damage], None]


def note_faults(reading: Reading, damage: Damage) -> None:
    """For a file about which no more is known than its decoder says."""
    if reading.failure:
        silent = f" {reading.missing:.1f} s of it are silence." if reading.missing else ""
        damage.note(reading.failure + silent)
    elif reading.missing:
        damage.remark(
            f"{reading.name} lacks {reading.missing:.1f} s of sound, the first of it at"
            f" {reading.first_hole:.1f} s; silence stands in for that."
        )
    if not reading.failure and reading.stated > reading.heard + SLACK:
        damage.note(
            f"{reading.name} is cut off: {reading.stated:.1f} s of sound are promised,"
            f" {reading.heard:.1f} s are there."
        )


def no_next(path: Path, heard_to: int) -> "FilePart | None":
    """For a file after which no other is looked for."""
    return None


class Headless(NamedTuple):
    """PCM without its header: where it is in the file, and the order of the bytes of a sample."""

    start: int
    end: int
    endian: str

    def open(self, path: Path) -> FileWindow:
        """Open it as a file of its own."""
        return FileWindow(path, self.start, self.end)


@dataclass(frozen=True)
class FilePart:
    """A sound file within a file, as a decoder is to read it.

    Attributes:
        start: its first byte.
        end: the byte after its last one; None for the end of the file.
        mended: bytes that a decoder is to read in place of those of a wrong header, by place.
        check: notes what is wrong with it, once it is read.
        form: FFmpeg's name of its format, where FFmpeg is to read it; "" for any decoder.
        headless: where no header can state its length, its sound alone.
        find_next: finds the file after it, given the path and how far its decoder has read; 0 if
            that is not known.
    """

    start: int = 0
    end: int | None = None
    mended: Mapping[int, bytes] = field(default_factory=dict)
    check: Check = note_faults
    form: str = ""
    headless: Headless | None = None
    find_next: Callable[[Path, int], "FilePart | None"] = no_next

    @property
    def is_whole_file(self) -> bool:
        """Whether it is the file as it is."""
        return not self.start and self.end is None and not self.mended

    @property
    def is_position_needed(self) -> bool:
        """Whether it is asked how far a decoder has read."""
        return self.find_next is not no_next

    def open(self, path: Path) -> FileWindow:
        """Open it as a file of its own."""
        return FileWindow(path, self.start, self.end, self.mended)
