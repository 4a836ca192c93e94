"""The check of the microphone: the level of two seconds of its sound."""

import sys
import time
from typing import TYPE_CHECKING, Any

from epanns.audio.devices import Microphone, choose, microphones, open_stream, portaudio
from epanns.audio.selection import ChannelChoice, channel_choice
from epanns.doctor.result import CheckResult, Mark
from epanns.doctor.software_check import chosen_settings
from epanns.doctor.sound_check import no_microphone
from epanns.errors import DeviceError
from epanns.paths import COMMAND

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LISTEN = 2.0  # seconds
SETTLE = 0.2  # seconds at the start that are ignored: many devices click when they are opened
PATIENCE = 2.0  # seconds more, for a slow device
FULL_SCALE = 0.999
CLIPPED = 3  # samples at full scale from which on the sound counts as distorted
ALLOW = {
    "darwin": "unmute it; allow the terminal to use the microphone: System Settings, Privacy &"
    " Security, Microphone",
    "win32": "unmute it; allow desktop apps to use the microphone: Settings, Privacy, Microphone",
    "linux": "unmute it in the desktop's sound settings or in alsamixer",
}


def microphone() -> list[CheckResult]:
    """Open the microphone that the settings choose and listen to it.

    Raises:
        DeviceError: there is no PyAudio or PortAudio.
    """
    with portaudio() as audio:
        available = microphones(audio)
        if not available:
            return [CheckResult("microphone", "bad", "none is connected", no_microphone())]
        try:
            return [_listen(audio, choose(available, chosen_settings().microphone))]
        except DeviceError as error:
            todo = f"{COMMAND} devices lists what there is; until one works the sample plays"
            return [CheckResult("microphone", "bad", str(error), todo)]


def judge(
    name: str,
    frames: "NDArray[np.float32]",
    rate: int,
    silence: float,
    channel: ChannelChoice = None,
) -> CheckResult:
    """Judge a microphone by two seconds of its sound.

    Args:
        name: what it is called.
        frames: float32 (frames, channels); full scale is 1.
        rate: of the frames, in Hz.
        silence: dBFS below which the program shows Silence.
        channel: which channel the program hears.
    """
    import numpy as np

    from epanns.audio.channel_mixer import ChannelMixer
    from epanns.audio.level import LOWEST_DBFS, peak_dbfs, rms_dbfs
    from epanns.views.status_text import heard_alone

    clean = np.nan_to_num(frames, nan=0.0, posinf=0.0, neginf=0.0)
    mixer = ChannelMixer(rate, frames.shape[1], channel)
    mono = np.concatenate((mixer.mix(clean).copy(), mixer.rest()))  # as the program scores it
    rms, peak = (max(level(mono), LOWEST_DBFS) for level in (rms_dbfs, peak_dbfs))
    clipped = int(np.count_nonzero(np.abs(clean) >= FULL_SCALE))
    figures = {
        "name": name,
        "sample_rate": rate,
        "channels": frames.shape[1],
        "rms_dbfs": round(rms, 1),
        "peak_dbfs": round(peak, 1),
        "clipped_samples": clipped,
        "channel_alone": mixer.alone[0] if mixer.alone else None,
    }
    mark: Mark = "warning"
    found = f"{name} at {rate / 1000:g} kHz: RMS {rms:.1f} dBFS, peak {peak:.1f} dBFS"
    if not clean.any():
        found = f"{name} delivers nothing but zeros: it is muted, or its use is not allowed"
        todo = ALLOW.get(sys.platform, ALLOW["linux"])
    elif clipped >= CLIPPED:
        found += f", {clipped} samples at full scale: it is too loud and distorted"
        todo = "turn its input level down"
    elif rms < silence:
        found += f", below {silence:g}, where the program shows Silence"
        todo = "make some noise while the doctor listens; if this stays, turn its input level up"
    elif mixer.alone is not None:
        found += f". {heard_alone(*mixer.alone)}"
        todo = "look at the cable and the settings of the device; see channel in docs/settings.md"
    else:
        mark, todo = "good", ""
    return CheckResult("microphone", mark, found, todo, figures=figures)


def _listen(audio: Any, device: Microphone) -> CheckResult:
    """Record from a device, for a limited time, and judge the sound.

    Raises:
        DeviceError: it cannot be opened.
    """
    import numpy as np
    import pyaudio

    blocks: list[bytes] = []

    def take_in(data: bytes, *_: Any) -> tuple[None, int]:
        blocks.append(data)
        return None, pyaudio.paContinue

    settings = chosen_settings()
    channel = channel_choice(settings.channel)
    opened = open_stream(audio, device, take_in, channel)
    opened.stream.start_stream()
    rate = opened.sample_rate
    wanted = round((SETTLE + LISTEN) * rate) * opened.delivered * np.dtype(np.float32).itemsize
    until = time.monotonic() + SETTLE + LISTEN + PATIENCE
    while sum(map(len, blocks)) < wanted and time.monotonic() < until:
        time.sleep(0.05)
    sound = b"".join(blocks)
    if len(sound) < wanted / 2:
        found = f"the {device.title} opens but delivers no sound, or stops after a moment"
        todo = "unplug it and plug it in again, or restart the computer's sound system"
        return CheckResult("microphone", "bad", found, todo)
    frames = opened.frames(sound)[round(SETTLE * rate) :]
    return judge(device.title, frames, rate, settings.silence, channel)
