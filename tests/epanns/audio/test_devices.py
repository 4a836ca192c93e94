"""Choosing a microphone as a user names it."""

import threading
import time

import pyaudio
import pytest

from epanns.audio.devices import Microphone, choose, microphones, portaudio
from epanns.errors import DeviceError
from tests.support.testbench.virtual_mic import VirtualMicrophone

BUILT_IN = Microphone(0, "Built-in Audio", 2, 44100.0, False)
HEADSET = Microphone(3, "USB Headset", 1, 48000.0, True)
CAMERA = Microphone(7, "USB Headset Camera 3", 1, 16000.0, False)
ALL = (BUILT_IN, HEADSET, CAMERA)


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ("", HEADSET),
        ("0", BUILT_IN),
        ("3", HEADSET),
        ("built", BUILT_IN),
        ("usb headset", HEADSET),
        ("camera", CAMERA),
    ],
)
def test_a_microphone_is_found_by_number_or_by_part_of_its_name(
    choice: str, found: Microphone
) -> None:
    assert choose(ALL, choice) is found


def test_without_a_default_the_first_one_is_taken() -> None:
    assert choose((BUILT_IN, CAMERA), "") is BUILT_IN


def test_an_unknown_name_is_answered_with_what_there_is() -> None:
    with pytest.raises(DeviceError, match=r"'piano'; there are: 0 Built-in Audio, 3 USB Headset"):
        choose(ALL, "piano")


def test_no_microphone_at_all_is_said() -> None:
    with pytest.raises(DeviceError, match="No microphone is connected"):
        choose((), "")


def test_a_sound_system_that_hangs_at_the_end_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_go = threading.Event()

    class Hanging:
        def terminate(self) -> None:
            let_go.wait(60)

    monkeypatch.setattr(pyaudio, "PyAudio", Hanging)
    began = time.monotonic()
    with portaudio():
        pass
    assert time.monotonic() - began < 30
    let_go.set()


def test_a_sound_system_that_fails_is_a_device_error() -> None:
    with pytest.raises(DeviceError, match="The sound system fails: it broke"), portaudio():
        raise OSError(-9999, "it broke")


@pytest.mark.microphone
def test_the_virtual_microphone_is_listed(mic: VirtualMicrophone) -> None:
    with portaudio() as audio:
        available = microphones(audio)
    assert "virtual_microphone" in [found.name for found in available]
    assert [found.name for found in available if found.is_default] == ["default"]
