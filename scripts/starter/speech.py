"""Voices of espeak-ng: many languages and speakers, near and far, and many at once."""

import subprocess
from functools import cache

import numpy as np
import soxr
from numpy.random import Generator

from starter.acoustics import (
    SAMPLE_RATE,
    Wave,
    band,
    decibels,
    finished,
    log_uniform,
    placed,
    room,
    scaled,
    telephone,
)
from starter.clip import Sound
from starter.sentences import SENTENCES

ESPEAK_RATE = 22050
WAV_HEADER = 44  # bytes

# Kept for the test: never spoken in training. French in all its accents.
HELD_LANGUAGES = ("en-gb-scotland", "de", "fr", "fr-be", "fr-ch", "fr-fr", "pt-br", "fi")
HELD_VARIANTS = ("m6", "m7", "m8", "f4", "f5")
WHISPERS = ("whisper", "whisperf")
MUTE_LANGUAGES = ("chr-US-Qaaa-x-west",)  # says nothing to Latin letters and to digits
ODD_VARIANTS = ("fast", "Mr")  # made for tests; a name with a space in it
ENGLISH = ("en-us", "en-us", "en-gb", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029",
           "en-us-nyc")  # fmt: skip
SYLLABLES = ("ba", "ko", "mi", "ta", "lu", "sen", "ra", "po", "du", "gi", "no", "fa", "ve", "shi",
             "tor", "man", "el", "ist", "un", "ka", "le", "dro", "wa", "zu", "che")  # fmt: skip


def spoken(seed: int, number: int) -> Sound:
    """One voice, two by turns, or a crowd of them."""
    rng = np.random.default_rng((seed, number))
    kind = (monologue, conversation, babble)[rng.choice(3, p=[0.8, 0.08, 0.12])]
    wave, labels = kind(rng)
    if rng.random() < 0.2:
        wave = telephone(rng, wave)
    return finished(rng, f"speech-{seed}-{number}", wave, labels)


@cache
def languages() -> tuple[str, ...]:
    """The languages of espeak-ng that may be spoken, sorted."""
    return tuple(sorted(set(_listed("--voices", 1)) - {*HELD_LANGUAGES, *MUTE_LANGUAGES}))


@cache
def variants() -> tuple[str, ...]:
    """The variants of voices that may be used, sorted."""
    names = (path.rpartition("/")[2] for path in _listed("--voices=variant", 4))
    return tuple(sorted(set(names) - {*HELD_VARIANTS, *WHISPERS, *ODD_VARIANTS}))


def _listed(option: str, column: int) -> list[str]:
    listing = subprocess.run(["espeak-ng", option], capture_output=True, text=True, check=True)
    return [line.split()[column] for line in listing.stdout.splitlines()[1:]]


def text(rng: Generator, language: str) -> str:
    """Something to say: sentences of the language; else numbers, which it reads, and nonsense."""
    own = SENTENCES.get(language) or SENTENCES.get(language.split("-")[0])
    if own and rng.random() < 0.8:
        return " ".join(rng.permutation(own)[:2])
    numbers = [str(int(10 ** rng.uniform(0, 5))) for _ in range(rng.integers(2, 7))]
    words = ["".join(rng.choice(SYLLABLES, rng.integers(1, 5))) for _ in range(rng.integers(4, 12))]
    return ", ".join(numbers) + ", " + " ".join(words) + str(rng.choice([".", "?", "!"]))


def voice(rng: Generator, variant: str | None = None) -> Wave:
    """A voice that speaks for 3 to 8 seconds."""
    language = str(rng.choice(languages())) if rng.random() < 0.8 else str(rng.choice(ENGLISH))
    variant = variant or str(rng.choice(variants()))
    pitch, speed = rng.integers(15, 95), rng.integers(120, 230)
    options = ["-v", f"{language}+{variant}", "-p", str(pitch), "-s", str(speed), "--stdout"]
    output = subprocess.run(["espeak-ng", *options, text(rng, language)], capture_output=True)
    if output.returncode:  # some texts crash it in some languages
        return voice(rng, variant)
    samples = np.frombuffer(output.stdout[WAV_HEADER:], "<i2").astype(np.float32)
    wave = soxr.resample(samples / 32768, ESPEAK_RATE, SAMPLE_RATE).astype(np.float64)
    return trimmed(rng, wave)


def trimmed(rng: Generator, wave: Wave) -> Wave:
    """Without the silence around it, and 8 s of it at most."""
    loud = np.flatnonzero(np.abs(wave) > 0.01)
    if len(loud) == 0:
        return wave
    wave = wave[loud[0] : loud[-1] + 1]
    longest = round(rng.uniform(3, 8) * SAMPLE_RATE)
    start = rng.integers(max(1, len(wave) - longest))
    return wave[start : start + longest]


def monologue(rng: Generator) -> tuple[Wave, tuple[str, ...]]:
    """One person speaks or whispers."""
    if rng.random() < 0.08:
        return voice(rng, str(rng.choice(WHISPERS))), ("Whispering", "Speech")
    return voice(rng), ("Speech",)


def conversation(rng: Generator) -> tuple[Wave, tuple[str, ...]]:
    """Two people speak by turns."""
    parts, pause = [], np.zeros(round(rng.uniform(0.05, 0.4) * SAMPLE_RATE))
    for _ in range(2):
        output = voice(rng)
        parts += [scaled(output[: round(rng.uniform(1.2, 3) * SAMPLE_RATE)]), pause]
    return np.concatenate(parts), ("Speech", "Conversation")


def babble(rng: Generator) -> tuple[Wave, tuple[str, ...]]:
    """Four to ten people speak at once, none of them near."""
    duration = rng.uniform(3, 5)
    events = []
    for _ in range(rng.integers(4, 11)):
        output = scaled(voice(rng))
        endless = np.tile(output, 1 + int(duration * SAMPLE_RATE / len(output)))
        gain = decibels(rng.uniform(-10, 0))
        events.append((0.0, gain * np.roll(endless, rng.integers(len(endless)))))
    far = band(placed(duration, events), 150, log_uniform(rng, 1500, 8000), 1)
    return room(rng, far), ("Hubbub, speech noise, speech babble", "Speech")
