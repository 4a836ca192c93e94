"""States as values: what the source, the model and the whole engine are doing right now.

Every object here is immutable: the engine's threads make new ones, any thread may read them.
"""

import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class SourcePhase(Enum):
    """Where a source of sound stands."""

    STOPPED = "stopped"
    STARTING = "starting"
    LIVE = "live"
    SILENT = "silent"  # live, but nothing but exact zeros for 3 s
    LOST = "lost"  # was live, is gone; tried again until it is back
    ENDED = "ended"  # a file that has been played to its end
    FAILED = "failed"  # never worked; reason says why


class ModelPhase(Enum):
    """Where the network stands."""

    LOADING = "loading"
    FETCHING = "fetching"  # nothing to score with yet, a download is under way
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source: its phase, what it is called, and why it is in that phase."""

    phase: SourcePhase
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ModelState:
    """The network in use, and a download that may be running beside it.

    Attributes:
        phase: loading, fetching, ready or failed.
        name: name in the zoo or file name of the network in use (or wanted, until it is ready).
        reason: why it failed; one sentence or "".
        fetching: name of the model being downloaded, or "".
        progress: share of that download that is done, 0 to 1.
        summary: a few words on the network in use, such as its architecture and size.
        size: bytes of its weights file; 0 until it is in use.
        learnt: how many values it has learnt, as its publishers state; 0 where they do not.
    """

    phase: ModelPhase
    name: str = ""
    reason: str = ""
    fetching: str = ""
    progress: float = 0.0
    summary: str = ""
    size: int = 0
    learnt: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a network scores and what that takes, over the last seconds.

    Attributes:
        updates_per_second: predictions a second.
        inference_seconds: median time one took.
        joules: mean energy of the processor for one; None where that cannot be measured.
    """

    updates_per_second: float = 0.0
    inference_seconds: float = 0.0
    joules: float | None = None


@dataclass(frozen=True, slots=True)
class ComparisonState:
    """A second network that scores the same sound.

    Attributes:
        model: the network.
        hears: whether there is sound for it; a recording that is played is not scored again.
        pace: its pace.
        skipped: segments left out because the machine was too slow for it.
        remark: what the user should know, as one sentence or "".
    """

    model: ModelState
    hears: bool = True
    pace: Pace = Pace()
    skipped: int = 0
    remark: str = ""


@dataclass(frozen=True, slots=True)
class RecordingState:
    """A recording that is under way.

    Attributes:
        path: the file.
        seconds: of sound so far.
        size: bytes on disk.
        room: seconds of sound that the disk still has room for; None while that is plenty.
    """

    path: Path
    seconds: float = 0.0
    size: int = 0
    room: float | None = None


class RecordingOutcome(Enum):
    """What became of a recording, or of a part of it."""

    SAVED = "saved"
    NOTHING_HEARD = "nothing heard"  # there was no sound to record
    NOT_NEEDED = "not needed"  # the source is a recording itself
    DISK_FULL = "disk full"  # it ends here, in order
    FAILED = "failed"  # reason says why


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """That a recording has ended, or was not begun.

    Attributes:
        outcome: what became of it.
        path: the file; None where there is none.
        seconds: of sound in it.
        size: its bytes on disk.
        reason: why it failed; one sentence or "".
        last_minute: whether it holds the last minute, not what came after the command.
    """

    outcome: RecordingOutcome
    path: Path | None = None
    seconds: float = 0.0
    size: int = 0
    reason: str = ""
    last_minute: bool = False


@dataclass(frozen=True, slots=True)
class DiskNearlyFull:
    """That there is room for so many seconds of recording only."""

    seconds: float


@dataclass(frozen=True, slots=True)
class NetworkInUse:
    """That a network scores from now on.

    Attributes:
        name, summary: of the network.
        segment: seconds of sound scored at a time.
        hop: seconds from one scored segment to the next.
    """

    name: str
    summary: str
    segment: float
    hop: float


# What happened once: a value that a view puts into words, or a sentence of an error.
NoticeContent = RecordingEnded | DiskNearlyFull | NetworkInUse | str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened and that the user should know.

    Attributes:
        number: counts the notices of an engine, so that a view knows the new ones.
        content: what happened.
    """

    number: int
    content: NoticeContent


@dataclass(frozen=True, slots=True)
class Status:
    """A snapshot of the whole engine, taken for a view.

    Attributes:
        running: False after Stop, until Start.
        source: the source that is heard now.
        microphone: the state of the microphone when `source` is the sample that stands in for it,
            else None.
        model: the network.
        pace: its pace.
        skipped: segments left out because the machine was too slow, since the start.
        overflows: times the sound system reported lost input, since the source started.
        gaps: other places where sound is missing, as after an unplugged device, since then.
        non_finite: samples that were NaN or infinite and were dropped, since then.
        level_dbfs: RMS level of the last 50 ms, -inf for digital silence.
        peak_dbfs: highest sample of the last 50 ms.
        recording: the recording that is under way, or None.
        plays_file: whether the sound comes from a file or the sample, not from a microphone.
        comparison: the network that is compared with the first, or None.
        measures_energy: whether energy can be measured on this machine.
    """

    running: bool
    source: SourceState
    microphone: SourceState | None
    model: ModelState
    pace: Pace
    skipped: int
    overflows: int
    gaps: int
    non_finite: int
    level_dbfs: float
    peak_dbfs: float
    recording: RecordingState | None = None
    plays_file: bool = False
    comparison: ComparisonState | None = None
    measures_energy: bool = False


# What an engine says that is about to be there.
NO_ENGINE = Status(
    running=True,
    source=SourceState(SourcePhase.STARTING),
    microphone=None,
    model=ModelState(ModelPhase.LOADING),
    pace=Pace(),
    skipped=0,
    overflows=0,
    gaps=0,
    non_finite=0,
    level_dbfs=-math.inf,
    peak_dbfs=-math.inf,
)
