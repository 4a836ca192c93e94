"""The engine: sources, worker and networks, started, stopped and described.

Views (the window, the terminal) ask it for its status and its latest Prediction at their own pace,
and tell it what to do. Every call returns at once, except close().
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from epanns.audio.devices import Microphone
from epanns.audio.level import peak_dbfs, rms_dbfs
from epanns.audio.ring_buffer import RingBuffer
from epanns.audio.selection import channel_choice
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.model_runner import ComparisonRunner, ModelRunner
from epanns.live.source_manager import SourceManager, name_of
from epanns.prediction import Prediction
from epanns.runtimes.energy import EnergyMeter
from epanns.sessions.player import SessionSource
from epanns.sessions.recording_manager import RecordingManager
from epanns.settings import Settings
from epanns.status import (
    ModelPhase,
    NetworkInUse,
    Notice,
    NoticeContent,
    SourcePhase,
    SourceState,
    Status,
    UnknownClasses,
)
from epanns.vocabulary.vocabulary import Vocabulary

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger

LOOK_EVERY = 0.1  # seconds
NOTICES_KEPT = 50
METER_SAMPLES = round(0.05 * SAMPLE_RATE)


class Engine:
    """Listens and tags in the background, and records; see TaggerEngine for its methods.

    One thread of its own starts and stops sources, and plays the bundled sample while there is no
    microphone.

    Attributes:
        settings: what it was made with.
        latest: the newest Prediction; None until there is one, and after each stop.
    """

    def __init__(
        self,
        settings: Settings,
        publish: Callable[[Prediction], None] = lambda _: None,
        tell: Callable[[NoticeContent], None] = lambda _: None,
        stand_in: bool = True,
    ) -> None:
        """Build everything and start nothing.

        Args:
            settings: the settings.
            publish: called with each Prediction, on the worker's thread; must not block.
            tell: called with each notice and each network in use, on any thread.
            stand_in: whether the sample plays while there is no microphone.
        """
        self.settings = settings
        self.latest: Prediction | None = None
        self._notices: deque[Notice] = deque(maxlen=NOTICES_KEPT)
        self._noticed = 0
        self._noticing = threading.Lock()  # threads that notice something at the same time
        self._failure = ""  # the last one that was noticed
        self._vocabulary: Vocabulary | None = None  # of the newest Prediction
        self._unknown: tuple[str, ...] = ()  # names in the settings that are no classes of it
        self._publish = publish
        self._tell = tell
        self._running = False
        self._again = False
        self._closing = False
        self._wake = threading.Event()
        self._sources = SourceManager(
            settings.source, settings.microphone, channel_choice(settings.channel), settings.loop,
            stand_in, self._take, self._notice, tell,
        )  # fmt: skip
        self._meter = EnergyMeter()
        self._recordings = RecordingManager(settings.model_dump_json(), self._notice)
        self._first = ModelRunner(settings, self._meter, self._take, self._use, self._notice)
        self._comparison: ComparisonRunner | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Begin or go on listening, a file that has ended from its beginning."""
        self._running = True
        self._again = self.done
        if not self._thread.is_alive() and not self._closing:
            self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """Stop listening, keep everything ready."""
        self._running = False
        self._wake.set()

    def record(self, path: Path | None = None) -> None:
        """Record from now on, until the sound ends or stop_recording()."""
        self._recordings.begin(path)
        self._wake.set()

    def stop_recording(self) -> None:
        """End the recording."""
        self._recordings.end()
        self._wake.set()

    def keep_last_minute(self, path: Path | None = None) -> None:
        """Keep the last minute of what was heard as a recording."""
        self._recordings.keep_last_minute(path)

    def compare_with(self, model: str) -> None:
        """Have another network score the same sound; "" for none."""
        before = self._comparison
        if before is not None:
            if before.wanted == model and before.model.phase is not ModelPhase.FAILED:
                return
            before.stop()
        self._comparison = ComparisonRunner(self.settings, model, self._meter) if model else None
        self._wake.set()

    def close(self) -> None:
        """End every thread. One that hangs in a library is abandoned after less than 1 s.

        A recording is ended in order, which takes a slow disk 3 s at most.
        """
        self._closing = True
        self._running = False
        self._wake.set()
        runners = [each for each in (self._first, self._comparison) if each is not None]
        for runner in runners:
            runner.stop()
        deadline = time.monotonic() + 0.6
        for thread in (self._thread, *(each for runner in runners for each in runner.threads)):
            if thread.is_alive():
                thread.join(max(deadline - time.monotonic(), 0.0))
        self._recordings.close()

    def choose_microphone(self, choice: str) -> None:
        """Listen to another microphone: "" for the default, its number, or part of its name."""
        self._sources.microphone = choice
        self._sources.wanted = "microphone"
        self._wake.set()

    def retry_microphone(self) -> None:
        """Try to listen to the chosen microphone now."""
        self.choose_microphone(self._sources.microphone)
        self._sources.retry()

    def look_for_microphones(self) -> None:
        """Bring `microphones` up to date; a live one is interrupted for a moment."""
        self._sources.look()

    @property
    def microphones(self) -> tuple[Microphone, ...]:
        """The microphones that were there at the last look."""
        return self._sources.available

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The last things that happened, oldest first."""
        return tuple(self._notices)

    @property
    def comparison_latest(self) -> Prediction | None:
        """The newest Prediction of the network that is compared with the first."""
        comparison = self._comparison  # any thread may replace it
        return comparison.latest if comparison is not None else None

    @property
    def done(self) -> bool:
        """Whether a file has been played, or has failed, and all of it is scored."""
        source = self._sources.source
        if self._sources.wanted == "microphone":
            return False  # it comes and goes
        phase = source.state.phase if source is not None else None
        played = isinstance(source, SessionSource) and phase is SourcePhase.ENDED
        return played or phase is SourcePhase.FAILED or self._first.done

    @property
    def ring(self) -> RingBuffer | None:
        """The last minute of what is scored; None while there is no source."""
        source = self._sources.current
        return source.ring if source is not None else None

    def status(self) -> Status:
        """A snapshot of everything; cheap enough for every frame."""
        source, comparison = self._sources.current, self._comparison
        # A session brings the network and the scores of when it was recorded.
        scorer = source if isinstance(source, SessionSource) else self._first
        newest = source.ring.latest(METER_SAMPLES).waveform if source else None
        microphone = self._sources.missing_microphone
        return Status(
            running=self._running,
            source=source.state if source else self._no_source_yet(),
            microphone=microphone,
            model=scorer.model,
            pace=scorer.pace(),
            skipped=self._first.skipped,
            overflows=source.overflows if source else 0,
            gaps=source.ring.gap_count - source.overflows if source else 0,
            non_finite=source.non_finite if source else 0,
            level_dbfs=rms_dbfs(newest) if newest is not None else -math.inf,
            peak_dbfs=peak_dbfs(newest) if newest is not None else -math.inf,
            recording=self._recordings.state,
            plays_file=microphone is not None or self._sources.wanted != "microphone",
            comparison=comparison.state(scorer is self._first) if comparison else None,
            measures_energy=self._meter.works,
            unknown_classes=self._unknown,
        )

    def _no_source_yet(self) -> SourceState:
        phase = SourcePhase.STARTING if self._running else SourcePhase.STOPPED
        return SourceState(phase, name_of(self._sources.wanted))

    def _take(self, prediction: Prediction) -> None:
        """A new Prediction, on the worker's thread or on that of a session that is played."""
        if self._running:
            self._look_up_classes(prediction.network.vocabulary)
            self.latest = prediction
            self._recordings.add(prediction)
            self._publish(prediction)

    def _look_up_classes(self, vocabulary: Vocabulary) -> None:
        """Say which names in the settings are no classes of a network that begins to score."""
        if vocabulary is not self._vocabulary:
            self._vocabulary = vocabulary
            self._unknown = self.settings.unknown_classes(vocabulary)
            if self._unknown:
                self._tell(UnknownClasses(self._unknown))

    def _use(self, tagger: "AudioTagger") -> None:
        """A network is ready, on the loader's thread."""
        settings = self.settings
        self._tell(NetworkInUse(tagger.name, tagger.summary, settings.segment, settings.hop))
        self._wake.set()  # a file that waits for the network begins to play

    def _notice(self, content: NoticeContent) -> None:
        with self._noticing:
            self._noticed += 1
            self._notices.append(Notice(self._noticed, content))
        self._tell(content)

    def _run(self) -> None:
        sources = self._sources
        while not self._closing:
            self._wake.clear()
            if self._again:
                self._again = False
                self._drop_source()
            if self._running:
                sources.update(self._first.loaded)
            elif sources.source:
                self._drop_source()
            goes_on = self._running and not self.done
            self._recordings.update(sources.current, sources.name, goes_on=goes_on)
            self._update_runners()
            self._report_failure()
            self._wake.wait(LOOK_EVERY)
        self._drop_source()

    def _drop_source(self) -> None:
        self._sources.drop()
        self.latest = None

    def _update_runners(self) -> None:
        """Let the networks score the current source, unless it brings its scores."""
        source = self._sources.current
        scored = None if isinstance(source, SessionSource) else source
        if self._first.follow(scored):
            self.latest = None
        comparison = self._comparison  # any thread may replace it
        if comparison is not None:
            comparison.follow(scored)

    def _report_failure(self) -> None:
        failure = self._first.failure
        if failure and failure != self._failure:
            self._failure = failure
            self._notice(failure)
