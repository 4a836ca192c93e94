"""Recordings played again: through other loudspeakers, in other rooms, several at a time.

What the starter lacks most is variety. A recording played at another speed, through a random
frequency response, into a room, with noise, is another recording of the same sound; several of
them at once are a scene, which the teacher's scores describe better than their labels.
"""

from collections.abc import Sequence

import numpy as np
import soxr
from numpy.random import Generator
from numpy.typing import NDArray

from epanns.evaluation.clip_scores import loudest_part
from epanns.frontend.parameters import SAMPLE_RATE
from starter.acoustics import (
    LEVELS,
    PEAK,
    Wave,
    decibels,
    log_uniform,
    noise,
    room,
    scaled,
    shaped,
    telephone,
)
from starter.clip import Floats, Sound

SECONDS = 5
EVENTS = 3  # most of them in a scene, besides its background


def recast(seed: int, index: int, waveform: Floats, labels: tuple[str, ...]) -> Sound:
    """One recording, or 5 s of it around its loudest, played again somewhere else.

    Args:
        seed: with the index it decides everything random.
        index: of the recording, which names what is made of it.
        waveform: float32 (samples,) at 32 kHz.
        labels: which it keeps.
    """
    rng = np.random.default_rng((seed, 0, index))
    wave = _elsewhere(rng, _loudest(waveform, SECONDS * SAMPLE_RATE))
    if rng.random() < 0.15:
        wave = telephone(rng, wave)
    return Sound(f"recast {index}", _levelled(rng, wave), labels)


def cast(seed: int, number: int, clips: NDArray[np.int64]) -> list[int]:
    """The clips of a scene.

    Args:
        seed: with the number it decides everything random.
        number: of the scene.
        clips: int64 (clips,), the indices of those that may be used.

    Returns:
        Two to four of them.
    """
    rng = np.random.default_rng((seed, 1, number))
    return [int(each) for each in rng.choice(clips, rng.integers(2, EVENTS + 2), replace=False)]


def scene(seed: int, number: int, waveforms: Sequence[Floats]) -> Sound:
    """Several recordings at once, which a teacher is to score.

    Args:
        seed: with the number it decides everything random.
        number: of the scene.
        waveforms: float32 (samples,) at 32 kHz each; the first is in the background.

    Returns:
        The scene, without labels.
    """
    rng = np.random.default_rng((seed, 2, number))
    samples = SECONDS * SAMPLE_RATE
    total = np.zeros(samples)
    for place, waveform in enumerate(waveforms):
        wave = scaled(_elsewhere(rng, _loudest(waveform, samples)))
        if place == 0:  # the background is there all the time
            wave = np.resize(wave, samples) * decibels(rng.uniform(-25, -5))
        start = int(rng.integers(0, samples - len(wave) + 1))
        total[start : start + len(wave)] += wave * decibels(rng.uniform(-10, 0))
    return Sound(f"scene {number}", _levelled(rng, total), ())


def _loudest(waveform: Floats, samples: int) -> Wave:
    """At most `samples` samples of a waveform, where its energy is highest."""
    long = len(waveform) > samples
    return (loudest_part(waveform, samples) if long else waveform).astype(np.float64)


def _elsewhere(rng: Generator, wave: Wave) -> Wave:
    """A waveform at another speed, through another response, mostly in a room; not longer."""
    speed = log_uniform(rng, 0.8, 1.25)
    wave = soxr.resample(wave, SAMPLE_RATE * speed, SAMPLE_RATE)[: max(len(wave), 1)]
    corners = np.sort(np.exp(rng.uniform(np.log(60), np.log(14000), rng.integers(2, 6))))
    wave = shaped(wave, [(float(corner), rng.uniform(-10, 10)) for corner in corners])
    return room(rng, wave) if rng.random() < 0.6 else wave


def _levelled(rng: Generator, wave: Wave) -> Floats:
    """A waveform at a random level, with a little noise."""
    below = decibels(rng.uniform(-60, -25))
    wave = scaled(wave) + below * noise(rng, len(wave), rng.uniform(0, 6))
    wave = scaled(wave, rng.uniform(*LEVELS))
    wave *= min(1.0, PEAK / max(float(np.abs(wave).max()), 1e-9))
    return wave.astype(np.float32)
