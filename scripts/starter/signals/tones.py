"""Plain tones: sines, sweeps, beeps, and what a telephone plays."""

import numpy as np
from numpy.random import Generator

from starter.acoustics import (
    Wave,
    clock,
    gated,
    log_uniform,
    placed,
    size,
    tone,
)  # fmt: skip
from starter.signals.family import Family, Made

DTMF_ROWS, DTMF_COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
# Hz, and the seconds of tone and of pause: Europe, North America, Great Britain
DIAL_TONES = ((425,), (350, 440), (350, 450))
BUSY_SIGNALS = (((425,), 0.48, 0.48), ((480, 620), 0.5, 0.5), ((400,), 0.375, 0.375),
                ((480, 620), 0.25, 0.25), ((425,), 0.24, 0.24))  # fmt: skip
MAJOR = (0, 2, 4, 5, 7, 9, 11)


def overtones(rng: Generator) -> Wave:
    """Amplitudes of one of the plain wave forms, or of a random one."""
    number = np.arange(1, 31)
    kind = rng.integers(5)
    if kind == 0:
        return np.ones(1)
    if kind == 1:
        return (number % 2) / number  # square
    if kind == 2:
        return 1.0 / number  # sawtooth
    if kind == 3:
        return (number % 2) / number**2 * np.where(number % 4 == 3, -1, 1)  # triangle
    return rng.random(30) / number ** rng.uniform(0.5, 2)


def sine(rng: Generator) -> Made:
    """One pure tone, or several one after the other."""
    time = clock(rng.uniform(1.5, 3))
    notes = log_uniform(rng, 100, 8000) * np.ones(int(rng.integers(1, 5)))
    notes[1:] = [log_uniform(rng, 100, 8000) for _ in notes[1:]]
    index = (time * len(notes) / (time[-1] + 0.01)).astype(int)
    return tone(notes[index], len(time)), ("Sine wave",)


def steady(rng: Generator) -> Made:
    """A long square, sawtooth or other periodic tone."""
    samples = size(rng.uniform(1.5, 3))
    wave = tone(log_uniform(rng, 60, 3000), samples, overtones(rng))
    return wave, ()


def sweep(rng: Generator) -> Made:
    """A chirp: a tone that rises or falls over octaves, once or again and again."""
    time = clock(rng.uniform(1.5, 3))
    low, high = log_uniform(rng, 60, 800), log_uniform(rng, 1500, 12000)
    phase = (time / time[-1] * rng.choice([1, 1, 2, 3, 5])) % 1
    phase = phase if rng.random() < 0.7 else 1 - phase
    if rng.random() < 0.5:
        return tone(low * (high / low) ** phase, len(time)), ("Chirp tone",)
    return tone(low + (high - low) * phase, len(time)), ("Chirp tone",)


def beeps(rng: Generator) -> Made:
    """Electronic beeps, evenly or in groups."""
    duration = rng.uniform(1.5, 3.5)
    on = log_uniform(rng, 0.04, 0.5)
    gate = gated(rng, duration, on, log_uniform(rng, 0.03, min(0.6, 3 * on + 0.1)))
    if rng.random() < 0.3:
        gate *= gated(rng, duration, rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.4))
    pitch = log_uniform(rng, 500, 4500)
    return gate * tone(pitch, len(gate), overtones(rng)), ("Beep, bleep",)


def bleeps(rng: Generator) -> Made:
    """A computer of the films: beeps that jump about."""
    duration, step = rng.uniform(1.5, 3), rng.uniform(0.05, 0.2)
    time = clock(duration)
    notes = np.exp(rng.uniform(np.log(300), np.log(4000), int(duration / step) + 2))
    index = (time / step).astype(int)
    gate = np.clip((1 - (time / step) % 1) * rng.uniform(2, 8), 0, 1)
    return gate * tone(notes[index], len(time), overtones(rng)), ()


