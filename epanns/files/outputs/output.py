"""What all outputs have in common: recordings come one after the other, and each is kept whole.

An output that is cut short, however that happens, holds every recording that was finished before;
opened again to go on (`resume`), it says which these are, and forgets those that could not be read,
so that they are tried anew.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from epanns.audio.level import LOWEST_DBFS
from epanns.errors import EpannsError, cause, writable
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags


class OutputError(EpannsError):
    """An output cannot be written, or holds something else."""


class ScoringRun(NamedTuple):
    """What recordings are scored with; it stands in every output, which holds those of one run.

    Attributes:
        model: the name of the network.
        segment: seconds scored at a time.
        hop: seconds from one segment to the next.
        segments: whether each segment is written, too.
        top_k: how many classes are written; 0 for all.
    """

    model: str
    segment: float
    hop: float
    segments: bool = False
    top_k: int = 0

    def about(self) -> dict[str, str | float]:
        """What stands beside each recording, but for what can be seen there anyway."""
        return {"model": self.model, "segment": self.segment, "hop": self.hop}


class RecordingOutput(Protocol):
    """Somewhere to write to."""

    def holds(self, path: Path) -> bool:
        """Whether a recording need not be done again."""

    def add(self, path: Path, scores: SegmentScores) -> None:
        """Take some segments of a recording; those that start at 0 begin it, or begin it anew."""

    def finish(self, path: Path, tags: RecordingTags) -> None:
        """A recording is complete, or cannot be read: from now on it is kept.

        Raises:
            OutputError: it cannot be written.
        """

    def close(self) -> None:
        """Nothing follows."""


def name_of(path: Path) -> str:
    """What a file is called in outputs: its path as given, in letters that can be written."""
    return writable(str(path))


def key_of(name: str) -> str:
    """What tells a file from others, wherever it is named from."""
    return os.path.abspath(name)  # noqa: PTH100 (follows no links)


def finite(level: float) -> float:
    """A level in dBFS to a tenth, with a number for digital silence."""
    return round(max(level, LOWEST_DBFS), 1)


def check_new(out: Path | None) -> None:
    """Refuse to write over what is there already.

    Raises:
        OutputError: there is something.
    """
    if out is not None and out.exists():
        raise OutputError(f"{out} is there already; go on with it by --resume, or name another.")


@contextmanager
def writing(out: Path | str) -> Iterator[None]:
    """Put what goes wrong while a file is written into a sentence.

    Raises:
        OutputError: it cannot be written.
        BrokenPipeError: nobody reads standard output any more.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {cause(error)}.") from None


def check_run(found: ScoringRun, run: ScoringRun, path: Path) -> None:
    """Refuse to add to an output of another run.

    Raises:
        OutputError: it is one.
    """
    if found != run:
        raise OutputError(
            f"{path} holds scores by {_words(found)}, not by {_words(run)}; go on with the same, or"
            " write to another file."
        )


def _words(run: ScoringRun) -> str:
    """What a run is, for the user."""
    what = f"{run.top_k or 'all'} classes of recordings{' and segments' * run.segments}"
    return f"{run.model} on segments of {run.segment:g} s, one each {run.hop:g} s ({what})"
