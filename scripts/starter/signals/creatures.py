"""Animals and heartbeats, as far as they can be computed: labelled where the likeness is sure."""

import numpy as np
from numpy.random import Generator

from starter.acoustics import (
    Wave,
    band,
    clock,
    gated,
    log_uniform,
    noise,
    placed,
    repeated,
    resonance,
    scaled,
    size,
    tone,
    wander,
)  # fmt: skip
from starter.signals.family import Family, Made


def throat(rng: Generator, pitch: Wave, formants: list[tuple[float, float]], breath: float) -> Wave:
    """A voice: pulses at a pitch, and breath, through formants of (frequency in Hz, quality)."""
    source = tone(pitch, len(pitch), 1 / np.arange(1, 41) ** rng.uniform(0.6, 1.3))
    source = scaled(source) + breath * noise(rng, len(pitch), 2.0)
    parts = (resonance(source, min(frequency, 15000), q) for frequency, q in formants)
    return scaled(sum(parts, 0.05 * source))


def bark(rng: Generator) -> Made:
    """A dog, or something like it: short hoarse bursts."""
    duration, events = rng.uniform(1.2, 2.5), []
    base = log_uniform(rng, 180, 900)
    formants = [(log_uniform(rng, 500, 1500), 3.0), (log_uniform(rng, 1500, 3500), 4.0)]
    for onset in repeated(rng, duration, rng.uniform(0.25, 0.6), 0.08):
        last = rng.uniform(0.1, 0.25)
        arch = np.sin(np.pi * np.linspace(0, 1, size(last))) ** rng.uniform(0.3, 0.8)
        pitch = base * (0.6 + 0.5 * arch) * (1 + 0.05 * wander(rng, len(arch), 80.0))
        events.append((onset, arch * throat(rng, pitch, formants, rng.uniform(0.2, 1))))
    return placed(duration, events), ()


def meow(rng: Generator) -> Made:
    """A cat, or something like it: a vowel that opens and closes."""
    duration = rng.uniform(1, 2)
    shape = np.sin(np.pi * np.linspace(0, 1, size(duration))) ** 0.7
    pitch = log_uniform(rng, 350, 800) * (0.8 + rng.uniform(0.1, 0.7) * shape)
    formants = [(log_uniform(rng, 800, 1800), 4.0), (log_uniform(rng, 2200, 4500), 5.0)]
    return shape * throat(rng, pitch, formants, rng.uniform(0.02, 0.2)), ()


def caw(rng: Generator) -> Made:
    """A crow, a duck or a frog, or something like them: rough bursts."""
    duration, events = rng.uniform(1.5, 2.5), []
    base = log_uniform(rng, 60, 500)
    formants = [(log_uniform(rng, 500, 1800), 3.0), (log_uniform(rng, 1500, 4000), 3.0)]
    for onset in repeated(rng, duration, rng.uniform(0.2, 0.6)):
        arch = np.sin(np.pi * np.linspace(0, 1, size(rng.uniform(0.1, 0.35)))) ** 0.5
        pitch = base * (0.9 + 0.2 * arch) * (1 + 0.08 * wander(rng, len(arch), 150.0))
        events.append((onset, arch * throat(rng, pitch, formants, rng.uniform(0.1, 0.8))))
    return placed(duration, events), ()


def moo(rng: Generator) -> Made:
    """Cattle or sheep, or something like them: a long low call, sometimes trembling."""
    duration = rng.uniform(1, 2.2)
    time = clock(duration)
    shape = np.clip(np.minimum(time / 0.15, (duration - time) / 0.3), 0, 1)
    tremble = 1 + rng.choice([0, 0.06]) * np.sin(2 * np.pi * rng.uniform(5, 10) * time)
    pitch = log_uniform(rng, 90, 450) * (0.85 + 0.2 * shape) * tremble
    formants = [(log_uniform(rng, 300, 900), 4.0), (log_uniform(rng, 900, 2500), 5.0)]
    return shape * throat(rng, pitch, formants, rng.uniform(0.05, 0.4)), ()


