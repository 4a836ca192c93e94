"""Things that hit things: hands, knuckles, keys, feet, clocks, shots."""

import numpy as np
from numpy.random import Generator

from starter.acoustics import (
    SAMPLE_RATE,
    Wave,
    band,
    clock,
    log_uniform,
    noise,
    placed,
    repeated,
    resonance,
    room,
    scaled,
    size,
    struck,
)  # fmt: skip
from starter.signals.family import Family, Made


def burst(rng: Generator, last: float, decay: float, attack: float = 0.0003) -> Wave:
    """Noise that starts at once and dies away with a time constant, both in seconds."""
    time = clock(last)
    return rng.standard_normal(len(time)) * np.exp(-time / decay) * np.minimum(time / attack, 1)


def clap(rng: Generator, pitch: float, quality: float, decay: float, air: float) -> Wave:
    """One clap: noise through the hollow between two hands (Repp, 1987), and some past it."""
    snap = burst(rng, 0.06, decay)
    hollow = resonance(snap, pitch * rng.uniform(0.93, 1.07), quality)
    return scaled(hollow) + air * scaled(band(snap, 1500, 9000, 1))


def hands(rng: Generator) -> tuple[float, float, float, float]:
    """One person's claps: pitch in Hz, quality, decay in seconds, share of air."""
    air = rng.uniform(0, 0.4) * (rng.random() < 0.6)
    return (
        log_uniform(rng, 600, 2400),
        log_uniform(rng, 0.8, 6),
        log_uniform(rng, 0.001, 0.014),
        air,
    )


def clapping(rng: Generator) -> Made:
    """One to eight people clap in time, or fast."""
    duration, gap = rng.uniform(1.5, 4), log_uniform(rng, 0.16, 0.55)
    rhythm = rng.random(8) < rng.choice([1.0, 0.8])
    events = []
    for _ in range(rng.choice([1, 1, 1, 2, 4, 8])):
        own, late = hands(rng), rng.normal(0, 0.02)
        for number, onset in enumerate(repeated(rng, duration, gap, 0.03)):
            if rhythm[number % 8]:
                events.append((max(onset + late, 0), rng.uniform(0.5, 1) * clap(rng, *own)))
    wave = placed(duration, events)
    return (room(rng, wave) if rng.random() < 0.5 else wave), ("Clapping", "Hands")


def applause(rng: Generator) -> Made:
    """An audience: from ten people to hundreds, each with a pace and hands of their own."""
    duration = rng.uniform(2, 4)
    wave = np.zeros(size(duration))
    kinds = [[scaled(clap(rng, *own)) for _ in range(4)] for own in (hands(rng) for _ in range(30))]
    for _ in range(int(log_uniform(rng, 10, 150))):
        gain, kind = 10 ** rng.normal(0, 0.3), kinds[rng.integers(len(kinds))]
        for onset in repeated(rng, duration, log_uniform(rng, 0.14, 0.35), 0.08):
            snap = kind[rng.integers(4)]
            first = round(onset * SAMPLE_RATE)
            wave[first : first + len(snap)] += gain * snap[: len(wave) - first]
    return (room(rng, wave) if rng.random() < 0.3 else wave), ("Applause", "Clapping")


def snapping(rng: Generator) -> Made:
    """Fingers snap: a slide, then a short bright blow."""
    duration, events = rng.uniform(1.5, 3), []
    pitch, quality = log_uniform(rng, 1500, 4500), log_uniform(rng, 0.6, 3)
    decay = log_uniform(rng, 0.0015, 0.006)
    for onset in repeated(rng, duration, rng.uniform(0.25, 0.7), 0.05):
        snap = burst(rng, 0.06, decay)
        ring = resonance(snap, pitch * rng.uniform(0.95, 1.05), quality)
        blow = scaled(ring) + rng.uniform(0.1, 0.8) * scaled(band(snap, 1500, 16000, 1))
        events.append((onset, blow * rng.uniform(0.6, 1)))
    return room(rng, placed(duration, events)), ()


