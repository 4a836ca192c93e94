"""A microphone as a source; it is opened again whenever it is lost.

Two threads: PortAudio calls `_take_in` on its own thread, which only cleans and writes the sound
and never waits; a supervisor thread opens the device, watches the age of the last call (an
unplugged device often gives no other sign), and opens the device again when it is lost. The sample
counter keeps to real time: what a loss, a stall or a sleep of the computer has taken is a gap.
"""

import threading
import time
from functools import partial
from typing import Any

from epanns.audio.conditioning import Conditioner
from epanns.audio.devices import (
    Microphone,
    OpenStream,
    choose,
    layouts,
    microphones,
    open_stream,
    portaudio,
)
from epanns.audio.selection import ChannelChoice
from epanns.audio.source import Source
from epanns.audio.stream_clock import Due, StreamClock, real_seconds
from epanns.errors import DeviceError, reason
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.status import SourcePhase, SourceState

LOST_AFTER = 1.0  # seconds without a call
FIRST_BLOCK_WITHIN = 2.0  # seconds; some devices take a while to wake up
RETRY_EVERY = 2.0  # seconds; each look leaks about 20 kB inside PortAudio on Linux
WATCH_EVERY = 0.1
STALL = 0.5  # seconds: this program itself stood still
MUTED_AFTER = 3.0  # seconds of exact zeros

# PortAudio's numbers; PyAudio itself is imported only when a device is opened.
PA_INPUT_OVERFLOW = 0x2
PA_CONTINUE, PA_ABORT = 0, 2


class MicrophoneSource(Source):
    """The microphone the user chose, or the system's default one.

    Attributes:
        choice: "" for the default microphone, a number, or part of a name.
        available: the microphones that were there when a device was last looked for.
    """

    def __init__(self, choice: str = "", channel: ChannelChoice = None) -> None:
        """Args: channel: which channel is heard; see channel_mixer.py."""
        super().__init__(choice or "default microphone")
        self.choice = choice
        self.available: tuple[Microphone, ...] = ()
        self._channel = channel
        self._stream = OpenStream(None, SAMPLE_RATE, 1, (0,))
        self._conditioner = Conditioner(self.ring, SAMPLE_RATE, 1)
        self._clock = StreamClock()
        self._last_call = 0.0  # monotonic time
        self._has_been_live = False
        self._opening = 0  # counts the streams opened; only the newest may write
        self._heard_opening = 0  # the newest stream that delivered sound
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="microphone", daemon=True)

    def start(self) -> None:
        """Begin to look for the microphone and listen."""
        self._set(SourcePhase.STARTING)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening. After 1 s, a sound system that hangs is left to its thread."""
        self._stopping = True
        self._wake.set()
        self._thread.join(1.0)
        self._set(SourcePhase.STOPPED)

    def reopen(self, choice: str | None = None) -> None:
        """Look for devices again and open one; returns at once.

        Args:
            choice: another microphone; None keeps the present choice.
        """
        if choice is not None:
            self.choice = choice
        if self.state.phase in (SourcePhase.FAILED, SourcePhase.LOST):
            self._set(SourcePhase.STARTING)
        self._wake.set()

    def _set(self, phase: SourcePhase, why: str = "", name: str | None = None) -> None:
        alone = self._conditioner.mixer.alone if phase is SourcePhase.LIVE else None
        self.state = SourceState(phase, self.state.name if name is None else name, why, alone)

    def _run(self) -> None:
        while True:
            self._wake.clear()
            if self._stopping:
                return
            try:
                with portaudio() as audio:
                    self._listen(audio)
            except Exception as error:  # the state reports any error; then try again
                lost = self._has_been_live
                self._set(SourcePhase.LOST if lost else SourcePhase.FAILED, reason(error))
                self._wake.wait(RETRY_EVERY)

    def _listen(self, audio: Any) -> None:
        """Open the microphone and watch it until it is lost, or another one is wanted."""
        self.available = microphones(audio)
        device = choose(self.available, self.choice)
        self._opening += 1
        stream = open_stream(audio, device, partial(self._take_in, self._opening), self._channel)
        self._write(self._clock.rest())
        self._mark_lost(real_seconds() - self._clock.filled)
        self._stream = stream
        self._conditioner = Conditioner(
            self.ring, stream.sample_rate, len(stream.channels), self._channel
        )
        stream.stream.start_stream()
        opened = grace = looked = time.monotonic()
        while not self._wake.wait(WATCH_EVERY):
            now = time.monotonic()
            if now - looked > STALL:
                grace = now  # the device could deliver nothing while the program or computer slept
            looked = now
            self._watch(device, opened, grace)

    def _watch(self, device: Microphone, opened: float, grace: float) -> None:
        """Update the state from the age of the last call.

        Raises:
            DeviceError: the microphone no longer delivers sound.
        """
        heard = self._last_call > opened  # it was before the stream started
        quiet_for = time.monotonic() - max(self._last_call, grace)
        if quiet_for > (LOST_AFTER if heard else FIRST_BLOCK_WITHIN):
            raise DeviceError(f"The {device.title} delivers no sound: is it still connected?")
        if not heard:
            return
        self._has_been_live = True
        muted = self._conditioner.silent_seconds >= MUTED_AFTER
        phase = SourcePhase.SILENT if muted else SourcePhase.LIVE
        if muted and self.state.phase is SourcePhase.LIVE:
            self._look_for_channels(device)
        alone = None if muted else self._conditioner.mixer.alone
        if (self.state.phase, self.state.name, self.state.alone) != (phase, device.title, alone):
            self._set(phase, name=device.title)

    def _look_for_channels(self, device: Microphone) -> None:
        """Open the device anew if the sound server has put another microphone behind it."""
        if (self._stream.delivered, self._stream.channels) != layouts(device, self._channel)[0]:
            self._wake.set()

    def _mark_lost(self, seconds: float) -> None:
        """Mark a loss as a gap, after sound that was heard before."""
        if self._clock.filled and seconds > 0:
            self.ring.mark_gap("microphone lost", round(seconds * SAMPLE_RATE))
            self._clock.filled += seconds

    def _take_in(
        self, opening: int, data: bytes, frames: int, _times: Any, flags: int
    ) -> tuple[None, int]:
        """PortAudio's callback, on its thread: clean, write, return."""
        if opening != self._opening:  # a stream that hung while it was closed, and woke up
            return None, PA_ABORT
        now, seconds = real_seconds(), frames / self._conditioner.sample_rate
        if self._heard_opening != opening:  # a device may need seconds to wake up
            self._heard_opening = opening
            self._mark_lost(now - seconds - self._clock.filled)
            self._clock.begin(now - seconds)
        if flags & PA_INPUT_OVERFLOW:
            self._clock.suspect()
        self._write(self._clock.take(now, seconds, self._stream.frames(data)))
        self._last_call = time.monotonic()
        return None, PA_CONTINUE

    def _write(self, all_due: list[Due]) -> None:
        """Write what is due, and what is missing before it as a gap."""
        conditioner = self._conditioner
        for due in all_due:
            if due.missing is not None:
                self.overflows += due.reported
                reason = "overflow" if due.reported else "stall"
                self.ring.mark_gap(reason, round(due.missing * SAMPLE_RATE))
            before = conditioner.non_finite
            conditioner.push(due.block)
            self.non_finite += conditioner.non_finite - before
