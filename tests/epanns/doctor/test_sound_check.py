"""The checks of PortAudio and its devices, and of the sample."""

from pathlib import Path
from typing import Any

import pyaudio
import pytest

from epanns.audio.devices import Microphone
from epanns.doctor import sound_check
from tests.support.testbench.virtual_mic import VirtualMicrophone

USB = Microphone(3, "USB Headset", 1, 48000.0, True)


class Audio:
    """Stands for PortAudio with one device that does 48 kHz only, in mono or stereo."""

    def __init__(self, code: int = 0) -> None:
        self.code = code

    def is_format_supported(self, rate: int, input_channels: int, **_: Any) -> bool:
        if self.code:
            raise ValueError("Device unavailable", self.code)
        if input_channels > 2:
            raise ValueError("Invalid number of channels", pyaudio.paInvalidChannelCount)
        if rate != 48000:
            raise ValueError("Invalid sample rate", pyaudio.paInvalidSampleRate)
        return True

    def get_device_info_by_index(self, _: int) -> dict[str, Any]:
        return {"hostApi": 0}

    def get_host_api_info_by_index(self, _: int) -> dict[str, Any]:
        return {"name": "ALSA"}


def test_a_device_that_does_not_do_32_khz() -> None:
    found = sound_check._ask(Audio(), Microphone(3, "USB Headset", 4, 48000.0, True))
    assert found.rates == (48000,) and not found.works_at_32_khz
    assert (found.system, found.problem) == ("ALSA", "")


def test_a_device_that_another_program_uses() -> None:
    found = sound_check._ask(Audio(pyaudio.paDeviceUnavailable), USB)
    assert found.rates == () and found.problem == "another program is using it"


def test_a_sample_that_can_be_read_takes_no_line() -> None:
    assert sound_check.sample() == []


def test_a_sample_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_check, "SAMPLE", tmp_path / "sample.flac")
    (finding,) = sound_check.sample()
    assert finding.mark == "bad" and "restore" in finding.todo and not finding.stops


def test_without_a_microphone_the_sound_system_still_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sound_check, "microphones", lambda _: ())
    (finding,) = sound_check.sound_system()
    assert finding.mark == "good" and finding.found.endswith("sees no microphones")
    assert finding.found.startswith("PortAudio V")
    assert "portaudio" in finding.figures["library"].lower()


@pytest.mark.microphone
def test_the_virtual_microphone_is_described(mic: VirtualMicrophone) -> None:
    found = {device.name: device for device in sound_check.devices()}
    assert found["virtual_microphone"].works_at_32_khz
    assert found["virtual_microphone"].system == "ALSA"
    assert [name for name, device in found.items() if device.is_default] == ["default"]
    (finding,) = sound_check.sound_system()
    assert "ALSA" in finding.found and finding.found.endswith(f"sees {len(found)} microphones")


@pytest.mark.parametrize(
    ("cards", "usable", "advice"),
    [
        (False, False, "plug one in"),
        (True, False, "group audio"),
        (True, True, "libasound2-plugins"),
    ],
)
def test_where_no_microphone_is_seen_the_likely_cause_is_named(
    cards: bool, usable: bool, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_check.sys, "platform", "linux")
    monkeypatch.setattr(sound_check, "CARDS", tmp_path)
    monkeypatch.setattr(sound_check.os, "access", lambda *_: usable)
    if cards:
        (tmp_path / "pcmC0D0c").touch()
    assert advice in sound_check.no_microphone()
