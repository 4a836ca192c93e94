"""States as values: what the source, the model and the whole engine are doing.

Every object here is immutable: the engine's threads replace them, any thread may read them.
"""

import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class SourcePhase(Enum):
    """The phase of a source of sound."""

    STOPPED = "stopped"
    STARTING = "starting"
    LIVE = "live"
    SILENT = "silent"  # live, but exact zeros only for 3 s
    LOST = "lost"  # was live and was lost; opened again once it is back
    ENDED = "ended"  # a file that has been played to its end
    FAILED = "failed"  # never worked; reason says why


class ModelPhase(Enum):
    """The phase of the network."""

    LOADING = "loading"
    FETCHING = "fetching"  # no network yet, a download is under way
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source.

    Attributes:
        phase: what it is doing.
        name: what it is called.
        reason: why it is in that phase; one sentence or "".
        alone: the number of a channel that is heard in place of the mean of all, as that is more
            than 6 dB below it, and how many channels there are; None where the mean is heard.
    """

    phase: SourcePhase
    name: str = ""
    reason: str = ""
    alone: tuple[int, int] | None = None

    @property
    def live(self) -> bool:
        """Whether sound comes in, be it silence."""
        return self.phase in (SourcePhase.LIVE, SourcePhase.SILENT)


@dataclass(frozen=True, slots=True)
class ModelState:
    """The network in use, and a download that may be under way at the same time.

    Attributes:
        phase: loading, fetching, ready or failed.
        name: name in the zoo or file name of the network in use (or wanted, until it is ready).
        reason: why it failed; one sentence or "".
        fetching: name of the model being downloaded, or "".
        progress: share of that download that is done, 0 to 1.
        summary: a few words on the network in use, such as its architecture and size.
        size: bytes of its weights file; 0 until it is in use.
        learnt: how many of its parameters are learnt; 0 where that is not known.
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
    """How often a network scores, and the time and energy that takes, over the last seconds.

    Attributes:
        updates_per_second: predictions a second.
        inference_seconds: median time that a prediction took.
        joules: mean energy of the processor per prediction; None where it cannot be measured.
    """

    updates_per_second: float = 0.0
    inference_seconds: float = 0.0
    joules: float | None = None


@dataclass(frozen=True, slots=True)
class ComparisonState:
    """A second network that scores the same sound.

    Attributes:
        model: the network.
        scores: whether it gets the sound; a recording session that is played is not scored again.
        pace: its pace.
        skipped: segments left out because the machine was too slow for it.
        remark: what the user should know; None for nothing.
    """

    model: ModelState
    scores: bool = True
    pace: Pace = Pace()
    skipped: int = 0
    remark: "NoticeContent | None" = None


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
    DISK_FULL = "disk full"  # it ends here; what became of it follows
    FAILED = "failed"  # reason says why


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """A recording has ended, or was not begun.

    Attributes:
        outcome: what became of it.
        path: the file; None where there is none.
        seconds: of sound in it.
        size: its bytes on disk.
        reason: why it failed; one sentence or "".
        last_minute: whether it holds the minute before the command, not the sound after it.
    """

    outcome: RecordingOutcome
    path: Path | None = None
    seconds: float = 0.0
    size: int = 0
    reason: str = ""
    last_minute: bool = False


@dataclass(frozen=True, slots=True)
class DiskNearlyFull:
    """The disk has room for only `seconds` more seconds of recording."""

    seconds: float


@dataclass(frozen=True, slots=True)
class NetworkInUse:
    """A network scores from now on.

    Attributes:
        name, summary: of the network.
        segment: seconds of sound scored at a time.
        hop: seconds from one scored segment to the next.
    """

    name: str
    summary: str
    segment: float
    hop: float


@dataclass(frozen=True, slots=True)
class NetworkFallback:
    """Another network of the zoo is in use than the best one.

    Attributes:
        wanted, used: names in the zoo.
        reason: why; a sentence.
    """

    wanted: str
    used: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrecisionFallback:
    """The network computes in another precision than was asked for; `reason` is a sentence."""

    used: str
    reason: str


@dataclass(frozen=True, slots=True)
class SampleInstead:
    """The bundled sample plays, as no microphone works; `reason` is a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class ListeningTo:
    """A microphone works from now on, in place of the sample."""

    name: str


@dataclass(frozen=True, slots=True)
class UnknownClasses:
    """The settings name classes that the network in use lacks, which mean nothing therefore."""

    names: tuple[str, ...]


# The content of a notice: a value that a view puts into words, or the sentence of an error.
NoticeContent = (
    RecordingEnded
    | DiskNearlyFull
    | NetworkInUse
    | NetworkFallback
    | PrecisionFallback
    | SampleInstead
    | ListeningTo
    | UnknownClasses
    | str
)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened and that the user should know.

    Attributes:
        number: its number among the notices of an engine, by which a view finds the new ones.
        content: what happened.
    """

    number: int
    content: NoticeContent


@dataclass(frozen=True, slots=True)
class Status:
    """A snapshot of the whole engine, taken for a view.

    Attributes:
        running: False after Stop, until Start.
        source: the source in use.
        microphone: the state of the microphone when `source` is the sample that replaces it, else
            None.
        model: the network.
        pace: its pace.
        skipped: segments left out because the machine was too slow, since the start.
        overflows: times the sound system reported lost input, since the source started.
        gaps: other places where sound is missing, such as after an unplugged device, since then.
        non_finite: samples that were NaN or infinite and were replaced by zeros, since then.
        level_dbfs: RMS level of the last 50 ms, -inf for digital silence.
        peak_dbfs: peak level of the last 50 ms, -inf for digital silence.
        recording: the recording that is under way, or None.
        plays_file: whether the sound comes from a file or the sample, not from a microphone.
        comparison: the network that is compared with the first, or None.
        measures_energy: whether energy can be measured on this machine.
        unknown_classes: names in the settings that are no classes of the network in use.
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
    unknown_classes: tuple[str, ...] = ()

    @property
    def hears(self) -> bool:
        """Whether the engine runs and sound comes in."""
        return self.running and self.source.live


# The status before an engine exists.
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
