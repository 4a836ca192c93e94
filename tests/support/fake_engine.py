"""An engine without sound, network or threads, whose states a test chooses."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.audio.devices import Microphone
from epanns.audio.ring_buffer import RingBuffer
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import NetworkInfo, Prediction
from epanns.settings import Settings
from epanns.status import (
    ComparisonState,
    ModelPhase,
    ModelState,
    Notice,
    NoticeContent,
    Pace,
    RecordingEnded,
    RecordingOutcome,
    RecordingState,
    SourcePhase,
    SourceState,
    Status,
)
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.networks import STARTER

HOP = 0.1  # seconds
REASON = "No microphone is connected."

RECORDING = RecordingState(Path("recordings/2025-11-21_14-03-07.h5"), 83.4, 6_120_000)

KEPT = RecordingEnded(
    RecordingOutcome.SAVED, Path("recordings/x_last-minute.h5"), 60.0, 3_100_000, last_minute=True
)

READY = ModelState(ModelPhase.READY, "starter", summary="Cnn14, 1.2 M values", learnt=1_200_000)
LIVE = Status(
    running=True,
    source=SourceState(SourcePhase.LIVE, "Built-in microphone"),
    microphone=None,
    model=READY,
    pace=Pace(9.9, 0.0123),
    skipped=0,
    overflows=0,
    gaps=0,
    non_finite=0,
    level_dbfs=-23.4,
    peak_dbfs=-9.0,
)


def _source(phase: SourcePhase, name: str = "Built-in microphone", reason: str = "") -> Status:
    return replace(LIVE, source=SourceState(phase, name, reason))


# A network whose classes are others than AudioSet's.
WORDS = NetworkInfo("words", "Words, 0.1 M values", vocabulary=Vocabulary(("Yes", "No", "Stop")))

# Every state that the window has to show, by a name a test can say.
STATES = {
    "live": LIVE,
    "stopped": replace(_source(SourcePhase.STOPPED), running=False),
    "starting": replace(
        _source(SourcePhase.STARTING, ""),
        model=ModelState(ModelPhase.LOADING, "starter"),
        pace=Pace(),
    ),
    "loading": replace(LIVE, model=ModelState(ModelPhase.LOADING, "starter")),
    "silent": replace(
        _source(SourcePhase.SILENT), level_dbfs=float("-inf"), peak_dbfs=float("-inf")
    ),
    "lost": replace(
        _source(SourcePhase.LOST, reason="Built-in microphone delivers no sound; is it connected?"),
        overflows=3,
        gaps=1,
        non_finite=12,
        skipped=1204,
        pace=Pace(),
    ),
    "ended": _source(SourcePhase.ENDED, "dog.wav"),
    "failed": _source(SourcePhase.FAILED, "dog.wav", "dog.wav holds no sound."),
    "stand-in": replace(
        _source(SourcePhase.LIVE, "sample"),
        microphone=SourceState(SourcePhase.FAILED, "", REASON),
        plays_file=True,
    ),
    "fetching": replace(
        LIVE, model=ModelState(ModelPhase.FETCHING, "cnn14", fetching="cnn14", progress=0.43)
    ),
    "fetching-beside": replace(LIVE, model=replace(READY, fetching="epanns", progress=0.43)),
    "recording": replace(LIVE, recording=RECORDING),
    "disk-full": replace(LIVE, recording=replace(RECORDING, room=540.0)),
    "model-failed": replace(
        LIVE,
        model=ModelState(
            ModelPhase.FAILED, "cnn14", "cnn14.pth is cut off after 12 of 320 MB; fetch it again."
        ),
    ),
}


MICROPHONES = (
    Microphone(0, "Built-in microphone", 2, 44100.0, True),
    Microphone(3, "USB microphone (Røde NT-USB+), front left and front right", 2, 48000.0, False),
)


def scores(**by_name: float) -> NDArray[np.float32]:
    """Scores (527,) float32 with the given classes set; underscores stand for spaces."""
    return scores_of(AUDIOSET, {name.replace("_", " "): by_name[name] for name in by_name})


def scores_of(vocabulary: Vocabulary, by_name: Mapping[str, float]) -> NDArray[np.float32]:
    """Scores (classes,) float32 with the given classes set."""
    result = np.full(len(vocabulary), 0.001, np.float32)
    for name, score in by_name.items():
        result[vocabulary.index(name)] = score
    return result


def lively(seconds: float) -> NDArray[np.float32]:
    """Scores (527,) float32 that move smoothly, with long names among the highest."""
    phase = np.arange(len(AUDIOSET)) * 2.399
    result = 0.02 + 0.02 * np.sin(phase + seconds)
    for place, index in enumerate((0, 1, 308, 72, 89, 322, 349, 500, 132, 74, 396, 16)):
        result[index] = 0.9 * np.exp(-0.28 * place) * (0.9 + 0.1 * np.sin(seconds + place))
    return result.astype(np.float32)


def new_ring() -> RingBuffer:
    """A ring buffer whose sound began when the machine did, as the predictions here do."""
    ring = RingBuffer(2 * SAMPLE_RATE)
    ring.mark_gap("not there yet", int(time.monotonic() * SAMPLE_RATE))
    return ring


def sweeping(start: int, end: int) -> NDArray[np.float32]:
    """A tone that sweeps up and down, float32 (end - start,)."""
    seconds = np.arange(start, end) / SAMPLE_RATE
    return (0.1 * np.sin(4000 * np.sin(0.7 * seconds) * seconds % (2 * np.pi))).astype(np.float32)


class FakeComparison:
    """A second network that says what the first does, half as loud."""

    def __init__(self) -> None:
        self._first: Prediction | None = None
        self._latest: Prediction | None = None

    def latest(self, first: Prediction | None) -> Prediction | None:
        """Its prediction beside one of the first network."""
        if first is not self._first:
            self._first = first
            self._latest = first and replace(first, scores=first.scores * np.float32(0.5))
        return self._latest


@dataclass
class FakeEngine:
    """A TaggerEngine; `calls` records what the window asked for.

    Attributes:
        ahead: seconds that the sound's clock is ahead of real time.
        current: its status, but whether it plays a file, which the settings and the choice of a
            microphone decide.
    """

    settings: Settings
    current: Status = STATES["live"]
    notices: tuple[Notice, ...] = ()
    microphones: tuple[Microphone, ...] = MICROPHONES
    microphone: str = ""
    calls: list[str] = field(default_factory=list)
    make_scores: Callable[[float], NDArray[np.float32]] = lively
    network: NetworkInfo = STARTER
    sound: RingBuffer = field(default_factory=new_ring)
    comparison: FakeComparison | None = None
    done: bool = False
    ahead: float = 0.0
    _hop: int = -1
    _latest: Prediction | None = None

    def __post_init__(self) -> None:
        self._plays_file = self.settings.source != "microphone"

    def start(self) -> None:
        self.calls.append("start")
        self.current = replace(self.current, running=True)

    def stop(self) -> None:
        self.calls.append("stop")
        self.current = replace(self.current, running=False)

    def record(self, path: Path | None = None) -> None:
        self.calls.append("record")
        self.current = replace(self.current, recording=RECORDING)

    def stop_recording(self) -> None:
        self.calls.append("stop recording")
        self.current = replace(self.current, recording=None)

    def keep_last_minute(self, path: Path | None = None) -> None:
        self.calls.append("keep the last minute")
        self.notify(KEPT)

    def notify(self, content: NoticeContent) -> None:
        """Something that the user should know happens."""
        number = self.notices[-1].number + 1 if self.notices else 1
        self.notices += (Notice(number, content),)

    def compare_with(self, model: str) -> None:
        self.calls.append(f"compare with {model!r}")
        self.comparison = FakeComparison() if model else None
        state = ModelState(
            ModelPhase.READY,
            model,
            summary="Cnn14, 80.8 M values",
            size=327428481,
            learnt=80_800_000,
        )
        comparison = ComparisonState(state, pace=Pace(8.1, 0.0921)) if model else None
        self.current = replace(self.current, comparison=comparison)

    def close(self) -> None:
        self.calls.append("close")

    def status(self) -> Status:
        return replace(self.current, plays_file=True) if self._plays_file else self.current

    @property
    def latest(self) -> Prediction | None:
        """A new prediction every hop, as long as the state is one that has any."""
        hears = self.current.source.phase in (SourcePhase.LIVE, SourcePhase.SILENT)
        hop = int(self._now() / HOP)
        if hears and self.current.model.phase is ModelPhase.READY and hop != self._hop:
            self._hop = hop
            end = int(hop * HOP * SAMPLE_RATE)
            self._latest = Prediction(
                end - SAMPLE_RATE, end, self.make_scores(hop * HOP), -23.4, 0.0123, self.network
            )
        return self._latest

    @property
    def comparison_latest(self) -> Prediction | None:
        return self.comparison.latest(self.latest) if self.comparison else None

    @property
    def ring(self) -> RingBuffer | None:
        """The sound up to now."""
        if not self.current.running:
            return None
        now = int(self._now() * SAMPLE_RATE)
        if self.current.source.phase in (SourcePhase.LIVE, SourcePhase.SILENT):
            self.sound.write(sweeping(max(self.sound.position, now - SAMPLE_RATE), now))
        return self.sound

    def _now(self) -> float:
        return time.monotonic() + self.ahead

    def choose_microphone(self, choice: str) -> None:
        self.calls.append(f"choose {choice!r}")
        self.microphone = choice
        self._plays_file = False

    def retry_microphone(self) -> None:
        self.calls.append("retry")

    def look_for_microphones(self) -> None:
        self.calls.append("look")