def bird(rng: Generator) -> Made:
    """Birds: phrases of whistled syllables that glide and trill."""
    duration, events = rng.uniform(1.5, 3.5), []
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        centre, gain = log_uniform(rng, 1800, 6500), rng.uniform(0.2, 1)
        onset = rng.uniform(0, 0.4)
        while onset < duration - 0.1:
            last, gap = log_uniform(rng, 0.03, 0.25), rng.uniform(0.01, 0.12)
            time = np.linspace(0, 1, size(last))
            knots = centre * 2 ** (rng.standard_normal(4) * rng.uniform(0.05, 0.5))
            pitch = np.interp(time, np.linspace(0, 1, 4), np.clip(knots, 900, 11000))
            pitch *= 1 + rng.choice([0, 0, 0.08]) * np.sin(
                2 * np.pi * rng.uniform(20, 90) * time * last
            )
            chirp = np.sin(np.pi * time) ** 0.7 * tone(pitch, len(time), [1, 0.15 * rng.random()])
            for _ in range(int(rng.choice([1, 1, 2, 3, 5, 8]))):
                events.append((onset, gain * chirp))
                onset += last + gap
            onset += rng.uniform(0, 0.35)
    labels = ("Chirp, tweet", "Bird vocalization, bird call, bird song", "Bird")
    return placed(duration, events), labels


def cuckoo(rng: Generator) -> Made:
    """A cuckoo, a dove or an owl, or something like them: soft low whistles."""
    duration, events = rng.uniform(1.5, 3), []
    high = log_uniform(rng, 300, 900)
    for number, onset in enumerate(repeated(rng, duration, rng.uniform(0.25, 0.55), 0.03)):
        arch = np.sin(np.pi * np.linspace(0, 1, size(rng.uniform(0.15, 0.3)))) ** 0.6
        pitch = high * (0.8 if number % 2 else 1) * (0.97 + 0.03 * arch)
        events.append((onset, arch * tone(pitch, len(arch), [1, 0.1, 0.05])))
    return placed(duration, events), ()


def crickets(rng: Generator) -> Made:
    """Crickets: each chirps in pulses at a pitch of its own, above the hiss of the night."""
    duration = rng.uniform(2, 4)
    time = clock(duration)
    wave = 0 * time
    for _ in range(rng.integers(1, 7)):
        rate = rng.uniform(20, 60)
        pulse = np.clip(np.sin(2 * np.pi * (rate * time + rng.random())), 0, 1)
        chirp = gated(rng, duration, rng.uniform(0.06, 0.3), rng.uniform(0.05, 0.5), 0.01)
        chirp = chirp if rng.random() < 0.7 else np.ones(len(time))
        wave += rng.uniform(0.1, 1) * pulse * chirp * tone(log_uniform(rng, 2800, 6500), len(time))
    return wave + rng.uniform(0, 0.1) * noise(rng, len(time), 1.0), ("Cricket", "Insect")


def insect(rng: Generator) -> Made:
    """A fly, a bee or a mosquito that comes and goes."""
    samples = size(rng.uniform(2, 4))
    base = log_uniform(rng, 120, 700)
    pitch = base * (1 + 0.06 * wander(rng, samples, 1.5) + 0.01 * wander(rng, samples, 12.0))
    wave = tone(pitch, samples, rng.random(25) / np.arange(1, 26) ** 0.7)
    wave *= np.exp(0.8 * wander(rng, samples, 1.0)) * (1 + 0.2 * wander(rng, samples, 30.0))
    high = min(9000.0, 14 * base)
    labels = ("Insect", "Buzz") if base < 350 else ("Insect", "Mosquito")
    return band(wave, 0.7 * base, high, 1) + 0.02 * noise(rng, samples), labels


def heart(rng: Generator) -> Made:
    """A heartbeat: lub, dub."""
    duration, events = rng.uniform(2, 4), []
    beat, low = 60 / rng.uniform(55, 130), log_uniform(rng, 35, 90)
    for onset in repeated(rng, duration, beat, 0.02):
        for delay, gain, ratio in ((0.0, 1.0, 1.0), (0.33 * beat, rng.uniform(0.4, 0.9), 1.3)):
            time = clock(0.14)
            thud = np.sin(2 * np.pi * low * ratio * time * (1 - time)) * np.exp(-time / 0.03)
            thud *= np.minimum(time / 0.01, 1)
            events.append((onset + delay, gain * (thud + 0.2 * thud**3)))
    wave = scaled(placed(duration, events))
    return wave + rng.uniform(0, 0.1) * noise(rng, len(wave), 5.0), ("Heart sounds, heartbeat",)


FAMILIES: tuple[tuple[float, Family], ...] = (
    (1.0, bark), (0.5, meow), (0.5, caw), (0.5, moo), (2.5, bird), (0.4, cuckoo), (1.5, crickets),
    (1.0, insect), (0.8, heart),
)  # fmt: skip
