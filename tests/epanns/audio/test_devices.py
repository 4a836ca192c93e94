"""Choosing a microphone as a user names it."""

import sys
import threading
import time

import numpy as np
import pyaudio
import pytest

from epanns.audio import sound_server
from epanns.audio.devices import (
    Microphone,
    OpenStream,
    choose,
    layouts,
    microphones,
    open_stream,
    portaudio,
)
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


class Refusing:
    """PyAudio for a device that takes some numbers of channels only."""

    def __init__(self, taken: set[int]) -> None:
        self.taken, self.asked = taken, list[int]()

    def open(self, channels: int, **_: object) -> str:
        self.asked.append(channels)
        if channels not in self.taken:
            raise OSError(pyaudio.paInvalidChannelCount, "Invalid number of channels")
        return "stream"


@pytest.mark.parametrize(
    ("has", "taken", "asked"),
    [(1, {1}, [1]), (2, {2}, [2]), (8, {8}, [8]), (4, {2}, [4, 2]), (6, {1}, [6, 2, 1])],
)
def test_a_microphone_gives_all_its_channels_or_as_many_as_it_can(
    has: int, taken: set[int], asked: list[int]
) -> None:
    audio = Refusing(taken)
    opened = open_stream(audio, Microphone(0, "Mixer", has, 48000.0, True), None)
    assert audio.asked == asked
    assert (opened.stream, opened.sample_rate, opened.delivered) == ("stream", 32000, asked[-1])
    assert opened.channels == tuple(range(asked[-1]))


def test_a_channel_that_the_microphone_lacks_is_said() -> None:
    with pytest.raises(DeviceError, match="The Mixer has 4 channels, so there is no channel 5"):
        open_stream(Refusing({4}), Microphone(0, "Mixer", 4, 48000.0, True), None, 5)


@pytest.mark.parametrize(
    ("true", "channel", "first"),
    [
        ((), None, (2, (0, 1))),
        ((0, 1), None, (2, (0, 1))),
        ((8, 9, 10), None, (32, (8, 9, 10))),
        ((), 3, (32, tuple(range(32)))),
        ((), 2, (2, (0, 1))),
    ],
    ids=["unknown", "two", "three", "unknown, the third wanted", "unknown, the second wanted"],
)
def test_what_a_sound_server_claims_is_no_fact(
    true: tuple[int, ...],
    channel: int | None,
    first: tuple[int, tuple[int, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sound_server, "true_channels", lambda _: true)
    assert layouts(Microphone(0, "default", 32, 44100.0, True), channel)[0] == first


def test_only_the_own_channels_are_taken_of_what_is_delivered() -> None:
    delivered = np.arange(8, dtype=np.float32)
    frames = OpenStream(None, 32000, 4, (3, 1)).frames(delivered.tobytes())
    assert frames.tolist() == [[3, 1], [7, 5]]
