"""Music and other sounds of a General MIDI sound font, played by FluidSynth.

It needs the packages libfluidsynth3 and fluid-soundfont-gm (FluidR3, MIT licence) of Debian.
"""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from starter.acoustics import (
    finished,
    log_uniform,
    telephone,
)  # fmt: skip
from starter.clip import Sound
from starter.programs import DRUM_KEYS, DRUM_MACHINES, FIRST_KEY, KITS, PROGRAMS, RANGES

DRUMS = 9  # the channel of the drum kit
DRUM_BANK = 128
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
PROGRESSIONS = ((0, 4, 5, 3), (0, 3, 4, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 0, 3, 4), (0, 3, 0, 4))
CHORDAL = (0, 1, 2, 4, 5, 6, 16, 18, 19, 21, 24, 25, 26, 27, 29, 30, 46, 48, 50, 88, 89, 90)
LEADING = (0, 4, 11, 12, 21, 22, 24, 26, 29, 40, 42, 52, 56, 57, 60, 64, 65, 66, 68, 71, 73, 74, 75,
           80, 81, 105, 110)  # fmt: skip


class Note(NamedTuple):
    """A note: onset and duration in seconds, its channel, its MIDI key and velocity."""

    onset: float
    duration: float
    channel: int
    key: int
    velocity: int


class Part(NamedTuple):
    """What is played: each channel's (bank, program), the notes, seconds, and the labels."""

    programs: dict[int, tuple[int, int]]
    notes: list[Note]
    duration: float
    labels: tuple[str, ...]


def played(seed: int, number: int) -> Sound:
    """Notes, phrases, chords, drums and small bands."""
    from starter.synthesizer import render  # which needs FluidSynth

    kinds = (single, phrase, chords, drums, beat, band)
    rng = np.random.default_rng((seed, number))
    part = kinds[rng.choice(6, p=[0.2, 0.22, 0.1, 0.08, 0.1, 0.3])](rng)
    wave = render(part)
    if rng.random() < 0.15:
        wave = telephone(rng, wave)
    return finished(rng, f"music-{seed}-{number}", wave, part.labels)


def velocity(rng: Generator) -> int:
    """How hard a key is struck."""
    return int(rng.integers(50, 125))


