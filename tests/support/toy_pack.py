"""A small pack that a small network can learn: tones and noises, most of them beside silence."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.datasets.pack import PackWriter

Floats = NDArray[np.float32]

TONE, NOISE = 10, 500  # classes
RATE = 32000
NARROW = (4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8)


def label(*classes: int) -> Floats:
    target = np.zeros(527, np.float32)
    target[list(classes)] = 1
    return target


def tone(random: np.random.Generator, samples: int = RATE) -> Floats:
    phase = 2 * np.pi * random.uniform(300, 6000) * np.arange(samples) / RATE
    return (0.3 * np.sin(phase)).astype(np.float32)


def noise(random: np.random.Generator, samples: int = RATE) -> Floats:
    return random.normal(0, 0.1, samples).astype(np.float32)


def toy_pack(path: Path, clips: int = 12) -> Path:
    """Clips of each class, every third of them in the split test; and one without a label.

    A teacher "t" knows them all, by one window a second; a teacher "half" has only begun.
    """
    random = np.random.default_rng(1)
    with PackWriter(path) as writer:
        for number in range(clips):
            split = "train" if number % 3 else "test"
            for name, make, kind in (("tone", tone, TONE), ("noise", noise, NOISE)):
                waveform = np.concatenate([make(random), np.zeros(RATE // 2, np.float32)])
                writer.add(f"{name} {number}", waveform, label(kind), split, source=f"made {name}")
        writer.add("hum", 0.1 * tone(random), label(), "unlabelled", source="a hum")
        known = [writer.scored("t"), len(writer)]
        for index in range(*known):
            scores = np.tile(label(NOISE if index % 2 else TONE) * np.float32(0.7), (2, 1))
            writer.add_teacher("t", scores, RATE, RATE)
        writer.add_teacher("half", np.zeros((1, 527), np.float32), RATE, RATE)
    return path
