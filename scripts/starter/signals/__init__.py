"""Sounds that are computed: tones, alarms, whistles, weather, blows, bells, noise."""

import numpy as np

from starter.acoustics import decibels, finished, noise, scaled, size, tone
from starter.clip import Sound
from starter.signals import alarms, bells, blows, creatures, nature, noises, tones, whistles
from starter.signals.family import Family

FAMILIES: tuple[tuple[float, Family], ...] = (
    *tones.FAMILIES, *alarms.FAMILIES, *whistles.FAMILIES, *nature.FAMILIES,
    *creatures.FAMILIES, *blows.FAMILIES, *bells.FAMILIES, *noises.FAMILIES,
)  # fmt: skip


def computed(seed: int, number: int) -> Sound:
    """A sound of one of the families, 1 to 5 s."""
    weights = np.array([weight for weight, _ in FAMILIES])
    rng = np.random.default_rng((seed, number))
    family = FAMILIES[rng.choice(len(FAMILIES), p=weights / weights.sum())][1]
    wave, labels = family(rng)
    return finished(rng, f"signal-{seed}-{number}-{family.__name__}", wave, labels)


def quiet(seed: int, number: int) -> Sound:
    """A quiet room: noise and mains hum of -95 to -55 dBFS, or silence.

    2 s, without labels.
    """
    samples = size(2.0)
    rng = np.random.default_rng((seed, number))
    wave = scaled(noise(rng, samples, rng.uniform(0, 7)))
    if rng.random() < 0.4:
        mains = rng.choice([50.0, 60.0])
        hum = tone(mains, samples, rng.random(8) / np.arange(1, 9), rng.random())
        wave = scaled(wave + decibels(rng.uniform(-20, 10)) * scaled(hum))
    wave = scaled(wave, rng.uniform(-95, -55)) * (rng.random() >= 0.08)
    return Sound(f"quiet-{seed}-{number}", wave.astype(np.float32), ())
