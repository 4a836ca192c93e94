"""PortAudio sessions, one at a time, and microphones found by number or by name.

PortAudio's libraries write to standard error; every program that opens a session first calls
epanns.console.own_stderr, which keeps these lines out of the user's terminal.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.audio import sound_server
from epanns.audio.selection import ChannelChoice, missing_channel
from epanns.errors import DeviceError
from epanns.formatting import visible
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.packages.requirements import remedy

BLOCK_SECONDS = 0.05  # so that blocks end where segments do, at multiples of 0.1 s
CAUSES = {  # of PortAudio's error numbers, in words for the user
    -9999: "no microphone answers, or its use is not allowed",
    -9985: "another program is using it",
}

END_WITHIN = 0.7  # seconds


@dataclass(frozen=True, slots=True)
class Microphone:
    """An input device, as PortAudio lists it.

    Attributes:
        index: its number, valid until devices come or go.
        name: its name.
        channels: how many it can deliver.
        sample_rate: the rate it prefers, in Hz.
        is_default: whether it is the system's default.
    """

    index: int
    name: str
    channels: int
    sample_rate: float
    is_default: bool

    @property
    def title(self) -> str:
        """What to call it in a sentence."""
        return "default microphone" if self.name.casefold() == "default" else self.name


@contextmanager
def portaudio() -> Iterator[Any]:
    """A new PyAudio object, so that it sees the devices that are connected now.

    Leaving the context closes its streams. PortAudio is not thread-safe: open one session at a
    time. Only a session that hangs while it is closed may overlap with the next one, which then
    sees the earlier list of devices.

    Raises:
        DeviceError: PyAudio or PortAudio is missing.
    """
    try:
        import pyaudio
    except ImportError as error:
        raise DeviceError(f"PyAudio does not load ({error}); {remedy()}.") from None
    audio = pyaudio.PyAudio()
    try:
        yield audio
    except OSError as error:
        raise DeviceError(f"The sound system fails: {error.args[-1]}.") from None
    finally:
        # PortAudio takes a minute to close a device that was unplugged right after it was opened.
        # That is left to a thread; a new session works in the meantime.
        end = threading.Thread(target=audio.terminate, name="end of PortAudio", daemon=True)
        end.start()
        end.join(END_WITHIN)


def microphones(audio: Any) -> tuple[Microphone, ...]:
    """All input devices that a PyAudio object sees."""
    try:
        default = audio.get_default_input_device_info()["index"]
    except OSError:
        default = None
    infos = map(audio.get_device_info_by_index, range(audio.get_device_count()))
    return tuple(
        Microphone(
            info["index"],
            visible(info["name"]),
            info["maxInputChannels"],
            info["defaultSampleRate"],
            info["index"] == default,
        )
        for info in infos
        if info["maxInputChannels"] > 0
    )


def choose(available: Sequence[Microphone], choice: str) -> Microphone:
    """The microphone that the user has chosen.

    Args:
        available: the microphones that are connected.
        choice: "" for the default one, a number, or part of a name in any case.

    Raises:
        DeviceError: there is no microphone, or none matches.
    """
    if not available:
        raise DeviceError("No microphone is connected.")
    if not choice:
        return next((found for found in available if found.is_default), available[0])
    wanted = choice.casefold()
    fits = [
        lambda found: str(found.index) == choice,
        lambda found: found.name.casefold() == wanted,
        lambda found: wanted in found.name.casefold(),
    ]
    for fit in fits:
        for found in available:
            if fit(found):
                return found
    listing = ", ".join(f"{found.index} {found.name}" for found in available)
    raise DeviceError(f"No microphone fits {choice!r}; there are: {listing}.")


class OpenStream(NamedTuple):
    """A microphone that is open.

    Attributes:
        stream: PyAudio's stream, not started.
        sample_rate: in Hz.
        delivered: how many channels it delivers.
        channels: which of them are the microphone's own, indices from 0 on.
    """

    stream: Any
    sample_rate: int
    delivered: int
    channels: tuple[int, ...]

    def frames(self, data: bytes) -> NDArray[np.float32]:
        """The sound in what PortAudio calls back with: float32 (frames, channels)."""
        frames = np.frombuffer(data, np.float32).reshape(-1, self.delivered)
        return frames if len(self.channels) == self.delivered else frames[:, self.channels]


def layouts(device: Microphone, channel: ChannelChoice = None) -> list[tuple[int, tuple[int, ...]]]:
    """How a microphone may be opened, the best first: all its channels, else two, else one.

    Two rather than one, as asked for one channel some systems deliver the left one only.

    Args:
        device: the microphone.
        channel: which channel is wanted.

    Returns:
        How many channels to ask for, and which of them are the microphone's own.
    """
    found: list[tuple[int, tuple[int, ...]]] = []
    if not sound_server.claims(device.name, device.channels):
        found.append((device.channels, tuple(range(device.channels))))
    else:
        true = sound_server.true_channels(device.name)
        if not true and isinstance(channel, int) and channel > 2:
            true = tuple(range(device.channels))
        if len(true) > 2:
            found.append((device.channels, true))
    found += [(count, tuple(range(count))) for count in (2, 1) if count <= device.channels]
    return list(dict.fromkeys(found))


def open_stream(
    audio: Any, device: Microphone, callback: Any, channel: ChannelChoice = None
) -> OpenStream:
    """Open a microphone, at 32 kHz where the device can; the stream is not started.

    Args:
        audio: the PyAudio object.
        device: the microphone.
        callback: PyAudio's stream callback, called on PortAudio's thread with blocks of 50 ms.
        channel: which channel is wanted; see channel_mixer.py.

    Raises:
        DeviceError: the device refuses, or has no such channel.
    """
    import pyaudio

    cause = "it takes no rate or number of channels that was tried"
    known = layouts(device, channel)  # once: the sound server is asked
    for rate in (SAMPLE_RATE, int(device.sample_rate)):
        for delivered, channels in known:
            try:
                stream = audio.open(
                    format=pyaudio.paFloat32,
                    channels=delivered,
                    rate=rate,
                    input=True,
                    input_device_index=device.index,
                    frames_per_buffer=round(BLOCK_SECONDS * rate),
                    stream_callback=callback,
                    start=False,
                )
            except OSError as error:
                code = error.args[0]
                if code not in (pyaudio.paInvalidChannelCount, pyaudio.paInvalidSampleRate):
                    cause = CAUSES.get(code, str(error.args[-1]))
                    raise DeviceError(f"The {device.title} cannot be opened: {cause}.") from None
                continue
            if sentence := missing_channel(f"The {device.title}", len(channels), channel):
                raise DeviceError(sentence)
            return OpenStream(stream, rate, delivered, channels)
    raise DeviceError(f"The {device.title} cannot be opened: {cause}.")
