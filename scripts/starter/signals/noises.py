"""Noise of all colours, hum, engines and other machines, and what moves through the air."""

import numpy as np
from numpy.random import Generator

from starter.acoustics import (
    SAMPLE_RATE,
    Wave,
    band,
    clock,
    decibels,
    gated,
    log_uniform,
    noise,
    resonance,
    scaled,
    shaped,
    size,
    tone,
    wander,
)  # fmt: skip
from starter.signals.family import Family, Made
from starter.signals.nature import scattered


def white(rng: Generator) -> Made:
    """White noise."""
    return noise(rng, size(rng.uniform(1.5, 3))), ("White noise",)


def pink(rng: Generator) -> Made:
    """Pink noise."""
    return noise(rng, size(rng.uniform(1.5, 3)), 3.0), ("Pink noise",)


def coloured(rng: Generator) -> Made:
    """Noise of any steady colour: a fan, air, traffic far away, a bad microphone."""
    corners = [
        (frequency, rng.normal(0, 10)) for frequency in (30, 100, 300, 1000, 3000, 8000, 15000)
    ]
    wave = shaped(noise(rng, size(rng.uniform(1.5, 3)), rng.uniform(0, 6)), corners)
    return wave * (1 + rng.uniform(0, 0.3) * wander(rng, len(wave), log_uniform(rng, 0.5, 20))), ()


def brown(rng: Generator) -> Made:
    """Brown noise: a rumble."""
    return noise(rng, size(rng.uniform(1.5, 3)), rng.uniform(5.5, 8)), ()


def static(rng: Generator) -> Made:
    """A radio between stations, that crackles, or that is tuned through carriers."""
    samples = size(rng.uniform(1.5, 3))
    wave = band(noise(rng, samples), 150, rng.uniform(3000, 12000), 1)
    wave += rng.uniform(0, 4) * band(
        scattered(rng, wave, log_uniform(rng, 5, 200), 8.0), 300, 9000, 1
    )
    wave *= np.exp(rng.uniform(0, 0.4) * wander(rng, samples, 4.0))
    if rng.random() < 0.4:
        pitch = np.abs(log_uniform(rng, 200, 2500) * wander(rng, samples, rng.uniform(0.5, 2))) + 30
        return scaled(wave) + rng.uniform(0.2, 1) * tone(pitch, samples), ("Static",)
    return wave, ("Static",)


