"""The real program at the virtual microphone: what is played there comes first in the bars."""

import json
import queue
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.programs import command, environment
from tests.support.testbench.virtual_mic import VirtualMicrophone

pytestmark = pytest.mark.microphone

QUIET = -60.0  # dBFS
SEGMENT = 1.0  # seconds


class Listener:
    """`demo_tag.py --json` at the virtual microphone, its Predictions read as they come."""

    def __init__(self, mic: VirtualMicrophone, *flags: str) -> None:
        assert mic.env is not None
        names = [name for name in mic.env if name.startswith(("PULSE", "ALSA", "JACK"))]
        self.process = subprocess.Popen(
            command("--json", *flags),
            env=environment(**{name: mic.env[name] for name in names}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.predictions: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.predictions.put(json.loads(line))

    def drain(self) -> list[dict[str, Any]]:
        return [self.predictions.get() for _ in range(self.predictions.qsize())]

    def wait_for_one(self) -> dict[str, Any]:
        return self.predictions.get(timeout=60)

    def wait_for(self, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first Prediction from now on that is as wanted."""
        began = time.monotonic()
        while not ready(one := self.wait_for_one()):
            assert time.monotonic() - began < 60, f"it never came; the last one is {one}"
        return one

    def heard_while(self, play: Callable[[], None], seconds: float) -> list[list[str]]:
        """The first two names of each Prediction whose segment lies inside the sound."""
        self.drain()
        self.wait_for(lambda one: one["level_dbfs"] < QUIET)
        play()
        began = self.wait_for(lambda one: one["level_dbfs"] > QUIET)["time"]
        inside = self.wait_for(lambda one: one["time"] > began + SEGMENT)["time"]
        names = []
        while (one := self.wait_for_one())["time"] < inside + seconds:
            names.append([name for name, _ in one["top"][:2]])
        return names

    def end(self) -> str:
        """End the program; what it wrote on standard error."""
        self.process.terminate()
        assert self.process.wait(60) == 0
        assert self.process.stderr is not None
        return self.process.stderr.read()


@pytest.fixture(scope="module")
def room() -> Iterator[VirtualMicrophone]:
    """A microphone that several tests play to."""
    with VirtualMicrophone() as microphone:
        yield microphone


@pytest.fixture(scope="module")
def listener(room: VirtualMicrophone) -> Iterator[Listener]:
    """One program that hears what several tests play."""
    listener = Listener(room)
    listener.wait_for_one()
    yield listener
    assert "Playing the bundled sample" not in listener.end()


def heard_while_playing(room: VirtualMicrophone, listener: Listener, path: Path) -> list[list[str]]:
    names = listener.heard_while(lambda: room.play(path, loop=True), 3.0)
    room.stop()
    return names


def speak(text: str, path: Path) -> Path:
    subprocess.run(["espeak-ng", "-v", "en-gb", "-w", path, text], check=True)
    return path


def test_a_tone_and_a_spoken_sentence_appear(
    room: VirtualMicrophone, listener: Listener, tmp_path: Path
) -> None:
    sentence = "The quick brown fox jumps over the lazy dog, and everybody hears it."
    names = heard_while_playing(room, listener, speak(sentence, tmp_path / "a.wav"))
    assert len(names) >= 5
    assert Counter(first for first, _ in names)["Speech"] > 0.8 * len(names)

    tone = 0.2 * np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000)
    tops = listener.heard_while(lambda: room.play_array(tone, loop=True), 2.0)
    room.stop()
    assert len(tops) >= 5  # on a busy machine the player stutters
    assert sum(bool(set(top) & {"Sine wave", "Beep, bleep"}) for top in tops) > 0.8 * len(tops)


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("esc10/bark/3-180256-A.ogg", {"Dog", "Bark"}),
        ("librispeech-excerpts/narration_monologue/1688-142285-0006.ogg", {"Speech"}),
        ("regional-weather/rain/weather_rain_heavy.0.ogg", {"Rain"}),
    ],
)
def test_recordings_come_first_or_second_while_they_sound(
    file: str, names: set[str], room: VirtualMicrophone, listener: Listener, shared: Path
) -> None:
    heard = heard_while_playing(room, listener, shared / "audio" / file)
    assert len(heard) >= 5
    assert sum(bool(names & set(two)) for two in heard) > 0.8 * len(heard)


def test_unplugged_and_plugged_back_it_goes_on_and_no_noise_of_the_sound_system_is_heard() -> None:
    """With the ALSA of this computer, which writes to standard error of its own accord."""
    with VirtualMicrophone(stock_alsa=True) as mic:
        listener = Listener(mic)
        first = listener.wait_for_one()
        mic.unplug()
        time.sleep(2.5)  # it is opened again, in vain
        last = [first, *listener.drain()][-1]
        mic.plug()
        back = listener.wait_for_one()
        assert back["time"] - last["time"] > 2.0, "the time without a microphone is counted"
        errors = listener.end()
    assert "Playing the bundled sample" not in errors
    assert "ALSA" not in errors
    assert "Expression" not in errors


def test_plugged_in_later_it_takes_over_from_the_sample(mic: VirtualMicrophone) -> None:
    mic.unplug()
    listener = Listener(mic, "--top-k", "1")
    listener.wait_for_one()
    mic.plug()
    silent = 0
    while silent < 20:  # more than in any pause of the sample
        silent = silent + 1 if listener.wait_for_one()["top"][0][0] == "Silence" else 0
    errors = listener.end()
    assert "Playing the bundled sample instead." in errors
    assert "Listening to the default microphone." in errors
