"""What is done with each recording of a run, and what a worker reports about it.

A task is sent by value to the processes or machines that work on recordings, so it must be possible
to pickle it. For each recording it yields parts, which report its progress, and finally a result. A
recording that cannot be read yields a RecordingFailure in place of the result.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from epanns.errors import DiskFailureError, EpannsError, reason, writable
from epanns.files.segments import SegmentScores
from epanns.prediction import NetworkInfo
from epanns.storage.file_state import FileState

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger


@dataclass(frozen=True, eq=False)
class RecordingPart:
    """Progress within a recording.

    Attributes:
        seconds: how much of it is done so far.
        share: the same as a share of its length, 0 to 1; 0 if the length is unknown.
        scores: what the task keeps of the segments since the previous part, if anything. Their
            `first` is 0 where a recording begins, and where it is started again.
    """

    seconds: float
    share: float
    scores: SegmentScores | None = None


@dataclass(frozen=True, eq=False)
class RecordingResult:
    """A recording is done; each task has its own kind of results.

    Attributes:
        seconds: the length of the recording.
        warnings: a sentence for each fault of the file.
        state: the state of the file that all of it was read in; None where not all was read.
    """

    seconds: float
    warnings: tuple[str, ...] = field(default=(), kw_only=True)
    state: FileState | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class RecordingFailure:
    """A recording could not be read: one sentence says why."""

    error: str


@dataclass(frozen=True)
class WorkerReady:
    """A worker has opened the network.

    Attributes:
        network: which one it is.
        remark: what the user should know about how it was opened; "" for nothing.
    """

    network: NetworkInfo
    remark: str


Result = TypeVar("Result", bound=RecordingResult)
ResultOut = TypeVar("ResultOut", bound=RecordingResult, covariant=True)
Message: TypeAlias = RecordingPart | Result | RecordingFailure


class RecordingTask(Protocol[ResultOut]):
    """What is done with each recording."""

    def run(self, path: Path, tagger: "AudioTagger") -> Iterator[RecordingPart | ResultOut]:
        """Work on a recording.

        The result depends on the file, the network and the task only: not on what was done before,
        nor on the process that does it.

        Yields:
            Parts, then the result.

        Raises:
            AudioFileError: the file cannot be read.
        """


class WorkerPool(Protocol):
    """Processes that work on recordings with one network."""

    def ready(self) -> WorkerReady:
        """Wait until the first worker has opened the network; return its report.

        Raises:
            WeightsError: the network cannot be opened.
        """

    def run(
        self, task: RecordingTask[Result], paths: Iterable[Path]
    ) -> Generator[tuple[Path, Message[Result]], None, None]:
        """Work on recordings.

        Yields:
            What run_task yields for a recording, with its path. Messages of several recordings are
            interleaved; those of one recording keep their order. A recording is started again
            where its worker died.

        Raises:
            WeightsError: the network cannot be opened.
        """

    def close(self) -> None:
        """End all processes."""


def run_task(
    task: RecordingTask[Result], path: Path, tagger: "AudioTagger"
) -> Iterator[Message[Result]]:
    """Work on a recording; any fault of a decoder becomes a failure. Runs in a worker.

    Where the disk or the share fails, the recording is started again once.

    Yields:
        Parts, then the result or a failure.
    """
    try:
        try:
            yield from task.run(path, tagger)
        except DiskFailureError:
            yield from task.run(path, tagger)
    except EpannsError as error:
        yield RecordingFailure(writable(str(error)))
    except Exception as error:  # one file that a decoder fails on must not end hours of work
        yield RecordingFailure(writable(f"{path}: {reason(error)}"))