def boxy(rng: Generator, low: float, high: float, last: float) -> Wave:
    """A blow on a board, a box or a floor: noise that a few broad resonances colour."""
    blow = burst(rng, last, rng.uniform(0.001, 0.004), 0.001)
    body = [scaled(resonance(blow, log_uniform(rng, low, high), log_uniform(rng, 2, 10)))
            for _ in range(5)]  # fmt: skip
    return sum(body, rng.uniform(0.05, 0.6) * scaled(band(blow, 0, min(8 * high, 15000), 1)))


def knocking(rng: Generator) -> Made:
    """Knuckles on a door: groups of two to five."""
    duration, gap = rng.uniform(1.2, 2.5), rng.uniform(0.12, 0.25)
    low = log_uniform(rng, 60, 150)
    blow, events = boxy(rng, low, rng.uniform(4, 9) * low, 0.25), []
    onset, number = 0.03, rng.integers(2, 6)
    while onset < duration - 0.15:
        for _ in range(number):
            hard = rng.uniform(0.6, 1)
            events.append((onset, hard * (blow + 0.2 * boxy(rng, low, 9 * low, 0.25))))
            onset += gap * rng.uniform(0.93, 1.07)
        onset += rng.uniform(0.1, 0.5)
    return room(rng, placed(duration, events)), ("Knock",)


def tapping(rng: Generator) -> Made:
    """A pencil, a fingernail or a stick on a table."""
    duration, low = rng.uniform(1.2, 2.5), log_uniform(rng, 150, 1200)
    blow = boxy(rng, low, 6 * low, 0.12)
    onsets = repeated(rng, duration, log_uniform(rng, 0.08, 0.4), rng.uniform(0.02, 0.3))
    return placed(duration, [(onset, blow * rng.uniform(0.3, 1)) for onset in onsets]), ()


def typing(rng: Generator) -> Made:
    """Keys: each a click down and a weaker one up."""
    duration, events, onset = rng.uniform(2, 4), [], 0.02
    pace, low = log_uniform(rng, 0.07, 0.18), log_uniform(rng, 800, 3500)
    keys = [scaled(band(burst(rng, 0.06, log_uniform(rng, 0.002, 0.01)), low, 14000, 1))
            + rng.uniform(0, 0.2) * boxy(rng, 100, 600, 0.06) for _ in range(10)]  # fmt: skip
    while onset < duration - 0.1:
        hard = rng.uniform(0.4, 1)
        events.append((onset, hard * keys[rng.integers(10)]))
        release = onset + rng.uniform(0.05, 0.1)
        events.append((release, hard * rng.uniform(0.1, 0.6) * keys[rng.integers(10)]))
        onset += pace * log_uniform(rng, 0.5, 2.2)
    return placed(duration, events), ()


def clicking(rng: Generator) -> Made:
    """Clicks of a mouse, a pen or a switch."""
    duration, events = rng.uniform(1, 2.5), []
    body = [
        (log_uniform(rng, 1200, 7000), rng.random(), rng.uniform(0.005, 0.03)) for _ in range(4)
    ]
    for onset in repeated(rng, duration, rng.uniform(0.12, 0.5), 0.2):
        for delay in (0.0, rng.uniform(0.03, 0.12)):
            click = struck(rng, 0.04, body, 0.0002)
            events.append((onset + delay, click + 0.3 * burst(rng, 0.04, 0.001)))
    return placed(duration, events), ()


def clock_ticking(rng: Generator) -> Made:
    """A clock: tick, tock."""
    duration, gap, events = rng.uniform(2, 4), rng.choice([0.2, 0.25, 0.4, 0.5, 0.5, 0.333]), []
    wheels = [[(log_uniform(rng, 900, 7000), rng.random(), log_uniform(rng, 0.008, 0.08))
               for _ in range(7)] for _ in range(2)]  # fmt: skip
    alike = rng.random() < 0.4
    for number, onset in enumerate(repeated(rng, duration, gap, 0.002)):
        tick = struck(rng, 0.12, wheels[0 if alike else number % 2], 0.0002)
        tick += 0.2 * np.pad(burst(rng, 0.02, 0.001), (0, len(tick) - size(0.02)))
        events.append((onset, tick * (1 if number % 2 else rng.uniform(0.6, 1))))
    return placed(duration, events), ("Tick-tock", "Tick", "Clock", "Mechanisms")


