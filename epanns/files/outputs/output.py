"""What all outputs have in common: recordings come one after the other, and each is kept whole.

An output that is cut short for any reason holds every recording that was finished before. Opened
again to go on (`resume`), it tells which these are, and drops those that could not be read, so that
they are tried again. So it does with those of the run whose file has changed since, or of which not
all could be read: with each recording its output keeps the state of the file.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from epanns.audio.selection import ALL, SoundSelection
from epanns.errors import EpannsError, writable, writing
from epanns.files.segments import SegmentScores
from epanns.files.tagging import ScoringPlan
from epanns.files.task import RecordingResult
from epanns.formatting import visible
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import NetworkInfo
from epanns.storage.atomic import check_writable
from epanns.storage.existence import exists
from epanns.zoo import catalogue

LONGEST_NAME = 255  # bytes, of common file systems


class OutputError(EpannsError):
    """An output cannot be written, or holds something else."""


class ScoringRun(NamedTuple):
    """What recordings are scored with. Every output states it, and holds the results of one run.

    Attributes:
        model: the name of the network.
        segment: seconds scored at a time.
        hop: seconds from one segment to the next.
        segments: whether each segment is written, too.
        top_k: how many classes are written; 0 for all of them.
        selection: what of each recording is scored.
    """

    model: str
    segment: float
    hop: float
    segments: bool = False
    top_k: int = 0
    selection: SoundSelection = ALL

    def about(self) -> dict[str, Any]:
        """What is written with each recording; the other fields can be seen in what is written."""
        about = {"model": self.model, "segment": self.segment, "hop": self.hop}
        return about | self.selection.about()


ResultIn = TypeVar("ResultIn", bound=RecordingResult, contravariant=True)


class RecordingOutput(Protocol[ResultIn]):
    """Where the results of recordings are written to."""

    def holds(self, path: Path) -> bool:
        """Whether it holds a recording already, which then need not be done again."""

    def add(self, path: Path, scores: SegmentScores) -> None:
        """Take some segments of a recording; those that start at 0 begin it, or start it again."""

    def finish(self, path: Path, result: ResultIn) -> None:
        """Write a recording that is complete: from now on it is kept.

        Raises:
            OutputError: it cannot be written.
        """

    def fail(self, path: Path, error: str) -> None:
        """Note that a recording cannot be read, and the sentence that says why.

        Raises:
            OutputError: it cannot be written.
        """

    def close(self) -> None:
        """End; recordings that are not complete are dropped."""


def model_name(model: str, network: NetworkInfo) -> str:
    """The name of a model in outputs; with a part of its checksum where others may have its name.

    Args:
        model: as the user names it: a name from the zoo or the path of a weights file.
        network: what the workers opened.
    """
    return model if catalogue.is_published(model) else f"{network.name}@{network.checksum[:12]}"


def run_of(model: str, network: NetworkInfo, plan: ScoringPlan, top_k: int = 0) -> ScoringRun:
    """What outputs say of a run.

    Args:
        model: as the user names it.
        network: what the workers opened.
        plan: what they do.
        top_k: how many classes are written, at most as many as the network has; 0 for all of them.
    """
    segment, hop = plan.segment / SAMPLE_RATE, plan.hop / SAMPLE_RATE
    top_k = min(top_k, len(network.vocabulary))
    name = model_name(model, network)
    return ScoringRun(name, segment, hop, plan.scores, top_k, plan.selection)


def name_of(path: Path) -> str:
    """The name of a file in outputs: its path as given, in letters that can be written."""
    return writable(str(path))


def shown_name(path: Path) -> str:
    """The name of a file in tables: with escapes for what would break them, or cannot be seen."""
    return visible(name_of(path))


def key_of(name: str) -> str:
    """The absolute form of a file's name, the same for every way to name the file."""
    return os.path.abspath(name)  # noqa: PTH100 (follows no links)


def files_in(
    folder: Path, paths: Iterable[Path], ending: str, flat: bool = False
) -> dict[Path, Path]:
    """The file in a folder that belongs to each recording of a run, named after it.

    Args:
        folder: where the files are to be, in folders like those of the recordings; what all of
            these have in common is left out.
        paths: all recordings.
        ending: of the files, after the name of the recording.
        flat: whether all are to be in the folder itself, as long as no two have one name.
    """
    absolute = {path: key_of(str(path)) for path in paths}
    names = [path.name for path in absolute]
    if flat and len(set(names)) == len(names):
        return {path: folder / _fitting(path.name, ending) for path in absolute}
    root = os.path.commonpath([os.path.dirname(each) for each in absolute.values()])  # noqa: PTH120
    below = {path: Path(os.path.relpath(each, root)) for path, each in absolute.items()}
    return {path: folder / it.parent / _fitting(it.name, ending) for path, it in below.items()}


def _fitting(name: str, ending: str) -> str:
    """The name of a file: shortened, with a checksum, where the system would refuse it."""
    if len(os.fsencode(name + ending)) <= LONGEST_NAME:
        return name + ending
    ending = f"~{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}{ending}"
    while len(os.fsencode(name + ending)) > LONGEST_NAME:
        name = name[:-1]
    return name + ending


def check_new(out: Path | None) -> None:
    """Refuse to write over a file that exists, or where none can be written.

    Raises:
        OutputError: it exists, or cannot be written.
    """
    if out is None:
        return
    check_absent(out)
    with writing(out, OutputError):
        check_writable(out)


def check_absent(out: Path) -> None:
    """Refuse to write over a file that exists.

    Raises:
        OutputError: it exists.
    """
    if exists(out):
        raise OutputError(f"{out} is there already; go on with it by --resume, or name another.")


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
    """A run in words, for the user."""
    what = f"{run.top_k or 'all'} classes of recordings{' and segments' * run.segments}"
    chosen = "".join(f", {name} {choice}" for name, choice in run.selection.about().items())
    return f"{run.model} on segments of {run.segment:g} s, one each {run.hop:g} s ({what}{chosen})"
