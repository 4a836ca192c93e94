"""Checks of the sound system: PortAudio, the input devices and their rates, the sample."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epanns.audio.devices import CAUSES, Microphone, microphones, portaudio
from epanns.doctor.result import CheckResult
from epanns.errors import AudioFileError
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.paths import SAMPLE

RATES = (8000, 16000, 22050, SAMPLE_RATE, 44100, 48000, 96000)  # Hz
CARDS = Path("/dev/snd")
MAPS = Path("/proc/self/maps")  # the libraries loaded into this process


@dataclass(frozen=True, slots=True)
class Device:
    """An input device and its capabilities.

    Attributes:
        index: its number, for --microphone.
        name: its name.
        is_default: whether it is used when the user chooses no other.
        channels: how many it can deliver.
        sample_rate: the rate it prefers, in Hz.
        rates: those of RATES at which it can be opened.
        works_at_32_khz: whether 32 kHz is among them; if not, the program resamples.
        system: the sound system through which PortAudio reaches it.
        problem: why its rates are not known, or "".
    """

    index: int
    name: str
    is_default: bool
    channels: int
    sample_rate: float
    rates: tuple[int, ...]
    works_at_32_khz: bool
    system: str
    problem: str


def devices() -> list[Device]:
    """All input devices.

    Raises:
        DeviceError: there is no PyAudio or PortAudio.
    """
    with portaudio() as audio:
        return [_ask(audio, each) for each in microphones(audio)]


def sound_system() -> list[CheckResult]:
    """PortAudio, its library, and how many microphones it sees.

    Raises:
        DeviceError: there is no PyAudio or PortAudio.
    """
    with portaudio() as audio:
        import pyaudio

        version = pyaudio.get_portaudio_version_text().partition(",")[0]
        systems = [
            audio.get_host_api_info_by_index(index)["name"]
            for index in range(audio.get_host_api_count())
        ]
        names = [each.name for each in microphones(audio)]
    library = _library()
    seen = f"{len(names) or 'no'} microphone{'' if len(names) == 1 else 's'}"
    found = f"{version} ({library}), by {', '.join(systems) or 'nothing'}, sees {seen}"
    figures = {"version": version, "library": library, "systems": systems, "microphones": names}
    return [CheckResult("sound system", "good", found, figures=figures)]


def sample() -> list[CheckResult]:
    """Whether the sample that replaces a missing microphone can be read; empty if it can."""
    from epanns.audio.read import read_waveform

    try:
        read_waveform(SAMPLE)
    except AudioFileError as error:
        return [CheckResult("sample", "bad", str(error), f"restore {SAMPLE} from the project")]
    return []


def no_microphone() -> str:
    """What to do where PortAudio sees no microphone."""
    if sys.platform == "linux":
        inputs = list(CARDS.glob("pcm*c")) if CARDS.is_dir() else []
        if any(not os.access(each, os.R_OK | os.W_OK) for each in inputs):
            return "you may not use the sound card: have your account added to the group audio"
        if inputs:
            return "there is a sound card: install libasound2-plugins if the desktop's sound runs"
    return "plug one in; until then the bundled sample plays"


def _ask(audio: Any, found: Microphone) -> Device:
    """Query the capabilities of an input device."""
    try:
        rates, problem = tuple(_rates(audio, found)), ""
    except OSError as error:
        rates, problem = (), str(error)
    api = audio.get_device_info_by_index(found.index)["hostApi"]
    return Device(
        found.index,
        found.name,
        found.is_default,
        found.channels,
        found.sample_rate,
        rates,
        SAMPLE_RATE in rates,
        audio.get_host_api_info_by_index(api)["name"],
        problem,
    )


def _rates(audio: Any, found: Microphone) -> Iterator[int]:
    """The rates at which a device opens with one of the numbers of channels the program tries.

    Raises:
        OSError: it does not open at all.
    """
    import pyaudio

    for rate in RATES:
        for channels in dict.fromkeys((min(2, found.channels), found.channels, 1)):
            try:
                audio.is_format_supported(
                    rate,
                    input_device=found.index,
                    input_channels=channels,
                    input_format=pyaudio.paFloat32,
                )
            except ValueError as error:
                text, code = error.args
                if code not in (pyaudio.paInvalidChannelCount, pyaudio.paInvalidSampleRate):
                    raise OSError(CAUSES.get(code, text)) from None
            else:
                yield rate
                break


def _library() -> str:
    """The file of the loaded PortAudio, or a note that it is part of PyAudio."""
    lines = MAPS.read_text(errors="replace").splitlines() if MAPS.exists() else []
    files = {line.split(maxsplit=5)[-1] for line in lines if "libportaudio" in line}
    return min(files, default="part of PyAudio")
