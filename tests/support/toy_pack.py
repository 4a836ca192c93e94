"""A small pack that a small network can learn: tones and noises, most of them before silence."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.datasets.pack import PackWriter
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

Floats = NDArray[np.float32]

TONE, NOISE = 10, 500  # classes
OWN = Vocabulary(["a tone", "a noise, any", "žába 蛙"])  # whose first two are the same
RATE = 32000
NARROW = (4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8)


def label(*classes: int, vocabulary: Vocabulary = AUDIOSET) -> Floats:
    target = np.zeros(len(vocabulary), np.float32)
    target[list(classes)] = 1
    return target


def tone(random: np.random.Generator, samples: int = RATE) -> Floats:
    phase = 2 * np.pi * random.uniform(300, 6000) * np.arange(samples) / RATE
    return (0.3 * np.sin(phase)).astype(np.float32)


def noise(random: np.random.Generator, samples: int = RATE) -> Floats:
    return random.normal(0, 0.1, samples).astype(np.float32)


def toy_pack(path: Path, clips: int = 12, vocabulary: Vocabulary = AUDIOSET) -> Path:
    """Clips of each class, every third of them in the split test; and one without a label.

    A teacher "t" knows them all, by one window a second; a teacher "half" has only begun.
    """
    random = np.random.default_rng(1)
    target = partial(label, vocabulary=vocabulary)
    first, second = (TONE, NOISE) if vocabulary == AUDIOSET else (0, 1)
    with PackWriter(path, vocabulary) as writer:
        for number in range(clips):
            split = "train" if number % 3 else "test"
            for name, make, kind in (("tone", tone, first), ("noise", noise, second)):
                waveform = np.concatenate([make(random), np.zeros(RATE // 2, np.float32)])
                writer.add(f"{name} {number}", waveform, target(kind), split, source=f"made {name}")
        writer.add("hum", 0.1 * tone(random), target(), "unlabelled", source="a hum")
        known = [writer.scored("t"), len(writer)]
        for index in range(*known):
            scores = np.tile(target(second if index % 2 else first) * np.float32(0.7), (2, 1))
            writer.add_teacher("t", scores, RATE, RATE)
        writer.add_teacher("half", target()[None], RATE, RATE)
    return path
