"""Weather, water and fire."""

import numpy as np
from numpy.random import Generator

from starter.acoustics import (
    SAMPLE_RATE,
    Wave,
    band,
    clock,
    decibels,
    like,
    log_uniform,
    noise,
    placed,
    resonance,
    scaled,
    shaped,
    size,
    tone,
    wander,
)  # fmt: skip
from starter.signals.family import Family, Made

# dB in the octaves around 88 Hz to 11 kHz, about the medians of recordings
WIND_OCTAVES = (-3, -3, -1, -4, -11, -20, -30, -36)
RAIN_OCTAVES = (-9, -8, -6, -5, -4, -3, -3, -5)
SURF_OCTAVES = (-12, -6, -2, 0, -1, -3, -7, -12)
STREAM_OCTAVES = (-18, -14, -9, -1, -1, -3, -6, -18)
FIRE_OCTAVES = (0, -6, -11, -15, -18, -22, -26, -30)
THUNDER_OCTAVES = (-4, -2, -1, -4, -11, -20, -29, -40)

BUBBLE = 3.26  # m/s: a bubble's frequency times its radius (Minnaert, 1933)


def scattered(rng: Generator, wave: Wave, rate: float, spread: float) -> Wave:
    """Impulses at random moments, `rate` a second, their levels spread normally in dB."""
    total = np.zeros(len(wave))
    count = rng.poisson(rate * len(wave) / SAMPLE_RATE)
    at = rng.integers(0, len(wave), count)
    np.add.at(total, at, rng.choice([-1, 1], count) * 10 ** (rng.normal(0, spread, count) / 20))
    return total


def bubbles(rng: Generator, duration: float, rate: float, radii: tuple[float, float]) -> Wave:
    """Bubbles in water: sines that die away, and rise as they do (van den Doel, 2005)."""
    events = []
    for onset in np.sort(rng.uniform(0, duration, rng.poisson(rate * duration))):
        radius = log_uniform(rng, *radii)
        pitch = BUBBLE / radius
        damping = 0.13 / radius + 0.0072 * radius**-1.5
        time = np.arange(min(int(7 / damping * SAMPLE_RATE), 8000)) / SAMPLE_RATE
        rise = pitch * (1 + rng.uniform(0, 0.3) * damping * time)
        loudness = radius**1.5 * rng.random() ** 3
        swing = np.sin(2 * np.pi * rise * time) * np.exp(-damping * time)
        events.append((float(onset), loudness * swing))
    return placed(duration, events)


def wind(rng: Generator) -> Made:
    """Gusts, and what howls in them: resonances that wander with the strength of the wind."""
    samples = size(rng.uniform(2, 5))
    gust = np.exp(rng.uniform(0.15, 0.5) * wander(rng, samples, rng.uniform(0.3, 1.5)))
    wave = like(rng, samples, WIND_OCTAVES, 6.0) * gust**2
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        # noise of some bandwidth on a carrier that moves
        centre = log_uniform(rng, 200, 900) * gust ** rng.uniform(0.3, 1.2)
        width = log_uniform(rng, 15, 150)
        turns = 2 * np.pi * np.cumsum(centre) / SAMPLE_RATE
        howl = band(noise(rng, samples), 0, width, 1) * np.cos(turns)
        howl += band(noise(rng, samples), 0, width, 1) * np.sin(turns)
        wave += log_uniform(rng, 0.1, 1.5) * scaled(howl * gust**2)
    return wave, ("Wind",)


def leaves(rng: Generator) -> Made:
    """Leaves in the wind."""
    samples = size(rng.uniform(2, 4))
    gust = np.exp(0.6 * wander(rng, samples, 1.2))
    rustle = band(scattered(rng, gust, log_uniform(rng, 800, 8000), 6.0), 1500, 11000, 1)
    return rustle * gust**2 + 0.2 * band(noise(rng, samples), 1000, 9000, 1) * gust**2, ()


def rain(rng: Generator) -> Made:
    """Rain: many drops, near and far."""
    samples = size(rng.uniform(2, 4))
    far = like(rng, samples, RAIN_OCTAVES, 6.0)
    near = scattered(rng, far, log_uniform(rng, 50, 3000), 6.0)
    near = resonance(near, log_uniform(rng, 1500, 7000), rng.uniform(0.7, 3))
    splash = bubbles(rng, samples / SAMPLE_RATE, rng.uniform(0, 60), (0.0004, 0.002))
    wave = far * (1 + 0.1 * wander(rng, samples, 1.0)) + rng.uniform(0.1, 1) * scaled(near)
    return wave + rng.uniform(0, 0.4) * scaled(splash), ("Rain",)


def rain_on_surface(rng: Generator) -> Made:
    """Rain on a tin roof, an umbrella or a window sill."""
    samples = size(rng.uniform(2, 4))
    drops = scattered(rng, np.zeros(samples), log_uniform(rng, 40, 1500), 5.0)
    wave = np.zeros(samples)
    for _ in range(rng.integers(2, 6)):
        frequency = log_uniform(rng, 200, 5000)
        wave += rng.random() * resonance(drops, frequency, rng.uniform(1, 12))
    return scaled(wave) + rng.uniform(0.02, 0.4) * noise(rng, samples, 1.5), ()


