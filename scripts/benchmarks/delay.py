"""The delay from a burst of sound to a bar that moves on the screen.

A burst's first sample counts from when it could be had at the earliest: a recorder beside the
program takes in the same microphone, and the quickest of its blocks gives the clock. The way from
the player through the sound server is not in it, as a room has none; the blocks in which the
program takes sound in are, and so are hop, network, smoothing, gliding and drawing.
"""

import math
import os
import random
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.frames import Frame, Frames, opened
from benchmarks.material import Material
from benchmarks.rounds import Row, scaled
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.tagger import AudioTagger
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.testbench.virtual_mic import SOURCE, VirtualMicrophone

BURSTS = 20  # in a round
BURST = 0.8  # seconds
CALM = 1.7  # seconds after a burst, in which the segment and the smoothing forget it
OUT_OF_STEP = 0.2  # seconds more at the most, so that bursts come at any time of a hop
FLOOR, LEVEL = -55.0, -15.0  # dBFS of the quiet room, which is not silence, and of a burst
LOUD = 8  # of 128, a sample that is of a burst
MOVED = 0.02  # of the scale, besides what it moves in the quiet room
BEFORE = 0.3  # seconds of the quiet room that a bar is compared with
MEDIAN, NEARLY_ALL = 200, 300  # goals in ms, to which half a segment is added
HALF_A_SEGMENT = 500  # ms

Floats = NDArray[np.float32]


class Burst(NamedTuple):
    """What is played, and which class a network finds in it."""

    name: str
    waveform: Floats
    raises: int


class Delays(NamedTuple):
    """Seconds from a burst to a bar that has moved, and that has gone half of its way."""

    moved: float
    half: float


class OnsetRecorder:
    """Context manager: a recorder at the virtual microphone that notes when bursts begin.

    Attributes:
        onset: of the latest burst, in seconds of the monotonic clock; inf before the first.
    """

    def __init__(self, mic: VirtualMicrophone) -> None:
        self.onset = math.inf
        self._recorder = subprocess.Popen(
            ["parec", "--raw", "--format=u8", f"--rate={SAMPLE_RATE}", "--channels=1",
             "--latency-msec=5", f"--device={SOURCE}"],
            env=mic.env, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._listen, name="onset recorder")

    def __enter__(self) -> "OnsetRecorder":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        with self._recorder:
            self._recorder.terminate()
            self._thread.join()

    def _listen(self) -> None:
        assert self._recorder.stdout is not None
        received, last = 0, -math.inf
        clock = math.inf  # when sample 0 could be had, by the quickest block so far
        while data := os.read(self._recorder.stdout.fileno(), 1 << 14):
            samples = np.frombuffer(data, np.uint8).astype(int) - 128
            clock = min(clock, time.monotonic() - (received + samples.size) / SAMPLE_RATE)
            loud = received + np.flatnonzero(abs(samples) >= LOUD)
            if loud.size:
                if (first := clock + int(loud[0]) / SAMPLE_RATE) > last + CALM / 2:
                    self.onset = first
                last = clock + int(loud[-1]) / SAMPLE_RATE
            received += samples.size


def measure(
    name: str,
    model: Path | str,
    material: Material,
    mic: VirtualMicrophone,
    env: Mapping[str, str],
    rounds: int,
) -> tuple[list[Row], str]:
    """Play bursts to a window on a network.

    Args:
        name: what to call the network.
        model: its name or its weights file.
        material: the sample, and a folder for what is played.
        mic: the microphone that the window hears.
        env: the environment for the window, with the display and that microphone.
        rounds: of BURSTS bursts each.

    Returns:
        The delays, and in a sentence what was played and looked at.
    """
    burst = choose(model, material.sample)
    path = material.folder / "burst.wav"
    soundfile.write(path, burst.waveform, SAMPLE_RATE)
    mic.play_array(noise(10 * SAMPLE_RATE, FLOOR), SAMPLE_RATE, loop=True)
    shown = AUDIOSET.names[burst.raises]
    with OnsetRecorder(mic) as recorder, opened(env, model, "--pin", shown) as frames:
        frames.settle()
        found = [[_delays(mic, path, burst, recorder, frames) for _ in range(BURSTS)]
                 for _ in range(rounds)]  # fmt: skip
    mic.stop()
    return rows(name, found), f"{name}: a burst of {burst.name}, seen in the bar of {shown}."


def _delays(
    mic: VirtualMicrophone, path: Path, burst: Burst, recorder: OnsetRecorder, frames: Frames
) -> Delays:
    """Play one burst at any time of a hop, and see what the bar does."""
    before = frames.watch(BEFORE + random.uniform(0, OUT_OF_STEP))
    mic.play(path)
    after = frames.watch(BURST + CALM)
    return delays(before + after, burst.raises, recorder.onset)


def rows(name: str, found: Sequence[Sequence[Delays]]) -> list[Row]:
    """Median and 95th percentile of the delays of each round; the goals are for the first movement.

    When a bar has gone half of its way depends on the network more than on the program.
    """
    made = []
    for field, what in (("moved", "first movement"), ("half", "half of the way")):
        each = [sorted(getattr(late, field) for late in some) for some in found]
        parts = {
            "median": ([statistics.median(some) for some in each], MEDIAN),
            "95 %": ([some[math.ceil(0.95 * len(some)) - 1] for some in each], NEARLY_ALL),
        }
        for part, (seconds, goal) in parts.items():
            at_most = goal + HALF_A_SEGMENT if field == "moved" else None
            title = f"burst to {what}, {name}, {part}"
            made.append(Row(title, "ms", scaled(seconds, 1e3), at_most=at_most))
    return made


def delays(seen: Sequence[Frame], index: int, onset: float) -> Delays:
    """When the bar of a class moved, in frames of before a burst and after it.

    A movement that never happened has the delay inf.
    """
    before = [frame.bars.get(index, 0.0) for frame in seen if frame.at < onset]
    after = [(frame.at - onset, frame.bars.get(index, 0.0)) for frame in seen if frame.at >= onset]
    if not before or not after:
        return Delays(math.inf, math.inf)
    moved = max(before) + MOVED
    half = (statistics.median(before) + max(length for _, length in after)) / 2
    return Delays(
        *(
            next((late for late, length in after if length >= aim), math.inf)
            for aim in (moved, max(moved, half))
        )
    )


def choose(model: Path | str, sample: Floats) -> Burst:
    """Choose the burst, noise or speech, that raises the score of a class most.

    Args:
        model: the name of the network or its weights file.
        sample: float32 (samples,) at 32 kHz, the bundled sample.
    """
    length = round(BURST * SAMPLE_RATE)
    speech = sample[2 * SAMPLE_RATE :]
    speech = speech[np.argmax(abs(speech) >= LOUD / 128) :][:length]
    tagger = AudioTagger(model)
    room = noise(SAMPLE_RATE, FLOOR)
    quiet = tagger.tag(room).scores
    tried = []
    for name, waveform in {"noise": noise(length, LEVEL), "speech": speech}.items():
        heard = room.copy()
        heard[-length:] += waveform
        rise = tagger.tag(heard).scores - quiet
        tried.append((rise.max(), Burst(name, waveform, int(rise.argmax()))))
    return max(tried, key=lambda each: each[0])[1]


def noise(samples: int, level: float) -> Floats:
    """White noise of a level in dBFS, float32 (samples,), the same every time."""
    made = np.random.default_rng(0).standard_normal(samples)
    return (10 ** (level / 20) * made).clip(-1, 1).astype(np.float32)
