"""Sound whose every sample says which one it is, from a source that a test drives."""

import json
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.audio.ring_buffer import Gap, RingBuffer
from epanns.audio.source import Source
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import NetworkInfo, Prediction
from epanns.sessions.session_writer import SessionWriter
from epanns.status import SourcePhase, SourceState
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.networks import STARTER

ABOUT: dict[str, str | int] = {
    "began": "2025-11-21T14:03:07.250+01:00",
    "first_sample": 48000,
    "source": "microphone",
    "settings": json.dumps({"hop": 0.1, "segment": 1.0}),
    "versions": json.dumps({"Python": "3.11"}),
}

TOY = NetworkInfo("starter", "a network", "0" * 64)
TOOLS = NetworkInfo("mine.pth", "my network", "1" * 64, Vocabulary(("Drill", "Säge", "Saw, far")))


def steps(start: int, end: int) -> NDArray[np.int16]:
    """Samples number `start` to `end` - 1 as int16: noise, but each sample follows from its number.

    The numbers are scrambled as in the end of MurmurHash3.
    """
    number: NDArray[np.uint32] = np.arange(start, end, dtype=np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        number = (number ^ (number >> np.uint32(shift))) * np.uint32(factor)
    return (number >> 16).astype(np.uint16).view(np.int16)


def sound(start: int, end: int) -> NDArray[np.float32]:
    """The same as floats in [-1, 1]."""
    return steps(start, end).astype(np.float32) / np.float32(32768)


def prediction(end: int, segment: int = SAMPLE_RATE, network: NetworkInfo = STARTER) -> Prediction:
    """A Prediction whose scores say when it was made; exact in float16."""
    scores = np.zeros(len(network.vocabulary), np.float32)
    scores[end // 3200 % len(scores)] = 0.5
    return Prediction(max(end - segment, 0), end, scores, -20.0, 0.01, network)


class CountingSource(Source):
    """A source whose ring buffer a test fills."""

    def __init__(self, name: str = "counter", seconds: float = 60) -> None:
        super().__init__(name)
        self.ring = RingBuffer(round(seconds * SAMPLE_RATE))
        self.state = SourceState(SourcePhase.LIVE, name)
        self.stopped = threading.Event()

    def start(self) -> None:
        """Nothing: it is fed."""

    def stop(self) -> None:
        self.stopped.set()

    def hear(self, samples: int) -> int:
        """Write the next samples; return the number of the one that follows."""
        position = self.ring.position
        self.ring.write(sound(position, position + samples))
        return self.ring.position


def toy_session(
    path: Path,
    seconds: float = 5.0,
    gaps: tuple[Gap, ...] = (),
    ended: str = "stopped",
    network: NetworkInfo = TOY,
) -> Path:
    """A session of counting sound with ten predictions a second, each with one class at 0.5."""
    samples = round(seconds * SAMPLE_RATE)
    with SessionWriter(path, ABOUT) as writer:
        writer.add_device("counter")
        at = 0
        for gap in gaps:
            writer.add_sound(sound(at, gap.position))
            writer.skip(gap.samples)
            writer.add_gap(gap)
            at = gap.position + gap.samples
        writer.add_sound(sound(at, samples))
        writer.add_network(network.name, network.title, network.checksum)
        for end in range(16000, samples + 1, 3200):
            if not any(gap.position < end <= gap.position + gap.samples for gap in gaps):
                writer.add_prediction(prediction(end, network=network))
        if ended:
            writer.finish(ended)
        else:
            writer.commit()
    return path
