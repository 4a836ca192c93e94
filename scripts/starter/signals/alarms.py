"""Sirens, horns, bells and other things that call for attention."""

import numpy as np
from numpy.random import Generator
from scipy import signal

from starter.acoustics import (
    Wave,
    band,
    clock,
    gated,
    log_uniform,
    noise,
    placed,
    scaled,
    size,
    struck,
    tone,
    wander,
)  # fmt: skip
from starter.signals.family import Family, Made
from starter.signals.tones import overtones


def horn(rng: Generator, pitch: Wave | float, samples: int) -> Wave:
    """A tone of a horn loudspeaker: overtones that fall, with the horn's own resonances."""
    number = np.arange(1, 25)
    amplitudes = number ** -rng.uniform(0.6, 1.6) * (0.4 + rng.random(24))
    wave = tone(pitch, samples, amplitudes)
    return scaled(band(wave, rng.uniform(200, 600), rng.uniform(3000, 9000), 1))


def passing(rng: Generator, time: Wave) -> tuple[Wave, Wave]:
    """A vehicle that passes by: what it does to pitch (Doppler) and loudness."""
    speed, distance = rng.uniform(8, 30), rng.uniform(5, 40)
    along = speed * (time - rng.uniform(0.2, 0.8) * time[-1])
    away = np.hypot(along, distance)
    return 1 / (1 + speed * along / away / 343), distance / away


def street(rng: Generator, wave: Wave) -> Wave:
    """Add the traffic that is around, sometimes."""
    if rng.random() < 0.5:
        return wave
    return scaled(wave) + rng.uniform(0.02, 0.3) * noise(rng, len(wave), rng.uniform(3, 8))


def siren(rng: Generator) -> Made:
    """An electronic siren: wail, yelp or phaser, one or two vehicles, standing or passing."""
    time = clock(rng.uniform(2.5, 5))
    total = np.zeros(len(time))
    for _ in range(rng.choice([1, 1, 1, 2])):
        low = log_uniform(rng, 350, 850)
        span = rng.uniform(1.6, 2.8)
        period = (rng.uniform(2.5, 7), rng.uniform(0.2, 0.45), rng.uniform(0.06, 0.12),
                  rng.uniform(0.8, 2))[rng.choice(4, p=[0.5, 0.3, 0.07, 0.13])]  # fmt: skip
        phase, rising = (time / period + rng.random()) % 1, rng.uniform(0.2, 0.7)
        swing = np.where(phase < rising, phase / rising, (1 - phase) / (1 - rising))
        curve = rng.uniform(0.5, 3)
        swing = (1 - np.exp(-curve * swing)) / (1 - np.exp(-curve))
        doppler, gain = passing(rng, time) if rng.random() < 0.4 else (1.0, 1.0)
        total += gain * horn(rng, low * span**swing * doppler, len(time))
    return street(rng, total), ("Siren",)


def two_tone(rng: Generator) -> Made:
    """A hi-lo siren, as in Europe."""
    time = clock(rng.uniform(2.5, 5))
    low = log_uniform(rng, 360, 700)
    ratio = rng.choice([1.2, 4 / 3, 4 / 3, 1.26, 1.5])
    half = rng.choice([rng.uniform(0.35, 0.75), rng.uniform(0.1, 0.2)], p=[0.85, 0.15])
    turn = (time / half + rng.random()) % 2 < 1
    glide = np.convolve(turn, np.ones(640) / 640, "same") if rng.random() < 0.5 else turn
    doppler = passing(rng, time) if rng.random() < 0.5 else (1.0, 1.0)
    wave = doppler[1] * horn(rng, low * ratio**glide * doppler[0], len(time))
    return street(rng, wave), ("Siren",)


def civil_defence(rng: Generator) -> Made:
    """A motor siren that winds up, stays, and runs down."""
    time = clock(rng.uniform(3, 5))
    top, period = log_uniform(rng, 300, 650), rng.uniform(5, 14)
    phase = (time / period + rng.random()) % 1
    swing = 0.55 + 0.45 * np.sin(2 * np.pi * phase) ** rng.choice([1, 3])
    swing = np.maximum(swing, 0.4) if rng.random() < 0.7 else np.ones(len(time))
    wave = horn(rng, top * swing, len(time))
    if rng.random() < 0.5:
        wave += horn(rng, top * swing * rng.choice([1.2, 1.25, 1.33]), len(time))
    return street(rng, wave), ("Civil defense siren",)


def smoke_alarm(rng: Generator) -> Made:
    """A piezo of about 3 kHz: three beeps and a pause, or one after the other."""
    on, off = rng.uniform(0.3, 0.6), rng.uniform(0.2, 0.6)
    duration = rng.uniform(2, 4)
    gate = gated(rng, duration, on, off, 0.003)
    if rng.random() < 0.3:
        gate = gated(rng, duration, rng.uniform(0.06, 0.15), rng.uniform(0.04, 0.12), 0.003)
    pitch = log_uniform(rng, 2700, 3600)
    amplitudes = [1, rng.uniform(0, 0.4), rng.uniform(0.1, 0.6), rng.uniform(0, 0.2)]
    return gate * tone(pitch, len(gate), amplitudes), ("Smoke detector, smoke alarm",)


