"""The whole engine behind one door: sources, worker and network, started, stopped and described.

Views (the window, the terminal) hold an Engine, ask it for its status and its latest Prediction at
their own pace, and tell it what the user wants. Nothing here ever makes them wait.
"""

import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from epanns.audio.devices import Microphone
from epanns.audio.level import peak_dbfs, rms_dbfs
from epanns.audio.source import Source
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.file_sources import name_of
from epanns.live.model_runner import ComparisonRunner, ModelRunner
from epanns.live.source_manager import SourceManager
from epanns.prediction import Prediction
from epanns.runtimes.energy import EnergyMeter
from epanns.sessions.player import SessionSource
from epanns.sessions.recording_manager import RecordingManager
from epanns.settings import Settings
from epanns.status import ModelPhase, SourcePhase, SourceState, Status

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger

LOOK_EVERY = 0.1  # seconds
METER_SAMPLES = round(0.05 * SAMPLE_RATE)


class Engine:
    """Listens and tags in the background, and records.

    One thread of its own carries out what the user wants: it starts and stops sources, and lets the
    bundled sample stand in while there is no microphone.

    Attributes:
        settings: what it was made with.
        latest: the newest Prediction; None until there is one, and after each stop.
        notices: sentences for the user, oldest first.
        second: another network's opinion of what is heard; None unless there is one.
    """

    def __init__(
        self,
        settings: Settings,
        publish: Callable[[Prediction], None] = lambda _: None,
        tell: Callable[[str], None] = lambda _: None,
        stand_in: bool = True,
    ) -> None:
        """Build everything and start nothing.

        Args:
            settings: the settings.
            publish: called with each Prediction, on the worker's thread; must not block.
            tell: called with each notice and each network's summary, on any thread.
            stand_in: whether the sample plays while there is no microphone.
        """
        self.settings = settings
        self.latest: Prediction | None = None
        self.notices: tuple[str, ...] = ()
        self._publish = publish
        self._tell = tell
        self._running = False
        self._again = False
        self._closing = False
        self._wake = threading.Event()
        self._hearing = SourceManager(settings, self._take, self._notice, tell, stand_in)
        self._meter = EnergyMeter()
        self._desk = RecordingManager(settings, self._notice)
        self._first = ModelRunner(settings, self._meter, self._take, self._use, self._notice)
        self.second: ComparisonRunner | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Begin or go on listening, a file that has ended from its beginning; returns at once."""
        self._running = True
        self._again = self.done
        if not self._thread.is_alive() and not self._closing:
            self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """Stop listening, keep everything ready; returns at once."""
        self._running = False
        self._wake.set()

    def record(self, path: Path | None = None) -> None:
        """Record what is heard, from now on until it ends or stop_recording(); returns at once.

        Args:
            path: the file, where none may be yet; None for a new one among the recordings.
        """
        self._desk.begin(path)
        self._wake.set()

    def stop_recording(self) -> None:
        """End the recording; returns at once."""
        self._desk.end()
        self._wake.set()

    def keep_last_minute(self, path: Path | None = None) -> None:
        """Keep the last minute of what was heard as a recording; returns at once.

        Args:
            path: the file, where none may be yet; None for a new one among the recordings.
        """
        self._desk.keep_last_minute(path)

    def ask_also(self, model: str) -> None:
        """Have another network score the same sound, beside the first; returns at once.

        Args:
            model: a name from the zoo or the path of a weights file; "" for no other network.
                One that is already there goes on, unless it failed.
        """
        before = self.second
        if before is not None:
            if before.wanted == model and before.model.phase is not ModelPhase.FAILED:
                return
            before.stop()
        self.second = ComparisonRunner(self.settings, model, self._meter) if model else None
        self._wake.set()

    def close(self) -> None:
        """End every thread. One that hangs in a library is left behind after less than 1 s.

        A recording is ended in order, which takes a slow disk 3 s at most.
        """
        self._closing = True
        self._running = False
        self._wake.set()
        opinions = [each for each in (self._first, self.second) if each is not None]
        for opinion in opinions:
            opinion.stop()
        deadline = time.monotonic() + 0.6
        for thread in (self._thread, *(each for opinion in opinions for each in opinion.threads)):
            if thread.is_alive():
                thread.join(max(deadline - time.monotonic(), 0.0))
        self._desk.close()

    def choose_microphone(self, choice: str) -> None:
        """Listen to another microphone: "" for the default, its number, or part of its name."""
        self._hearing.microphone = choice
        self._hearing.wanted = "microphone"
        self._wake.set()

    def retry_microphone(self) -> None:
        """Try to listen to the chosen microphone, at once."""
        self.choose_microphone(self.microphone)
        self._hearing.retry()

    def look_for_microphones(self) -> None:
        """Bring `microphones` up to date; returns at once, a live one is interrupted shortly."""
        self._hearing.look()

    @property
    def microphone(self) -> str:
        """The microphone that was chosen last, "" for the default one."""
        return self._hearing.microphone

    @property
    def microphones(self) -> tuple[Microphone, ...]:
        """The microphones that were there when somebody last looked."""
        return self._hearing.available

    @property
    def done(self) -> bool:
        """Whether a file has been played, or has failed, and all that was heard is scored."""
        source = self._hearing.source
        if self._hearing.wanted == "microphone":
            return False  # it comes and goes
        phase = source.state.phase if source is not None else None
        played = isinstance(source, SessionSource) and phase is SourcePhase.ENDED
        return played or phase is SourcePhase.FAILED or self._first.done

    @property
    def heard(self) -> Source | None:
        """The source that is being scored."""
        return self._hearing.heard

    def status(self) -> Status:
        """A snapshot of everything; cheap enough for every frame."""
        heard, second = self.heard, self.second
        # A session brings the network and the scores of when it was recorded.
        scorer = heard if isinstance(heard, SessionSource) else self._first
        newest = heard.ring.latest(METER_SAMPLES).waveform if heard else None
        return Status(
            running=self._running,
            source=heard.state if heard else self._no_source_yet(),
            microphone=self._hearing.missed,
            model=scorer.model,
            pace=scorer.pace(),
            skipped=self._first.skipped,
            overflows=heard.overflows if heard else 0,
            gaps=heard.ring.gap_count - heard.overflows if heard else 0,
            non_finite=heard.non_finite if heard else 0,
            level_dbfs=rms_dbfs(newest) if newest is not None else -math.inf,
            peak_dbfs=peak_dbfs(newest) if newest is not None else -math.inf,
            recording=self._desk.state,
            second=second.state(scorer is self._first) if second else None,
            measures_energy=self._meter.works,
        )

    def _no_source_yet(self) -> SourceState:
        phase = SourcePhase.STARTING if self._running else SourcePhase.STOPPED
        return SourceState(phase, name_of(self._hearing.wanted))

    def _take(self, prediction: Prediction) -> None:
        """A new Prediction, on the worker's thread or on that of a session that is played."""
        if self._running:
            self.latest = prediction
            self._desk.add(prediction)
            self._publish(prediction)

    def _use(self, tagger: "AudioTagger") -> None:
        """A network is ready, on the loader's thread."""
        settings = self.settings
        self._tell(
            f"model       {tagger.name}\n{tagger.summary}\n"
            f"live        {settings.segment:g} s of sound scored every {settings.hop:g} s"
        )
        self._wake.set()  # a file that waits for the network begins to play

    def _notice(self, sentence: str) -> None:
        self.notices += (sentence,)
        self._tell(sentence)

    def _run(self) -> None:
        hearing = self._hearing
        while not self._closing:
            self._wake.clear()
            if self._again:
                self._again = False
                self._hear_nothing()
            if self._running:
                hearing.keep(self._first.loaded)
            elif hearing.source:
                self._hear_nothing()
            goes_on = self._running and not self.done
            self._desk.keep(hearing.heard, hearing.name, goes_on=goes_on)
            self._have_scored()
            self._tell_failure()
            self._wake.wait(LOOK_EVERY)
        self._hear_nothing()

    def _hear_nothing(self) -> None:
        self._hearing.drop()
        self.latest = None

    def _have_scored(self) -> None:
        """Let the worker score what is heard, but for what has been scored before."""
        heard = self.heard
        scored = None if isinstance(heard, SessionSource) else heard
        if self._first.follow(scored):
            self.latest = None
        second = self.second  # any thread may replace it
        if second is not None:
            second.follow(scored)

    def _tell_failure(self) -> None:
        failure = self._first.failure
        if failure and failure not in self.notices:
            self._notice(failure)
