"""Whistling, by people and by whistles."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from starter.acoustics import (
    SAMPLE_RATE,
    Wave,
    band,
    clock,
    decibels,
    log_uniform,
    noise,
    scaled,
    size,
    tone,
    wander,
)  # fmt: skip
from starter.signals.family import Family, Made

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), tuple(range(12)))


def smooth(curve: NDArray[Any], seconds: float) -> Wave:
    """A curve whose steps take some time, computed at a 32nd of the rate."""
    slow = gaussian_filter1d(curve[::32], max(seconds * SAMPLE_RATE / 32, 0.5), mode="nearest")
    return np.interp(np.arange(len(curve)), np.arange(len(slow)) * 32, slow)


def tune(rng: Generator, duration: float) -> tuple[Wave, Wave]:
    """Semitones above the lowest note, and whether a note sounds, for each sample."""
    scale = SCALES[rng.integers(len(SCALES))]
    steps = [*scale, *(12 + step for step in scale)]
    pace, place = log_uniform(rng, 0.12, 0.6), int(rng.integers(len(steps)))
    semitones: list[Wave] = []
    sounding: list[Wave] = []
    while sum(len(note) for note in semitones) < duration * SAMPLE_RATE:
        length = size(pace * rng.choice([0.5, 1, 1, 1, 2, 3]))
        place = int(np.clip(place + rng.integers(-3, 4), 0, len(steps) - 1))
        semitones.append(np.full(length, float(steps[place])))
        voiced = np.ones(length)
        if rng.random() < 0.5:
            voiced[-round(rng.uniform(0.03, 0.12) * SAMPLE_RATE) :] = 0  # the tongue, or a breath
        sounding.append(voiced)
    samples = size(duration)
    return np.concatenate(semitones)[:samples], np.concatenate(sounding)[:samples]


def blown(rng: Generator, pitch: Wave, loudness: Wave, breath: float) -> Wave:
    """Lips that whistle: nearly a sine, with breath around its pitch, and hiss above.

    Args:
        rng: where the chances come from.
        pitch: in Hz, one a sample.
        loudness: of RMS about 1, one a sample.
        breath: its level in dB below the tone.
    """
    amplitudes = [1.0, decibels(rng.uniform(-45, -14)), decibels(rng.uniform(-55, -22))]
    flutter = 1 + 0.003 * wander(rng, len(pitch), 25.0) * rng.uniform(0, 2)
    shimmer = 1 + rng.uniform(0.02, 0.2) * wander(rng, len(pitch), 18.0)
    wave = tone(pitch * flutter, len(pitch), amplitudes) * shimmer
    centre = float(np.median(pitch))
    near = band(noise(rng, len(pitch)), 0.75 * centre, min(1.4 * centre, 15000), 1)
    hiss = band(noise(rng, len(pitch)), rng.uniform(800, 3000), rng.uniform(6000, 15000), 1)
    air = scaled(near) + rng.uniform(0, 0.8) * scaled(hiss)
    return loudness * (wave + decibels(-breath) * air)


def melody(rng: Generator) -> Made:
    """A person whistles a tune."""
    duration = rng.uniform(2, 5)
    semitones, sounding = tune(rng, duration)
    bend = smooth(semitones, log_uniform(rng, 0.008, 0.06))
    depth = rng.uniform(0, 0.5) * (rng.random() < 0.6)
    vibrato = depth * np.sin(2 * np.pi * rng.uniform(4, 7.5) * clock(duration))
    drift = 0.15 * wander(rng, len(bend), 2.0)
    pitch = log_uniform(rng, 550, 1700) * 2 ** ((bend + vibrato + drift) / 12)
    loudness = smooth(sounding, rng.uniform(0.006, 0.025))
    loudness *= decibels(1) ** (2 * wander(rng, len(bend), 2.0))
    return blown(rng, np.minimum(pitch, 4500), loudness, rng.uniform(12, 38)), ("Whistling",)


def calls(rng: Generator) -> Made:
    """A person whistles at another: glides up, down or both, again and again, loud or soft."""
    duration = rng.uniform(1.5, 3)
    length, pause = rng.uniform(0.25, 1.1), rng.uniform(0.05, 0.4)
    time = clock(duration)
    phase = (time % (length + pause)) / length
    shape = rng.standard_normal(5) * rng.uniform(2, 7)
    glide = smooth(np.interp(phase, np.linspace(0, 1, 5), shape), 0.02)
    pitch = np.clip(log_uniform(rng, 700, 3000) * 2 ** (glide / 12), 400, 5000)
    vibrato = 2 ** (rng.uniform(0, 0.04) * np.sin(2 * np.pi * rng.uniform(4, 9) * time))
    loudness = smooth((phase < 1) * 1.0, rng.uniform(0.006, 0.03))
    return blown(rng, pitch * vibrato, loudness, rng.uniform(12, 38)), ("Whistling",)


def wolf_whistle(rng: Generator) -> Made:
    """Up; then up and down."""
    first, gap, second = rng.uniform(0.3, 0.6), rng.uniform(0.05, 0.25), rng.uniform(0.5, 0.9)
    time = clock(first + gap + second + 0.1)
    low, high = log_uniform(rng, 700, 1100), log_uniform(rng, 2000, 3200)
    ends = [0, first, first + gap, first + gap + 0.4 * second, first + gap + second]
    middle = low * (high / low) ** rng.uniform(0.5, 0.9)
    curve = np.interp(time, ends, np.log([low, high, low, middle, low * 0.9]))
    sounding = (time < first) | ((time > first + gap) & (time < ends[-1]))
    loudness = smooth(sounding * 1.0, 0.012)
    wave = blown(rng, np.exp(smooth(curve, 0.015)), loudness, rng.uniform(14, 36))
    return wave, ("Whistling",)


def long_whistle(rng: Generator) -> Made:
    """A person whistles one note, as steadily as people can."""
    duration = rng.uniform(1.2, 3)
    samples = size(duration)
    slide = rng.uniform(-3, 3) * np.linspace(0, 1, samples) * (rng.random() < 0.5)
    vibrato = rng.uniform(0, 0.5) * np.sin(2 * np.pi * rng.uniform(3.5, 7) * clock(duration))
    drift = rng.uniform(0.05, 0.3) * wander(rng, samples, 1.5)
    pitch = log_uniform(rng, 650, 3200) * 2 ** ((slide + vibrato + drift) / 12)
    loudness = 1 + 0.15 * wander(rng, samples, 2.0)
    return blown(rng, pitch, loudness, rng.uniform(10, 34)), ("Whistling",)


def referee(rng: Generator) -> Made:
    """Blasts of a pea whistle: a trilling note with overtones; or two notes without a pea."""
    duration = rng.uniform(1.5, 3.5)
    time = clock(duration)
    blast, gap = log_uniform(rng, 0.2, 2.0), rng.uniform(0.06, 0.4)
    since = (time + rng.uniform(0, gap)) % (blast + gap)
    breath = np.clip(np.minimum(since / 0.02, (blast - since) / 0.04), 0, 1)
    centre = log_uniform(rng, 2000, 4300)
    rate = rng.uniform(22, 70) * (1 + 0.1 * wander(rng, len(time), 3.0))
    pea = np.sin(2 * np.pi * np.cumsum(rate) / SAMPLE_RATE)
    depth = rng.uniform(0.005, 0.05) * (rng.random() < 0.8)
    pitch = centre * (0.96 + 0.04 * breath) * (1 + depth * pea + 0.006 * wander(rng, len(time), 30))
    wave = tone(pitch, len(time), [1.0, rng.uniform(0.02, 0.4), rng.uniform(0, 0.15)])
    if rng.random() < 0.5:  # a second chamber
        wave += rng.uniform(0.3, 1) * tone(pitch * rng.uniform(1.05, 1.25), len(time))
    wave *= breath * (1 + min(0.9, 25 * depth) * pea)
    hiss = band(noise(rng, len(time)), 1500, rng.uniform(6000, 14000))
    return wave + breath * rng.uniform(0.01, 0.15) * hiss, ("Whistle",)


def steam(rng: Generator) -> Made:
    """A steam whistle: a chord of pipes in a lot of steam."""
    duration = rng.uniform(1.5, 3.5)
    samples = size(duration)
    breath = np.clip(clock(duration) / rng.uniform(0.05, 0.3), 0, 1)
    root = log_uniform(rng, 280, 900)
    wave = np.zeros(samples)
    chord = rng.choice([1.0, 1.19, 1.26, 1.335, 1.5, 1.68, 1.78, 2.0], int(rng.integers(2, 6)))
    for ratio in chord:
        sag = 1 - 0.06 * (1 - breath) + 0.004 * wander(rng, samples, 6.0)
        wave += tone(root * ratio * sag, samples, [1, 0.25 * rng.random(), 0.3 * rng.random()])
    hiss = band(noise(rng, samples), 600, 12000, 1)
    wave = scaled(wave) + rng.uniform(0.15, 0.7) * scaled(hiss)
    return breath * wave * (1 + 0.05 * wander(rng, samples, 12.0)), ("Steam whistle", "Whistle")


def kettle(rng: Generator) -> Made:
    """A kettle starts to whistle."""
    duration = rng.uniform(2, 4)
    samples = size(duration)
    rise = np.clip(clock(duration) / duration * rng.uniform(1, 3), 0, 1)
    pitch = (
        log_uniform(rng, 1500, 3500) * (0.8 + 0.2 * rise) * (1 + 0.003 * wander(rng, samples, 20))
    )
    wave = rise * tone(pitch, samples, [1, 0.2, 0.1]) + 0.3 * band(noise(rng, samples), 1000, 9000)
    return wave, ()


FAMILIES: tuple[tuple[float, Family], ...] = (
    (5.0, melody), (3.0, calls), (0.8, wolf_whistle), (1.5, long_whistle), (2.5, referee),
    (1.0, steam), (0.4, kettle),
)  # fmt: skip