def single(rng: Generator) -> Part:
    """One note, or the same again."""
    program = int(rng.integers(128))
    low, high = RANGES[program // 8]
    key, duration = int(rng.integers(low, high)), rng.uniform(1.5, 3)
    gap = rng.choice([duration, rng.uniform(0.3, 1.0)])
    notes = [Note(onset, gap * rng.uniform(0.6, 1), 0, key, velocity(rng))
             for onset in np.arange(0.01, duration - 0.1, gap)]  # fmt: skip
    return Part({0: (0, program)}, notes, duration, PROGRAMS[program])


def tune(rng: Generator, channel: int, low: int, high: int, duration: float, scale: list[int],
         pace: float) -> list[Note]:  # fmt: skip
    """A melody that walks up and down a scale, given as all its keys."""
    steps = [key for key in scale if low <= key <= high]
    place, onset, notes = int(rng.integers(len(steps))), 0.01, []
    while onset < duration - 0.05:
        last = pace * rng.choice([0.5, 0.5, 1, 1, 1, 2])
        place = int(np.clip(place + rng.integers(-3, 4), 0, len(steps) - 1))
        if rng.random() < 0.92:
            notes.append(
                Note(onset, last * rng.uniform(0.7, 1.05), channel, steps[place], velocity(rng))
            )
        onset += last
    return notes


def scale_of(rng: Generator) -> list[int]:
    """All keys of a major or minor scale."""
    root, steps = int(rng.integers(12)), (MAJOR, MINOR)[rng.integers(2)]
    return [12 * octave + root + step for octave in range(10) for step in steps]


def phrase(rng: Generator) -> Part:
    """A melody on one instrument."""
    program, duration = int(rng.integers(120)), rng.uniform(2, 5)
    low, high = RANGES[program // 8]
    low = int(rng.integers(low, high - 20))
    notes = tune(rng, 0, low, low + 20, duration, scale_of(rng), log_uniform(rng, 0.12, 0.6))
    return Part({0: (0, program)}, notes, duration, PROGRAMS[program])


def triads(rng: Generator, channel: int, scale: list[int], bar: float, duration: float,
           degrees: tuple[int, ...]) -> list[Note]:  # fmt: skip
    """Chords of a progression, a bar each: held, repeated or broken."""
    style, base, notes = rng.integers(3), 7 * int(rng.integers(4, 6)), []
    beats = int(rng.choice([2, 4]))
    for number, onset in enumerate(np.arange(0.01, duration, bar)):
        chord = [scale[base + degrees[number % 4] + step] for step in (0, 2, 4, 7)]
        if style == 0:
            notes += [Note(onset, 0.95 * bar, channel, key, velocity(rng)) for key in chord[:3]]
        for beat in range(beats if style == 1 else 0):
            moment, held = onset + beat * bar / beats, 0.7 * bar / beats
            notes += [Note(moment, held, channel, key, velocity(rng)) for key in chord]
        for beat in range(8 if style == 2 else 0):
            key = chord[(0, 1, 2, 3, 2, 1, 2, 1)[beat]]
            notes.append(Note(onset + beat * bar / 8, bar / 4, channel, key, velocity(rng)))
    return notes


def chords(rng: Generator) -> Part:
    """Chords on one instrument."""
    program, duration = int(rng.choice(CHORDAL)), rng.uniform(2.5, 5)
    degrees = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    notes = triads(rng, 0, scale_of(rng), rng.uniform(0.8, 2.4), duration, degrees)
    return Part({0: (0, program)}, notes, duration, PROGRAMS[program])


def drums(rng: Generator) -> Part:
    """One drum, cymbal or other instrument of the kit, again and again."""
    index, duration = int(rng.integers(len(DRUM_KEYS))), rng.uniform(1.5, 3)
    gap = log_uniform(rng, 0.08, 0.7)
    hits = rng.random(8) < rng.choice([1.0, 0.7])
    onsets = np.arange(0.01, duration - 0.05, gap)
    notes = [Note(onset, 0.3, DRUMS, FIRST_KEY + index, velocity(rng))
             for number, onset in enumerate(onsets) if hits[number % 8]]  # fmt: skip
    kit = int(rng.choice(KITS))
    return Part({DRUMS: (DRUM_BANK, kit)}, notes, duration, DRUM_KEYS[index])


def pattern(rng: Generator, duration: float, bar: float) -> list[Note]:
    """A drummer: bass drum, snare, hi-hat or ride, fills, on sixteenths."""
    step, notes = bar / 16, []
    kick = (rng.random(16) < 0.15) | np.isin(np.arange(16), rng.choice([0, 8, 4, 12], 2))
    back = np.isin(np.arange(16), (4, 12)) | (rng.random(16) < 0.05)
    hats = np.arange(16) % rng.choice([1, 2, 2, 4]) == 0
    hat, snare = int(rng.choice([42, 42, 46, 51, 44])), int(rng.choice([38, 38, 40, 37]))
    for number, onset in enumerate(np.arange(0.01, duration, step)):
        place = number % 16
        moment = onset + abs(rng.normal(0, 0.004))
        for plays, key in ((kick, 36), (back, snare), (hats, hat)):
            if plays[place]:
                notes.append(Note(moment, 0.2, DRUMS, key, velocity(rng)))
        if number % 64 == 0:
            notes.append(Note(moment, 1.0, DRUMS, 49, velocity(rng)))
        if rng.random() < 0.04:
            notes.append(
                Note(moment, 0.2, DRUMS, int(rng.choice([41, 45, 48, 50, 54, 56])), velocity(rng))
            )
    return notes


def kit_labels(kit: int) -> tuple[str, ...]:
    """The labels of a drum pattern."""
    return ("Drum kit", "Drum", "Percussion", *(("Drum machine",) if kit in DRUM_MACHINES else ()))


def beat(rng: Generator) -> Part:
    """A drummer alone."""
    kit, duration = int(rng.choice(KITS)), rng.uniform(2.5, 5)
    notes = pattern(rng, duration, rng.uniform(1.4, 2.8))
    return Part({DRUMS: (DRUM_BANK, kit)}, notes, duration, kit_labels(kit))


def band(rng: Generator) -> Part:
    """Chords, bass and melody, mostly with a drummer."""
    bar, duration = rng.uniform(1.4, 2.8), rng.uniform(3, 6)
    scale, degrees = scale_of(rng), PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    chordal, leading = int(rng.choice(CHORDAL)), int(rng.choice(LEADING))
    programs = {0: (0, chordal), 1: (0, int(rng.integers(32, 40))), 2: (0, leading)}
    labels: tuple[str, ...] = ("Music", "Musical instrument")
    notes = triads(rng, 0, scale, bar, duration, degrees)
    for number, onset in enumerate(np.arange(0.01, duration, bar / 4)):
        key = scale[14 + degrees[number // 4 % 4]] + int(rng.choice([0, 0, 0, 7, 12]))
        notes.append(Note(onset, 0.22 * bar, 1, key, velocity(rng)))
    if rng.random() < 0.7:
        low = RANGES[leading // 8][0] + 12
        notes += tune(rng, 2, low, low + 24, duration, scale, bar / rng.choice([4, 8]))
        labels += PROGRAMS[leading]
    if rng.random() < 0.75:
        kit = int(rng.choice(KITS))
        programs[DRUMS] = (DRUM_BANK, kit)
        notes += pattern(rng, duration, bar)
        labels += kit_labels(kit)
    return Part(programs, notes, duration, labels)