def dialling(rng: Generator) -> Made:
    """A number is dialled."""
    on, off = rng.uniform(0.06, 0.25), rng.uniform(0.04, 0.2)
    duration = rng.uniform(1.5, 3)
    events = []
    twist = rng.uniform(0.6, 1.6)
    for onset in np.arange(0.02, duration - on, on + off):
        row, column = rng.choice(DTMF_ROWS), rng.choice(DTMF_COLUMNS[: rng.choice([3, 3, 3, 4])])
        samples = size(on)
        edge = np.clip(np.minimum(clock(on), on - clock(on)) / 0.004, 0, 1)
        events.append((onset, edge * (tone(row, samples) + twist * tone(column, samples))))
    return placed(duration, events), ("Telephone dialing, DTMF",)


def dial_tone(rng: Generator) -> Made:
    """The line is free."""
    samples = size(rng.uniform(1.5, 3))
    pitches = DIAL_TONES[rng.integers(len(DIAL_TONES))]
    return sum((tone(p, samples) for p in pitches), np.zeros(samples)), ("Dial tone",)


def busy_signal(rng: Generator) -> Made:
    """The line is engaged."""
    pitches, on, off = BUSY_SIGNALS[rng.integers(len(BUSY_SIGNALS))]
    gate = gated(rng, rng.uniform(2, 4), on, off, 0.004)
    return sum((gate * tone(p, len(gate)) for p in pitches), 0 * gate), ("Busy signal",)


def ringback(rng: Generator) -> Made:
    """It rings at the other end."""
    samples = size(rng.uniform(1.5, 2))
    pitches = ((440, 480), (425,), (400, 450))[rng.integers(3)]
    wave = sum((tone(p, samples) for p in pitches), np.zeros(samples))
    return wave, ()


def ringtone(rng: Generator) -> Made:
    """A little tune from a mobile telephone."""
    step, duration = rng.uniform(0.07, 0.22), rng.uniform(2, 4)
    time = clock(duration)
    root = log_uniform(rng, 500, 1500)
    length = int(rng.integers(4, 17))
    degrees = rng.integers(0, 12, length)
    notes = root * 2 ** (np.array([MAJOR[d % 7] + 12 * (d // 7) for d in degrees]) / 12)
    sounding = rng.random(length) < 0.85
    index = (time / step).astype(int) % length
    gate = sounding[index] * np.exp(-((time / step) % 1) * rng.uniform(0, 4))
    gate = np.convolve(gate, np.ones(64) / 64, "same")
    return gate * tone(notes[index], len(time), overtones(rng)), ("Ringtone",)


def warble(rng: Generator) -> Made:
    """An electronic telephone: two tones by turns, many times a second."""
    gate = gated(rng, rng.uniform(2, 4), rng.uniform(0.8, 2.0), rng.uniform(0.1, 0.5))
    low = log_uniform(rng, 600, 1600)
    high = low * rng.uniform(1.1, 1.4)
    turn = (clock(len(gate) / 32000) * rng.uniform(8, 25)) % 1 < 0.5
    pitch = np.where(turn, low, high)
    return gate * tone(pitch, len(gate), overtones(rng)), ("Ringtone",)


def harmonic_sum(rng: Generator) -> Made:
    """Several tones at once, each trembling: an electronic chord or drone."""
    samples = size(rng.uniform(2, 3))
    wave = np.zeros(samples)
    for _ in range(rng.integers(2, 6)):
        pitch = log_uniform(rng, 80, 1500)
        wave += tone(pitch, samples, overtones(rng), rng.random()) * rng.uniform(0.3, 1)
    tremble = 1 + rng.uniform(0, 0.9) * np.sin(
        2 * np.pi * rng.uniform(0.5, 15) * clock(samples / 32000)
    )
    return wave * tremble, ()


FAMILIES: tuple[tuple[float, Family], ...] = (
    (2.0, sine), (1.0, steady), (1.5, sweep), (2.5, beeps), (1.0, bleeps), (1.5, dialling),
    (0.7, dial_tone), (1.0, busy_signal), (0.5, ringback), (1.2, ringtone), (1.2, warble),
    (0.5, harmonic_sum),
)  # fmt: skip
