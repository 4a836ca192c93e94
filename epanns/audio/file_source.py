"""A sound file as a source, at the pace of a microphone."""

import threading
import time
from pathlib import Path

from epanns.audio.conditioning import Conditioner
from epanns.audio.decode import Sound, open_sound
from epanns.audio.selection import ChannelChoice, missing_channel
from epanns.audio.source import Source
from epanns.errors import AudioFileError, reason
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.status import SourcePhase, SourceState

LATE = 1.0  # seconds


class FileSource(Source):
    """Plays a file into the ring buffer from a thread of its own, once or in a loop.

    Its state is starting until it plays, live while it does, then ended; failed if nothing could be
    read, ended with a reason if part of the file is damaged.

    Args:
        path: the file.
        name: what the user calls it.
        loop: whether to play it again from its start each time it ends.
        channel: which channel is taken; see channel_mixer.py.

    Attributes:
        started: whether it has been told to play.
    """

    def __init__(
        self, path: Path, name: str, loop: bool = False, channel: ChannelChoice = None
    ) -> None:
        super().__init__(name)
        self.started = False
        self._set(SourcePhase.STARTING)
        self._path = path
        self._loop = loop
        self._channel = channel
        self._origin = 0.0  # monotonic time of sample 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="file source", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self.started = True
        self._thread.start()

    def stop(self) -> None:
        """End playing."""
        self._stopping.set()
        if self.started:
            self._thread.join(1.0)
        self._set(SourcePhase.STOPPED)

    def _set(self, phase: SourcePhase, why: str = "", alone: tuple[int, int] | None = None) -> None:
        self.state = SourceState(phase, self.state.name, why, alone)

    def _run(self) -> None:
        self._origin = time.monotonic()
        try:
            while not self._stopping.is_set():
                before = self.ring.position
                faults: list[str] = []
                with open_sound(self._path, faults=faults) as sound:
                    self._play(sound)
                if self.ring.position == before:
                    faults.append(f"{self._path} holds no sound; choose another file.")
                    raise AudioFileError(faults[0])
                if not self._loop:
                    self._set(SourcePhase.ENDED, " ".join(faults))
                    return
        except Exception as error:  # the state reports any error
            heard = self.state.phase is SourcePhase.LIVE
            self._set(SourcePhase.ENDED if heard else SourcePhase.FAILED, reason(error))

    def _play(self, sound: Sound) -> None:
        if sentence := missing_channel(str(self._path), sound.channels, self._channel):
            raise AudioFileError(sentence)
        conditioner = Conditioner(self.ring, sound.sample_rate, sound.channels, self._channel)
        dropped_before = self.non_finite
        for block in sound.blocks:
            conditioner.push(block)
            self.non_finite = dropped_before + conditioner.non_finite
            alone = conditioner.mixer.alone
            if (self.state.phase, self.state.alone) != (SourcePhase.LIVE, alone):
                self._set(SourcePhase.LIVE, alone=alone)
            if self._stopping.wait(self._lead()):
                return
        conditioner.finish()

    def _lead(self) -> float:
        """Seconds to wait until it is time for the next block.

        Counted from sample 0, so that the errors of single waits do not add up.
        """
        due = self._origin + self.ring.position / SAMPLE_RATE
        lead = due - time.monotonic()
        if lead < -LATE:  # the computer slept: continue at normal speed from here
            self._origin -= lead
        return max(lead, 0.0)