def fire_alarm(rng: Generator) -> Made:
    """A sounder in a corridor: sweeping, two-tone, a slow whoop, or bursts of a harsh tone."""
    time = clock(rng.uniform(2, 4))
    low = log_uniform(rng, 500, 1000)
    high = low * rng.uniform(1.15, 2.4)
    phase = (time * log_uniform(rng, 0.4, 9)) % 1
    kind = rng.integers(4)
    whoop = low * (high / low) ** np.minimum(phase * 1.15, 1)
    pitch = (low + (high - low) * phase, np.where(phase < 0.5, low, high), whoop, high)[kind]
    wave = tone(pitch, len(time), 1 / np.arange(1, 20) ** rng.uniform(0.5, 1.2))
    if kind == 3:
        wave *= gated(rng, len(time) / 32000, rng.uniform(0.15, 0.6), rng.uniform(0.1, 0.5))
    return wave, ("Alarm",)


def alarm_clock(rng: Generator) -> Made:
    """The beeps of a digital alarm clock: groups of two to four."""
    number, on, off = rng.integers(2, 5), rng.uniform(0.04, 0.12), rng.uniform(0.04, 0.1)
    pause = rng.uniform(0.2, 0.6)
    period = number * (on + off) + pause
    time = (clock(rng.uniform(2, 4)) + rng.random()) % period
    inside = (time % (on + off) < on) & (time < number * (on + off))
    gate = np.convolve(inside, np.ones(64) / 64, "same")
    pitch = rng.choice([2048.0, 4096.0, log_uniform(rng, 1500, 4200)], p=[0.4, 0.1, 0.5])
    return gate * tone(pitch, len(time), overtones(rng)), ("Alarm clock",)


def ringing(rng: Generator) -> Made:
    """Two gongs and a hammer: the bell of an old telephone, an alarm clock, a school or a fire."""
    kind = rng.integers(3)
    duration, rate = rng.uniform(2, 3.5), rng.uniform(16, 32)
    gongs = []
    for _ in range(2):
        base = log_uniform(rng, 800, 2600)
        ratios = np.array([1.0, 1.51, 2.3, 3.1, 4.05, 5.4]) * rng.uniform(0.98, 1.02, 6)
        modes = [(base * r, rng.uniform(0.2, 1), rng.uniform(0.3, 1.2)) for r in ratios]
        gongs.append(struck(rng, 0.9, modes, 0.0005))
    blows = np.zeros((2, size(duration)))
    for number, onset in enumerate(np.arange(0, duration - 0.02, 1 / rate)):
        at = round((onset + rng.normal(0, 0.001)) * 32000)
        blows[number % 2 if kind < 2 else 0, max(at, 0)] = rng.uniform(0.7, 1.3)
    if kind == 0:  # bursts
        blows *= gated(rng, duration, rng.uniform(0.4, 2.0), rng.uniform(0.2, 0.6))
    pair = zip(blows, gongs, strict=True)
    wave = sum((signal.fftconvolve(b, g)[: blows.shape[1]] for b, g in pair), blows[0] * 0)
    labels = (("Telephone bell ringing",), ("Alarm clock",), ("Alarm", "Bell"))[kind]
    return wave, labels


def buzzer(rng: Generator) -> Made:
    """A harsh low buzz, once or in bursts."""
    duration = rng.uniform(1.5, 3)
    wave = tone(log_uniform(rng, 70, 500), size(duration), rng.random(40) + 0.3)
    for _ in range(3):
        wave += 0.7 * band(wave, low := log_uniform(rng, 300, 4000), 1.3 * low, 1)
    if rng.random() < 0.6:
        wave *= gated(rng, duration, rng.uniform(0.3, 1.2), rng.uniform(0.1, 0.4))
    return np.tanh(scaled(wave) * rng.uniform(0.5, 2)), ("Buzzer",)


def honk(rng: Generator, roots: tuple[float, float], brightness: float, duration: float) -> Wave:
    """A horn of two or more reeds or diaphragms, with its attack and its decay."""
    samples = size(duration)
    root = log_uniform(rng, *roots)
    number = int(rng.choice([1, 2, 2, 2, 3]))
    wave = np.zeros(samples)
    edge = np.clip(np.minimum(clock(duration) / 0.02, (duration - clock(duration)) / 0.05), 0, 1)
    for ratio in (1.0, rng.choice([1.19, 1.26, 1.2]), 1.5)[:number]:
        pitch = root * ratio * (1 - 0.02 * (1 - edge)) * rng.uniform(0.995, 1.005)
        amplitudes = np.exp(-((np.arange(1, 31) * root / brightness) ** 1.2)) * (
            0.3 + rng.random(30)
        )
        wave += tone(pitch, samples, amplitudes, rng.random())
    return edge * wave