def dripping(rng: Generator) -> Made:
    """A tap that drips: each drop a plop, sometimes two."""
    duration, gap = rng.uniform(1.5, 3), rng.uniform(0.15, 0.6)
    events = []
    radius = log_uniform(rng, 0.001, 0.0045)
    for onset in np.arange(0.03, duration - 0.1, gap):
        last = rng.uniform(0.04, 0.12)
        time = clock(last)
        pitch = BUBBLE / (radius * rng.uniform(0.8, 1.25)) * (1 + rng.uniform(0.3, 3) * time / last)
        swing = tone(pitch, len(time)) * np.exp(-time * rng.uniform(40, 110))
        tick = 0.3 * rng.random() * noise(rng, len(time)) * np.exp(-time / 0.001)
        events.append((onset + rng.uniform(0, 0.03), (swing + tick) * rng.uniform(0.5, 1)))
        if rng.random() < 0.3:
            events.append((onset + rng.uniform(0.05, 0.12), 0.4 * swing))
    return placed(duration, events), ("Drip",)


def running_water(rng: Generator) -> Made:
    """A brook or a trickle: bubbles of many sizes in a wash."""
    duration = rng.uniform(2, 3.5)
    largest = log_uniform(rng, 0.002, 0.008)
    wave = scaled(bubbles(rng, duration, log_uniform(rng, 80, 600), (0.0005, largest)))
    wash = like(rng, len(wave), STREAM_OCTAVES) * np.exp(0.15 * wander(rng, len(wave), 8.0))
    return wave + log_uniform(rng, 0.2, 2) * wash, ("Water",)


def gushing(rng: Generator) -> Made:
    """A tap, a shower, a waterfall: noise with water in it."""
    duration = rng.uniform(2, 3.5)
    samples = size(duration)
    corners = [(100, rng.uniform(-30, 0)), (500, rng.uniform(-10, 0)), (2500, 0.0),
               (8000, rng.uniform(-12, 2)), (15000, rng.uniform(-25, -5))]  # fmt: skip
    wash = scaled(shaped(noise(rng, samples), corners)) * (1 + 0.15 * wander(rng, samples, 12.0))
    drops = scaled(bubbles(rng, duration, rng.uniform(50, 300), (0.0004, 0.004)))
    return wash + rng.uniform(0.05, 0.5) * drops, ()


def surf(rng: Generator) -> Made:
    """Waves that come in and break."""
    duration = rng.uniform(3, 5)
    samples = size(duration)
    wave = rng.uniform(0.1, 0.4) * like(rng, samples, SURF_OCTAVES)
    time, period = clock(duration), rng.uniform(3, 8)
    for start in np.arange(-period * rng.random(), duration, period):
        since = (time - start) / period
        swell = np.where(since < 0.35, since / 0.35, np.exp(-(since - 0.35) * 4)).clip(0) ** 1.5
        roar = like(rng, samples, SURF_OCTAVES) * (1 + 0.15 * wander(rng, samples, 10.0))
        foam = noise(rng, samples, rng.uniform(1, 3)) * np.roll(swell, size(0.3))
        wave += swell * roar + rng.uniform(0.1, 0.6) * foam
    return wave, ("Waves, surf",)


def fire(rng: Generator) -> Made:
    """Wood that crackles in the fire."""
    samples = size(rng.uniform(2, 4))
    crackle = np.zeros(samples)
    for rate, low, high in ((8, 500, 2500), (40, 1500, 6000), (120, 3000, 12000)):
        snaps = scattered(rng, crackle, rate * log_uniform(rng, 0.3, 2), 9.0)
        last = rng.uniform(0.0005, 0.004)
        burst = rng.standard_normal(size(0.02)) * np.exp(-clock(0.02) / last)
        crackle += band(np.convolve(snaps, burst[:320], "same"), low, high, 1)
    roar = like(rng, samples, FIRE_OCTAVES) * np.exp(0.3 * wander(rng, samples, 3.0))
    return scaled(crackle) + decibels(rng.uniform(-15, 9)) * roar, ("Crackle", "Fire")


def thunder(rng: Generator) -> Made:
    """A clap that rolls away."""
    duration = rng.uniform(2.5, 5)
    time = clock(duration)
    near = like(rng, len(time), THUNDER_OCTAVES, 6.0)
    swell = 0.1 * np.ones(len(time))
    for _ in range(rng.integers(4, 15)):
        onset, decay = rng.uniform(-0.2, 0.7) * duration, log_uniform(rng, 0.3, 2.0)
        since = (time - onset).clip(0)
        swell += rng.random() ** 2 * (1 - np.exp(-since / 0.15)) * np.exp(-since / decay)
    wave = near * swell * (1 + 0.5 * wander(rng, len(time), 12.0))
    if rng.random() < 0.5:
        wave += (
            rng.uniform(0.3, 2)
            * noise(rng, len(time), 3.0)
            * np.exp(-time / rng.uniform(0.05, 0.3))
        )
    return wave, ()


FAMILIES: tuple[tuple[float, Family], ...] = (
    (2.0, wind), (0.7, leaves), (2.0, rain), (1.0, rain_on_surface), (1.2, dripping),
    (1.5, running_water), (0.8, gushing), (1.2, surf), (1.2, fire), (1.0, thunder),
)  # fmt: skip
