"""Metal, glass and bars that ring: the sums of their modes."""

import numpy as np
from numpy.random import Generator

from starter.acoustics import (
    band,
    clock,
    log_uniform,
    noise,
    placed,
    repeated,
    room,
    scaled,
    size,
    struck,
)  # fmt: skip
from starter.signals.blows import burst
from starter.signals.family import Family, Made

Modes = list[tuple[float, float, float]]

# Ratios to the strike note: a church bell's (Fletcher and Rossing), a free bar's, a tuned bar's,
# a bowl's, a tube's
BELL = (0.5, 1.0, 1.183, 1.506, 2.0, 2.514, 2.662, 3.011, 4.166, 5.433, 6.796, 8.2, 9.7, 11.3)
FREE_BAR = (1.0, 2.756, 5.404, 8.933, 13.34)
TUNED_BAR = (1.0, 3.98, 9.9, 17.0)
BOWL = (1.0, 2.71, 5.1, 8.0, 11.5)


def modes(
    rng: Generator, base: float, ratios: tuple[float, ...], decay: float, tilt: float
) -> Modes:
    """Modes whose amplitude and decay fall with frequency; each split in two that beat."""
    found: Modes = []
    for ratio in ratios:
        frequency = base * ratio * rng.normal(1, 0.004)
        loudness = rng.uniform(0.4, 1) * ratio**-tilt
        last = decay * ratio ** -rng.uniform(0.4, 1.0)
        found.append((frequency, loudness, last))
        found.append((frequency * (1 + rng.uniform(0, 0.002)), 0.5 * rng.random() * loudness, last))
    return found


def church_bell(rng: Generator) -> Made:
    """One bell, or several that ring by turns, with the sound of the clapper."""
    duration, root = rng.uniform(2, 4), log_uniform(rng, 180, 900)
    tilt, clapper = rng.uniform(-0.2, 0.6), rng.uniform(0, 1)
    bells = []
    for step in (0, 2, 4, 7)[: rng.integers(1, 5)]:
        body = modes(rng, root * 2 ** (step / 12), BELL, log_uniform(rng, 2, 8), tilt)
        bell = struck(rng, 2.0, body, 0.0005)
        bell[: size(0.02)] += clapper * burst(rng, 0.02, 0.003)
        bells.append(bell)
    onsets = repeated(rng, duration, rng.uniform(0.3, 1.2), 0.04)
    events = [(onset, bells[number % len(bells)]) for number, onset in enumerate(onsets)]
    return room(rng, placed(duration, events)), ()


def hand_bell(rng: Generator) -> Made:
    """A small bell: of a desk, a bicycle, a cow; struck or shaken."""
    duration = rng.uniform(1.2, 2.5)
    body = modes(
        rng, log_uniform(rng, 700, 3500), BOWL, log_uniform(rng, 0.6, 4), rng.uniform(0, 0.6)
    )
    onsets = repeated(rng, duration, log_uniform(rng, 0.1, 0.9), 0.15)
    events = [
        (onset, struck(rng, duration, body, 0.0005) * rng.uniform(0.4, 1)) for onset in onsets
    ]
    return placed(duration, events), ("Ding",)


def ding(rng: Generator) -> Made:
    """A single ding."""
    body = modes(rng, log_uniform(rng, 800, 3000), FREE_BAR, log_uniform(rng, 0.8, 3), 0.8)
    return struck(rng, rng.uniform(1, 1.5), body, 0.001), ("Ding",)


def jingle_bells(rng: Generator) -> Made:
    """Sleigh bells: dozens of little bells, shaken in time."""
    duration, gap, events = rng.uniform(1.5, 3), rng.uniform(0.15, 0.5), []
    decay = log_uniform(rng, 0.06, 0.3)
    grains = [struck(rng, 0.3, modes(rng, log_uniform(rng, 3000, 9000), BOWL, decay, 0.3), 0.0004)
              for _ in range(12)]  # fmt: skip
    for onset in repeated(rng, duration, gap, 0.02):
        for _ in range(rng.integers(15, 50)):
            delay = abs(rng.normal(0, 0.05))
            events.append((onset + delay, rng.uniform(0.2, 1) * grains[rng.integers(12)]))
    return placed(duration, events), ("Jingle, tinkle",)


def wind_chime(rng: Generator) -> Made:
    """Tubes or shells that the wind knocks together."""
    duration = rng.uniform(2, 4)
    root, decay = log_uniform(rng, 900, 4000), log_uniform(rng, 0.4, 4)
    bases = root * 2 ** (np.array([0, 2, 4, 7, 9, 12]) / 12) * rng.normal(1, 0.02, 6)
    tubes = [struck(rng, 1.5, modes(rng, base, FREE_BAR, decay, 0.4)) for base in bases]
    onsets = rng.uniform(0, duration - 0.05, rng.poisson(duration * rng.uniform(4, 14)) + 3)
    events = [(float(o), rng.uniform(0.1, 1) * tubes[rng.integers(6)]) for o in onsets]
    return placed(duration, events), ("Wind chime", "Chime")


def bars(rng: Generator) -> Made:
    """A tune on wooden or metal bars."""
    duration, pace = rng.uniform(2, 4), log_uniform(rng, 0.12, 0.5)
    metal = rng.random() < 0.5
    root = log_uniform(rng, 500, 1600) if metal else log_uniform(rng, 200, 900)
    decay, ratios = (
        (rng.uniform(1.5, 4), FREE_BAR) if metal else (rng.uniform(0.15, 0.6), TUNED_BAR)
    )
    events = []
    for onset in repeated(rng, duration, pace, 0.02):
        base = root * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12, 14, 16]) / 12)
        tilt = rng.uniform(0.8, 1.6)
        events.append((onset, struck(rng, 1.5, modes(rng, base, ratios, decay, tilt))))
    name = "Glockenspiel" if metal else "Marimba, xylophone"
    return placed(duration, events), (name,)