def car_horn(rng: Generator) -> Made:
    """A car horn, pressed a few times."""
    events, onset, duration = [], 0.03, rng.uniform(1.5, 3.5)
    root = log_uniform(rng, 310, 480)
    brightness = rng.uniform(1500, 4000)
    length = log_uniform(rng, 0.15, 1.5)
    while onset < duration - 0.1:
        last = length * rng.uniform(0.6, 1.3)
        events.append((onset, honk(rng, (root, root), brightness, last)))
        onset += last + rng.uniform(0.05, 0.35)
    return street(rng, placed(duration, events)), ("Vehicle horn, car horn, honking",)


def truck_horn(rng: Generator) -> Made:
    """An air horn."""
    wave = honk(rng, (130, 320), rng.uniform(1200, 3000), rng.uniform(1.2, 2.5))
    return street(rng, wave), ("Vehicle horn, car horn, honking",)


def train_horn(rng: Generator) -> Made:
    """A chord of air horns."""
    duration = rng.uniform(1.5, 3)
    root = log_uniform(rng, 220, 400)
    chord = ((1.0, 1.19, 1.335, 1.5, 1.68), (1.0, 1.26, 1.5), (1.0, 1.335, 1.68), (1.0, 1.19))
    wave = np.zeros(size(duration))
    brightness = rng.uniform(1200, 3000)
    for ratio in chord[rng.integers(4)]:
        wave += honk(rng, (root * ratio, root * ratio), brightness, duration)
    return street(rng, wave), ()


def foghorn(rng: Generator) -> Made:
    """A ship far away in the fog."""
    duration = rng.uniform(2, 4)
    wave = honk(rng, (70, 160), rng.uniform(400, 1200), duration)
    return wave + 0.05 * scaled(noise(rng, len(wave), 6.0)), ()


def reversing(rng: Generator) -> Made:
    """A lorry goes backwards: beeps, above its engine."""
    on = rng.uniform(0.3, 0.6)
    gate = gated(rng, rng.uniform(2.5, 4), on, on * rng.uniform(0.8, 1.2))
    wave = gate * tone(log_uniform(rng, 1000, 1600), len(gate), [1, 0.1, 0.3, 0.05, 0.1])
    rumble = noise(rng, len(gate), 8.0) * (1 + 0.3 * wander(rng, len(gate), 20.0))
    return scaled(wave) + rng.uniform(0, 0.4) * rumble, ("Beep, bleep",)


def doorbell(rng: Generator) -> Made:
    """Ding-dong."""
    high = log_uniform(rng, 500, 1100)
    gap = rng.uniform(0.35, 0.8)
    events = []
    for onset, base in ((0.02, high), (gap, high * rng.choice([0.8, 0.75, 0.84, 0.667]))):
        decay = rng.uniform(1, 3)
        modes = [
            (base, 1.0, decay),
            (base * 2, 0.1, 1.0),
            (base * 2.756, rng.uniform(0.05, 0.5), decay * 0.5),
            (base * 5.4, rng.uniform(0.02, 0.3), decay * 0.2),
        ]
        events.append((onset, struck(rng, 2.0, modes)))
    return placed(gap + rng.uniform(0.8, 1.5), events), ("Ding-dong", "Doorbell")


def car_alarm(rng: Generator) -> Made:
    """A car alarm: pieces of several sirens, or the horn again and again."""
    if rng.random() < 0.4:
        gate = gated(rng, 3.0, rng.uniform(0.25, 0.6), rng.uniform(0.2, 0.5), 0.01)
        root = log_uniform(rng, 310, 480)
        return gate * honk(rng, (root, root), rng.uniform(1500, 4000), 3.0), (
            "Vehicle horn, car horn, honking",
        )
    pitches = []
    for _ in range(4):
        time = clock(rng.uniform(0.5, 1.0))
        swing = signal.sawtooth(
            2 * np.pi * log_uniform(rng, 1.5, 12) * time, rng.choice([0, 0.5, 1])
        )
        pitches.append(rng.uniform(900, 1500) * 1.8 ** (0.5 * swing))
    pitch = np.concatenate(pitches)
    return street(rng, horn(rng, pitch, len(pitch))), ("Siren",)


FAMILIES: tuple[tuple[float, Family], ...] = (
    (4.0, siren), (2.0, two_tone), (1.0, civil_defence), (1.5, smoke_alarm), (1.5, fire_alarm),
    (1.5, alarm_clock), (2.0, ringing), (1.0, buzzer), (1.8, car_horn), (0.8, truck_horn),
    (1.0, train_horn), (0.5, foghorn), (0.8, reversing), (0.8, doorbell), (0.7, car_alarm),
)  # fmt: skip
