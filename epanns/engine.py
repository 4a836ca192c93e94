"""The whole engine behind one door: sources, worker and network, started, stopped and described.

Views (the window, the terminal) hold an Engine, ask it for its status and its latest Prediction at
their own pace, and tell it what the user wants. Nothing here ever makes them wait.
"""

import contextlib
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from epanns.audio.devices import Microphone, microphones, portaudio
from epanns.audio.file import FileSource
from epanns.audio.level import peak_dbfs, rms_dbfs
from epanns.audio.microphone import MicrophoneSource
from epanns.audio.source import Source
from epanns.energy import EnergyMeter
from epanns.errors import DeviceError
from epanns.features import SAMPLE_RATE
from epanns.live import Tagger
from epanns.opinion import Opinion, SecondOpinion
from epanns.prediction import Prediction
from epanns.sessions.desk import Desk
from epanns.sessions.player import SessionSource
from epanns.settings import Settings
from epanns.sources import name_of, open_file
from epanns.status import SourcePhase, SourceState, Status

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
        microphone: the microphone that was chosen last, "" for the default one.
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
        self.microphone = settings.microphone
        self._publish = publish
        self._tell = tell
        self._wanted_source = settings.source
        self._listed: tuple[Microphone, ...] = ()
        self._running = False
        self._again = False
        self._closing = False
        self._wake = threading.Event()
        self._source: Source | None = None  # what the user asked for
        self._may_stand_in = stand_in
        self._stand_in: Source | None = None  # the sample, while there is no microphone
        self._meter = EnergyMeter()
        self._first = Opinion(settings, self._meter, self._take, self._use, self._notice)
        self._desk = Desk(settings, self._notice)
        self.second: SecondOpinion | None = None
        self.ask_also(settings.second)
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
        """
        before, self.second = (
            self.second,
            SecondOpinion(self.settings, model, self._meter) if model else None,
        )
        if before is not None:
            before.stop()
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
        self.microphone = choice
        self._wanted_source = "microphone"
        self._wake.set()

    def retry_microphone(self) -> None:
        """Try to listen to the chosen microphone, at once."""
        self.choose_microphone(self.microphone)
        if isinstance(source := self._source, MicrophoneSource):
            source.reopen()

    def look_for_microphones(self) -> None:
        """Bring `microphones` up to date; returns at once.

        PortAudio sees new devices only when it is started afresh, so a live microphone is
        interrupted for a moment, and the gap is marked.
        """
        if isinstance(source := self._source, MicrophoneSource):
            source.reopen()
        else:
            threading.Thread(target=self._list_microphones, name="list", daemon=True).start()

    @property
    def microphones(self) -> tuple[Microphone, ...]:
        """The microphones that were there when somebody last looked."""
        source = self._source
        return source.available if isinstance(source, MicrophoneSource) else self._listed

    @property
    def done(self) -> bool:
        """Whether a file has been played, or has failed, and all that was heard is scored."""
        if self._wanted_source == "microphone":
            return False  # it comes and goes
        source = self._source
        phase = source.state.phase if source is not None else None
        played = isinstance(source, SessionSource) and phase is SourcePhase.ENDED
        return played or phase is SourcePhase.FAILED or self._first.done

    @property
    def heard(self) -> Source | None:
        """The source that is being scored."""
        return self._stand_in or self._source

    def status(self) -> Status:
        """A snapshot of everything; cheap enough for every frame."""
        heard, stand_in, source, second = self.heard, self._stand_in, self._source, self.second
        # A session brings the network and the scores of when it was recorded.
        scorer = heard if isinstance(heard, SessionSource) else self._first
        newest = heard.ring.latest(METER_SAMPLES).waveform if heard else None
        return Status(
            running=self._running,
            source=heard.state if heard else self._no_source_yet(),
            microphone=source.state if stand_in and source else None,
            model=scorer.model,
            pace=scorer.pace(),
            skipped=self._first.skipped,
            overflows=heard.overflows if heard else 0,
            gaps=heard.ring.gap_count - heard.overflows if heard else 0,
            non_finite=heard.non_finite if heard else 0,
            level_dbfs=rms_dbfs(newest) if newest is not None else -math.inf,
            peak_dbfs=peak_dbfs(newest) if newest is not None else -math.inf,
            recording=self._desk.state,
            second=second.state if second else None,
            measures_energy=self._meter.works,
        )

    def _no_source_yet(self) -> SourceState:
        phase = SourcePhase.STARTING if self._running else SourcePhase.STOPPED
        return SourceState(phase, name_of(self._wanted_source))

    def _take(self, prediction: Prediction) -> None:
        """A new Prediction, on the worker's thread or on that of a session that is played."""
        if self._running:
            self.latest = prediction
            self._desk.add(prediction)
            self._publish(prediction)

    def _use(self, tagger: "AudioTagger") -> Tagger:
        """A network is ready, on the loader's thread; gives what scores from now on."""
        settings = self.settings
        self._tell(
            f"model       {tagger.name}\n{tagger.summary}\n"
            f"live        {settings.segment:g} s of sound scored every {settings.hop:g} s"
        )
        return self._desk.signed(tagger)

    def _notice(self, sentence: str) -> None:
        self.notices += (sentence,)
        self._tell(sentence)

    def _run(self) -> None:
        while not self._closing:
            self._wake.clear()
            if self._again:
                self._again = False
                self._drop_sources()
            if self._running:
                self._keep_source()
                self._keep_stand_in()
                self._play()
            elif self._source:
                self._drop_sources()
            wanted = "sample" if self._stand_in else self._wanted_source
            self._desk.keep(self.heard, wanted, goes_on=self._running and not self.done)
            self._have_scored()
            self._tell_failure()
            self._wake.wait(LOOK_EVERY)
        self._drop_sources()

    def _have_scored(self) -> None:
        """Let the worker score what is heard, but for what has been scored before."""
        heard = self.heard
        scored = None if isinstance(heard, SessionSource) else heard
        if self._first.follow(scored):
            self.latest = None
        if self.second is not None:
            self.second.follow(scored)

    def _tell_failure(self) -> None:
        failure = self._first.failure
        if failure and failure not in self.notices:
            self._notice(failure)

    def _keep_source(self) -> None:
        """Have the source the user wants."""
        if self._source is not None:
            wants_microphone = self._wanted_source == "microphone"
            if wants_microphone == isinstance(self._source, MicrophoneSource):
                self._keep_choice()
                return
            self._drop_sources()
        if self._wanted_source == "microphone":
            self._source = MicrophoneSource(self.microphone)
            self._source.start()
        else:
            self._source = open_file(self._wanted_source, self.settings.loop, self._take)

    def _keep_choice(self) -> None:
        """Have the microphone the user wants."""
        source = self._source
        if isinstance(source, MicrophoneSource) and source.choice != self.microphone:
            source.reopen(self.microphone)

    def _keep_stand_in(self) -> None:
        """Play the sample while a microphone has never worked; hand over when it does."""
        if not (self._may_stand_in and isinstance(self._source, MicrophoneSource)):
            return
        microphone = self._source.state
        if microphone.phase is SourcePhase.FAILED and self._stand_in is None:
            self._notice(f"{microphone.reason} Playing the bundled sample instead.")
            self._stand_in = open_file("sample", loop=True, publish=self._take)
        elif microphone.phase is SourcePhase.LIVE and self._stand_in is not None:
            self._tell(f"Listening to the {microphone.name}.")
            self._stand_in.stop()
            self._stand_in = None

    def _play(self) -> None:
        """Begin to play a file once there is a network, so that its beginning is heard."""
        heard = self.heard
        ready = self._first.loaded or isinstance(heard, SessionSource)
        if isinstance(heard, FileSource) and not heard.started and ready:
            heard.start()

    def _list_microphones(self) -> None:
        with contextlib.suppress(DeviceError), portaudio() as audio:
            self._listed = microphones(audio)

    def _drop_sources(self) -> None:
        for source in (self._stand_in, self._source):
            if source is not None:
                source.stop()
        self._stand_in = self._source = None
        self.latest = None