def vinyl(rng: Generator) -> Made:
    """An old record before the music starts: crackle, hiss and rumble, turn by turn."""
    samples = size(rng.uniform(2, 3.5))
    turn = round(60 / rng.choice([33.3, 45, 78]) * SAMPLE_RATE)
    groove = scattered(rng, np.zeros(turn), log_uniform(rng, 10, 150), 9.0)
    ticks = np.tile(groove, samples // turn + 1)[:samples]
    ticks += scattered(rng, ticks, log_uniform(rng, 10, 100), 8.0)
    wave = scaled(band(ticks, 500, 9000, 1)) + rng.uniform(0.02, 0.3) * noise(rng, samples, 3.0)
    return wave, ()


def hum(rng: Generator) -> Made:
    """Mains hum of 50 or 60 Hz, a transformer, a refrigerator."""
    samples = size(rng.uniform(1.5, 3))
    mains = float(rng.choice([50.0, 60.0]))
    amplitudes = rng.random(20) * rng.uniform(0.6, 0.95) ** np.arange(20)
    amplitudes[::2] *= rng.uniform(0, 1)
    wave = scaled(tone(mains, samples, amplitudes, rng.random()))
    return wave + decibels(rng.uniform(-45, -20)) * noise(rng, samples, 4.0), ("Mains hum", "Hum")


def firing(rng: Generator, rate: Wave, cylinders: int) -> Wave:
    """An engine: a pulse for each firing, cylinders unlike, through exhaust and bodywork."""
    turns = np.cumsum(rate) / SAMPLE_RATE
    number = np.floor(turns).astype(int)
    strength = 1 + rng.uniform(0.1, 0.5) * rng.standard_normal(cylinders)
    jitter = 1 + rng.uniform(0, 0.3) * rng.standard_normal(number[-1] + 1)
    phase = turns - number
    pulse = strength[number % cylinders] * jitter[number] * np.exp(-phase * rng.uniform(4, 14))
    pulse *= 1 + rng.uniform(0.2, 1.0) * rng.standard_normal(len(rate))
    total = np.zeros(len(rate))
    for low, high in ((40, 120), (120, 400), (400, 1500), (1500, 5000)):
        part = resonance(pulse, log_uniform(rng, low, high), rng.uniform(0.7, 4))
        total += rng.uniform(0.3, 1) * part
    return total


def idling(rng: Generator) -> Made:
    """An engine that idles."""
    samples = size(rng.uniform(2, 4))
    rate = log_uniform(rng, 14, 60) * (1 + 0.02 * wander(rng, samples, 3.0))
    return firing(rng, rate, int(rng.choice([1, 2, 3, 4, 6]))), ("Engine", "Idling")


def revving(rng: Generator) -> Made:
    """An engine that speeds up and slows down."""
    samples = size(rng.uniform(2, 4))
    low = log_uniform(rng, 25, 90)
    swing = np.clip(0.5 + 0.6 * wander(rng, samples, rng.uniform(0.4, 1.2)), 0, 1)
    if rng.random() < 0.5:
        swing = np.linspace(0, 1, samples) ** rng.uniform(0.7, 1.5)
    rate = low * rng.uniform(2, 5) ** swing
    wave = firing(rng, rate, int(rng.choice([1, 2, 4, 6]))) * (0.4 + swing)
    return wave, ("Engine", "Accelerating, revving, vroom")


def motor(rng: Generator) -> Made:
    """An electric motor: a drill, a shaver, a blender, a vacuum cleaner, a toothbrush."""
    samples = size(rng.uniform(2, 3.5))
    speed = log_uniform(rng, 80, 600) * (1 + 0.01 * wander(rng, samples, 2.0))
    if rng.random() < 0.4:
        speed = speed * (1 - rng.uniform(0.1, 0.4) * (wander(rng, samples, 0.8) > 0.8))
        speed = np.convolve(speed, np.ones(3200) / 3200, "same") + 20
    whine = tone(speed, samples, rng.random(30) / np.arange(1, 31) ** rng.uniform(0.2, 1))
    corners = [
        (60, -20),
        (300, rng.normal(-5, 6)),
        (1500, 0),
        (5000, rng.normal(-5, 6)),
        (15000, -20),
    ]
    air = scaled(shaped(noise(rng, samples), corners))
    return scaled(whine) + rng.uniform(0.2, 2.5) * air, ()


def rotor(rng: Generator) -> Made:
    """A helicopter or a propeller: noise chopped by blades."""
    time = clock(rng.uniform(2, 4))
    rate = log_uniform(rng, 9, 90)
    blade = (rate * time + rng.random()) % 1
    chop = np.exp(-blade * rng.uniform(3, 10))
    air = scaled(noise(rng, len(time), rng.uniform(4, 6)))
    wave = air * (0.1 + chop) + rng.uniform(0.1, 1) * band(chop - chop.mean(), 20, 400, 1)
    return wave * np.exp(0.2 * wander(rng, len(time), 1.0)), ()


def jackhammer(rng: Generator) -> Made:
    """Blows many times a second: a jackhammer, a sewing machine, a printer."""
    duration, rate = rng.uniform(2, 3), log_uniform(rng, 8, 40)
    gate = gated(rng, duration, 0.5 / rate, 0.5 / rate, 0.001)
    strikes = np.diff(gate, prepend=0).clip(0) * (1 + 0.2 * rng.standard_normal(len(gate)))
    wave = np.zeros(len(gate))
    for _ in range(6):
        wave += rng.random() * resonance(strikes, log_uniform(rng, 80, 6000), rng.uniform(2, 15))
    return scaled(wave) + rng.uniform(0.02, 0.5) * noise(rng, len(gate), 3.0), ()


def whoosh(rng: Generator) -> Made:
    """Something swings through the air."""
    duration = rng.uniform(1, 2)
    time, wave = clock(duration), np.zeros(size(duration))
    for start in np.arange(0.02, duration - 0.3, rng.uniform(0.35, 0.8)):
        last = rng.uniform(0.2, 0.5)
        phase = np.clip((time - start) / last, 0, 1)
        swell = np.sin(np.pi * phase) ** 2
        centre = log_uniform(rng, 300, 1500) * (1 + 2 * swell)
        turns = 2 * np.pi * np.cumsum(centre) / SAMPLE_RATE
        wave += swell * band(noise(rng, len(time)), 0, rng.uniform(150, 600), 1) * np.sin(turns)
        wave += 0.15 * swell * scaled(noise(rng, len(time), 3.0))
    return wave, ("Whoosh, swoosh, swish",)


def zipper(rng: Generator) -> Made:
    """A zip: clicks ever faster or slower."""
    time = clock(rng.uniform(1, 1.5))
    passes = (time / rng.uniform(0.4, 1.0)) % 1
    rate = log_uniform(rng, 60, 150) * rng.uniform(1.5, 4) ** passes
    phase = np.cumsum(rate) / SAMPLE_RATE % 1
    teeth = np.exp(-phase * rng.uniform(8, 20)) * rng.standard_normal(len(time))
    return band(teeth, log_uniform(rng, 1000, 2500), 12000, 1) * (1 - 0.7 * passes**6), ()


def hissing(rng: Generator) -> Made:
    """Steam, a spray can or a leaking tyre."""
    duration = rng.uniform(1.5, 2.5)
    wave = band(noise(rng, size(duration)), log_uniform(rng, 1500, 5000), 16000, 1)
    if rng.random() < 0.5:
        wave *= gated(rng, duration, rng.uniform(0.15, 0.8), rng.uniform(0.05, 0.4), 0.02)
    return wave, ()


def breaths(rng: Generator) -> Made:
    """Breath in, breath out, or something like it."""
    duration, cycle = rng.uniform(2, 4), rng.uniform(0.5, 1.6)
    phase = (clock(duration) / cycle + rng.random()) % 1
    swell = np.sin(2 * np.pi * phase).clip(0) + rng.uniform(0.3, 1) * np.sin(
        -2 * np.pi * phase
    ).clip(0)
    wave = noise(rng, len(swell), 2.0)
    for low, high in ((500, 1200), (1200, 2500), (2500, 5000)):
        wave += 2 * resonance(wave, log_uniform(rng, low, high), 3.0)
    return swell * wave, ()


FAMILIES: tuple[tuple[float, Family], ...] = (
    (1.5, white), (1.5, pink), (1.5, coloured), (0.5, brown), (1.2, static), (0.5, vinyl),
    (1.2, hum), (1.5, idling), (1.5, revving), (1.5, motor), (1.0, rotor), (0.8, jackhammer),
    (0.8, whoosh), (0.5, zipper), (0.5, hissing), (0.6, breaths),
)  # fmt: skip