def singing_bowl(rng: Generator) -> Made:
    """A bowl that is struck, or rubbed until it sings."""
    duration = rng.uniform(2.5, 4)
    body = modes(rng, log_uniform(rng, 120, 700), BOWL, log_uniform(rng, 6, 20), 0.9)
    attack = 0.003 if rng.random() < 0.6 else rng.uniform(0.3, 1.5)
    return struck(rng, duration, body, attack), ("Singing bowl",)


def gong(rng: Generator) -> Made:
    """A gong or a tam-tam: a crowd of modes that bloom."""
    duration = rng.uniform(2, 4)
    base = log_uniform(rng, 60, 250)
    body = [(base * ratio, rng.uniform(0.2, 1) / ratio**0.4, rng.uniform(2, 8) / ratio**0.3)
            for ratio in np.cumsum(rng.uniform(0.1, 0.6, 45)) + 0.9]  # fmt: skip
    return struck(rng, duration, body, log_uniform(rng, 0.002, 0.1)), ("Gong",)


def clinking(rng: Generator) -> Made:
    """Glasses that touch."""
    duration, events = rng.uniform(1, 2), []
    for onset in repeated(rng, duration, rng.uniform(0.15, 0.8), 0.2):
        base = log_uniform(rng, 1200, 4500)
        body = modes(rng, base, (1.0, 1.8, 2.32, 3.5, 4.25, 5.6), log_uniform(rng, 0.2, 1.2), 0.3)
        events.append((onset, rng.uniform(0.4, 1) * struck(rng, 1.0, body, 0.0002)))
    return placed(duration, events), ("Chink, clink", "Glass")


def metal(rng: Generator, base: float, decay: float) -> Modes:
    """A thing of metal: modes without any order."""
    return [(base * ratio, rng.random(), decay * rng.uniform(0.3, 1))
            for ratio in np.cumsum(rng.uniform(0.1, 0.7, 14)) + 0.7]  # fmt: skip


def shattering(rng: Generator) -> Made:
    """A pane breaks: a crash, and pieces that fall."""
    duration = rng.uniform(1, 1.8)
    pieces = []
    for _ in range(20):
        body = metal(rng, log_uniform(rng, 2500, 9000), log_uniform(rng, 0.02, 0.2))
        pieces.append(struck(rng, 0.3, body, 0.0002))
    count = rng.integers(60, 250)
    onsets = np.minimum(rng.exponential(rng.uniform(0.1, 0.4), count), duration - 0.05)
    events = [(float(o), rng.random() ** 3 * pieces[rng.integers(20)]) for o in onsets]
    crash = scaled(band(burst(rng, 0.6, rng.uniform(0.03, 0.15)), 2000, 15000, 1))
    return placed(duration, [(0.0, rng.uniform(1, 4) * crash), *events]), ("Glass",)


def dishes(rng: Generator) -> Made:
    """Cutlery, dishes, keys or coins: metal and china that clatter."""
    duration = rng.uniform(1.5, 3)
    low = log_uniform(rng, 400, 4000)
    things = []
    for _ in range(8):
        body = metal(rng, log_uniform(rng, low, 3 * low), log_uniform(rng, 0.04, 0.5))
        things.append(struck(rng, 0.5, body, 0.0003))
    onsets = rng.uniform(0, duration - 0.05, rng.poisson(duration * log_uniform(rng, 3, 25)) + 2)
    events = [(float(o), rng.random() ** 1.5 * things[rng.integers(8)]) for o in onsets]
    return placed(duration, events), ()


def hammering(rng: Generator) -> Made:
    """A hammer on metal."""
    duration = rng.uniform(1.5, 2.5)
    body = metal(rng, log_uniform(rng, 300, 1500), rng.uniform(0.1, 0.8))
    events = []
    for onset in repeated(rng, duration, rng.uniform(0.25, 0.7), 0.05):
        blow = struck(rng, 0.8, body, 0.0003)
        blow[: size(0.03)] += 2 * burst(rng, 0.03, 0.003)
        events.append((onset, blow))
    return placed(duration, events), ()


def music_box(rng: Generator) -> Made:
    """A tune on plucked teeth, above the works."""
    duration, events = rng.uniform(2, 4), []
    root = log_uniform(rng, 600, 1400)
    for onset in repeated(rng, duration, rng.uniform(0.15, 0.4), 0.03):
        base = root * 2 ** (rng.choice([0, 2, 4, 7, 9, 12, 16]) / 12)
        events.append((onset, struck(rng, 1.5, modes(rng, base, (1.0, 6.27, 17.5), 1.5, 1.0))))
    hiss = band(noise(rng, len(clock(duration))), 1000, 8000, 1)
    return placed(duration, events) + rng.uniform(0, 0.02) * hiss, ("Music",)


FAMILIES: tuple[tuple[float, Family], ...] = (
    (1.5, church_bell), (1.0, hand_bell), (0.5, ding), (0.8, jingle_bells), (1.0, wind_chime),
    (0.8, bars), (0.8, singing_bowl), (0.7, gong), (1.0, clinking), (1.2, shattering),
    (1.2, dishes), (0.7, hammering), (0.4, music_box),
)  # fmt: skip
