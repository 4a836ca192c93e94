"""The current source: what the user chose, or the bundled sample where no microphone works.

Sources are microphones, sound files, recording sessions and the bundled sample.
"""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from epanns.audio.devices import Microphone, microphones, portaudio
from epanns.audio.file_source import FileSource
from epanns.audio.microphone import MicrophoneSource
from epanns.audio.selection import ChannelChoice
from epanns.audio.source import Source
from epanns.errors import DeviceError
from epanns.paths import SAMPLE
from epanns.prediction import Prediction
from epanns.sessions.player import SessionSource
from epanns.status import ListeningTo, NoticeContent, SampleInstead, SourcePhase, SourceState
from epanns.storage.file_types import is_hdf5

NAMES = {"microphone": "microphone", "sample": "bundled sample"}


class SourceManager:
    """Starts and stops sources, for the engine. Nothing here waits.

    Attributes:
        wanted: "microphone", "sample" or the path of a file; takes effect at the next update().
        microphone: which one: "" for the default one, its number, or part of its name; likewise.
        source: what was chosen; None while there is none.
    """

    def __init__(
        self,
        wanted: str,
        microphone: str,
        channel: ChannelChoice,
        loop: bool,
        stand_in: bool,
        publish: Callable[[Prediction], None],
        notice: Callable[[NoticeContent], None],
        tell: Callable[[NoticeContent], None],
    ) -> None:
        """Start nothing.

        Args:
            wanted: see the attribute.
            microphone: see the attribute.
            channel: which channel is heard; see epanns/audio/channel_mixer.py. The sample that
                stands in has only one.
            loop: whether a file plays again and again.
            stand_in: whether the sample plays while there is no microphone.
            publish: called with the Predictions that a session holds, on its thread.
            notice: called with what the user should know.
            tell: called with what is said once.
        """
        self.wanted, self.microphone = wanted, microphone
        self.source: Source | None = None
        self._channel = channel
        self._loop, self._may_stand_in = loop, stand_in
        self._publish, self._notice, self._tell = publish, notice, tell
        self._stand_in: Source | None = None  # the sample, while there is no microphone
        self._listed: tuple[Microphone, ...] = ()

    @property
    def current(self) -> Source | None:
        """The source that is scored, which may be the sample."""
        return self._stand_in or self.source

    @property
    def missing_microphone(self) -> SourceState | None:
        """The state of the microphone while the sample stands in for it."""
        source = self.source
        return source.state if self._stand_in and source else None

    @property
    def name(self) -> str:
        """The current source, as `wanted` says it."""
        return "sample" if self._stand_in else self.wanted

    @property
    def available(self) -> tuple[Microphone, ...]:
        """The microphones that were there at the last look."""
        source = self.source
        return source.available if isinstance(source, MicrophoneSource) else self._listed

    def look(self) -> None:
        """Bring `available` up to date; returns at once.

        PortAudio sees new devices only when it is started afresh, so a live microphone is
        interrupted for a moment, and the gap is marked.
        """
        if isinstance(source := self.source, MicrophoneSource):
            source.reopen()
        else:
            threading.Thread(target=self._list, name="list", daemon=True).start()

    def retry(self) -> None:
        """Try to open the microphone at once."""
        if isinstance(source := self.source, MicrophoneSource):
            source.reopen()

    def update(self, ready: bool) -> None:
        """Switch to the source that the user wants; to be called repeatedly.

        Args:
            ready: whether there is a network, for which a file waits so that its beginning is
                heard.
        """
        self._update_source()
        self._update_stand_in()
        current = self.current
        may_start = ready or isinstance(current, SessionSource)
        if may_start and isinstance(current, FileSource) and not current.started:
            current.start()

    def drop(self) -> None:
        """Stop all sources."""
        for source in (self._stand_in, self.source):
            if source is not None:
                source.stop()
        self._stand_in = self.source = None

    def _update_source(self) -> None:
        wants_microphone = self.wanted == "microphone"
        if self.source is not None:
            if wants_microphone == isinstance(self.source, MicrophoneSource):
                self._update_choice()
                return
            self.drop()
        if wants_microphone:
            self.source = MicrophoneSource(self.microphone, self._channel)
            self.source.start()
        else:
            self.source = _open_file(self.wanted, self._loop, self._publish, self._channel)

    def _update_choice(self) -> None:
        """Switch to the microphone that the user wants."""
        source = self.source
        if isinstance(source, MicrophoneSource) and source.choice != self.microphone:
            source.reopen(self.microphone)

    def _update_stand_in(self) -> None:
        """Play the sample while a microphone has never worked; hand over when it does."""
        if not (self._may_stand_in and isinstance(self.source, MicrophoneSource)):
            return
        microphone = self.source.state
        if microphone.phase is SourcePhase.FAILED and self._stand_in is None:
            self._notice(SampleInstead(microphone.reason))
            self._stand_in = _open_file("sample", loop=True, publish=self._publish)
        elif microphone.phase is SourcePhase.LIVE and self._stand_in is not None:
            self._tell(ListeningTo(microphone.name))
            self._stand_in.stop()
            self._stand_in = None

    def _list(self) -> None:
        with contextlib.suppress(DeviceError), portaudio() as audio:
            self._listed = microphones(audio)


def _open_file(
    wanted: str,
    loop: bool,
    publish: Callable[[Prediction], None],
    channel: ChannelChoice = None,
) -> FileSource:
    """A source that plays a file; it is not started.

    Args:
        wanted: "sample", which is played again and again, or the path of a sound file or session.
        loop: whether to play a file again and again.
        publish: called with the Predictions that a session holds.
        channel: which channel of a sound file is heard.
    """
    name = name_of(wanted)
    if wanted == "sample":
        return FileSource(SAMPLE, name, loop=True)
    if is_hdf5(Path(wanted)):  # which is no format of sound, so that it should be a session
        return SessionSource(Path(wanted), name, loop, publish)
    return FileSource(Path(wanted), name, loop, channel)


def name_of(wanted: str) -> str:
    """What a source is called on screen."""
    return NAMES.get(wanted, Path(wanted).name)