def footsteps(rng: Generator) -> Made:
    """Steps: heel and toe, on wood, stone or gravel."""
    duration, events = rng.uniform(2, 4), []
    low, hard = log_uniform(rng, 60, 250), rng.random()
    decay = log_uniform(rng, 0.006, 0.04)
    for onset in repeated(rng, duration, rng.uniform(0.35, 0.65), 0.03):
        for delay, gain in ((0.0, 1.0), (rng.uniform(0.05, 0.13), rng.uniform(0.1, 0.7))):
            grit = burst(rng, 0.2, decay, 0.006) * rng.random(size(0.2)) ** 4
            step = hard * boxy(rng, low, 8 * low, 0.2)
            step += (1 - hard) * scaled(band(grit, 300, rng.uniform(3000, 9000), 1))
            events.append((onset + delay, gain * rng.uniform(0.7, 1) * step))
    return room(rng, placed(duration, events)), ()


def bouncing(rng: Generator) -> Made:
    """A ball that bounces, ever faster."""
    gap, keep, onset, gain, events = rng.uniform(0.3, 0.6), rng.uniform(0.72, 0.92), 0.02, 1.0, []
    body = [
        (log_uniform(rng, 60, 700), rng.random(), log_uniform(rng, 0.03, 0.2)) for _ in range(6)
    ]
    while gap > 0.03 and onset < 2.5:
        hit = struck(rng, 0.25, body, 0.001)
        hit[: size(0.03)] += 0.2 * burst(rng, 0.03, 0.004)
        events.append((onset, gain * hit))
        onset, gap, gain = onset + gap, gap * keep, gain * keep
    return placed(onset + 0.2, events), ()


def thud(rng: Generator) -> Made:
    """Something heavy falls, or is struck: one low blow, or a few."""
    duration, low = rng.uniform(1, 1.5), log_uniform(rng, 40, 120)
    onsets = repeated(rng, duration, rng.uniform(0.35, 1.0))
    events = [(onset, boxy(rng, low, 5 * low, 0.5)) for onset in onsets]
    return room(rng, placed(duration, events)), ()


def shot(rng: Generator) -> Made:
    """Shots: a crack, a boom, the echo; single or in bursts."""
    duration, time = rng.uniform(1.2, 2.5), clock(0.9)
    gap = rng.choice([log_uniform(rng, 0.06, 0.13), rng.uniform(0.3, 0.9)], p=[0.4, 0.6])
    crack = noise(rng, len(time), rng.uniform(1, 4)) * np.exp(-time / log_uniform(rng, 0.02, 0.08))
    echo = noise(rng, len(time), rng.uniform(4, 7)) * np.exp(-time / log_uniform(rng, 0.1, 0.4))
    blast = np.minimum(time / 0.0003, 1) * (crack + rng.uniform(0.05, 0.3) * echo)
    onsets = repeated(rng, duration, gap, 0.05)
    wave = placed(duration, [(onset, rng.uniform(0.8, 1) * blast) for onset in onsets])
    wave = np.tanh(rng.uniform(1, 4) * wave)
    return (room(rng, wave) if rng.random() < 0.5 else wave), ("Bang",)


def explosion(rng: Generator) -> Made:
    """A boom that rumbles on."""
    duration = rng.uniform(1.5, 3)
    time = clock(duration)
    wave = noise(rng, len(time), rng.uniform(4, 7)) * np.exp(-time / log_uniform(rng, 0.2, 1.0))
    wave += rng.uniform(0.1, 0.8) * noise(rng, len(time), 1.0) * np.exp(-time / 0.04)
    return room(rng, np.tanh(rng.uniform(1, 5) * scaled(wave))), ("Explosion",)


FAMILIES: tuple[tuple[float, Family], ...] = (
    (4.0, clapping), (3.5, applause), (1.5, snapping), (1.8, knocking), (0.8, tapping),
    (1.5, typing), (0.8, clicking), (1.5, clock_ticking), (1.2, footsteps), (0.5, bouncing),
    (0.7, thud), (1.5, shot), (0.8, explosion),
)  # fmt: skip
