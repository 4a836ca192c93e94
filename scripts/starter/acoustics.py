"""What the makers of sound share: noise, tones, struck bodies, rooms, levels.

While it is being made, a waveform is a Wave: float64 (samples,) at 32 kHz, of any amplitude;
finished() brings it to a level. All random numbers come from a generator of the clip's own, `rng`.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy import fft, signal

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.audioset import AUDIOSET
from starter.clip import Sound

Wave = NDArray[np.float64]  # (samples,) at 32 kHz

NYQUIST = SAMPLE_RATE / 2
BLOCK = 320  # samples: lengths are multiples of it, for fast Fourier transforms
LEVELS = (-35.0, -12.0)  # dBFS, the quietest and the loudest RMS level
PEAK = 0.98


def size(duration: float) -> int:
    """The samples of a duration in seconds: a multiple of a block."""
    return max(1, round(duration * SAMPLE_RATE / BLOCK)) * BLOCK


def clock(duration: float) -> Wave:
    """The time of each sample in seconds."""
    return np.arange(size(duration)) / SAMPLE_RATE


def log_uniform(rng: Generator, low: float, high: float) -> float:
    """A number between two, every factor equally likely: for frequencies and durations."""
    return low * (high / low) ** rng.random()


def decibels(level: float) -> float:
    """The factor that a level in dB stands for."""
    return float(10 ** (level / 20))


def scaled(wave: Wave, level: float = 0.0) -> Wave:
    """Bring a waveform to an RMS level.

    Args:
        wave: (samples,).
        level: in dB below an RMS of 1.

    Returns:
        (samples,); of silence, silence.
    """
    rms = math.sqrt(float(np.mean(wave**2)))
    return wave * (decibels(level) / rms) if rms > 0 else wave


def shaped(wave: Wave, corners: Sequence[tuple[float, float]]) -> Wave:
    """Filter without delay.

    Args:
        wave: (samples,).
        corners: frequencies in Hz, ascending, and the gains there in dB, linear over log f between.

    Returns:
        (samples,).
    """
    spectrum = fft.rfft(wave)
    octaves = np.log2(np.maximum(fft.rfftfreq(len(wave), 1 / SAMPLE_RATE), 10.0))
    at, gains = zip(*corners, strict=True)
    spectrum *= 10 ** (np.interp(octaves, np.log2(at), gains) / 20)
    return np.asarray(fft.irfft(spectrum, len(wave)))


def band(wave: Wave, low: float, high: float, order: int = 2) -> Wave:
    """Keep a band of frequencies (Butterworth).

    Args:
        wave: (samples,).
        low: in Hz; 0 for no lower end.
        high: in Hz; 16000 for no upper end.
        order: of the filter.

    Returns:
        (samples,).
    """
    if low <= 0:
        sos = signal.butter(order, high, "low", fs=SAMPLE_RATE, output="sos")
    elif high >= NYQUIST:
        sos = signal.butter(order, low, "high", fs=SAMPLE_RATE, output="sos")
    else:
        sos = signal.butter(order, (low, high), "band", fs=SAMPLE_RATE, output="sos")
    return np.asarray(signal.sosfilt(sos, wave))


def resonance(wave: Wave, frequency: float, quality: float) -> Wave:
    """Let a waveform excite a resonance.

    Args:
        wave: (samples,).
        frequency: in Hz.
        quality: the frequency divided by the bandwidth.

    Returns:
        (samples,).
    """
    return np.asarray(signal.lfilter(*signal.iirpeak(frequency, quality, SAMPLE_RATE), wave))


def noise(rng: Generator, samples: int, slope: float = 0.0) -> Wave:
    """Noise of RMS 1 whose power falls by `slope` dB an octave: 0 is white, 3 pink, 6 brown.

    Below 60 Hz it is flat, or nearly all of the power would be there.
    """
    white = rng.standard_normal(samples)
    if slope == 0:
        return white
    return scaled(shaped(white, [(60.0, slope * math.log2(16000 / 60)), (16000.0, 0.0)]))


def like(rng: Generator, samples: int, levels: Sequence[float], spread: float = 4.0) -> Wave:
    """Noise of RMS 1 with about the given level in each of the octaves above 62.5 Hz.

    Args:
        rng: of the clip.
        samples: its length.
        levels: in dB, of the octaves around 88, 177, ... 11314 Hz, as an analyser shows them.
        spread: the standard deviation of what is added to each, in dB.

    Returns:
        (samples,).
    """
    corners = [(88.4 * 2**octave, level - 3 * octave + rng.normal(0, spread))
               for octave, level in enumerate(levels)]  # fmt: skip
    return scaled(shaped(rng.standard_normal(samples), corners))


def wander(rng: Generator, samples: int, rate: float) -> Wave:
    """A smooth random curve of mean 0 and deviation about 1 that turns `rate` times a second."""
    points = rng.standard_normal(max(4, math.ceil(samples / SAMPLE_RATE * rate * 2) + 4))
    position = np.arange(samples) * (rate * 2 / SAMPLE_RATE)
    index = position.astype(int)
    blend = 0.5 - 0.5 * np.cos(np.pi * (position - index))
    return 1.15 * (points[index] * (1 - blend) + points[index + 1] * blend)


def tone(
    pitch: ArrayLike, samples: int, amplitudes: ArrayLike = (1.0,), start: float = 0.0
) -> Wave:
    """A tone with overtones.

    Args:
        pitch: its frequency in Hz, one number or one a sample.
        samples: its length.
        amplitudes: of its fundamental and overtones; what lies above 16 kHz is left out.
        start: its phase at the beginning, in turns.

    Returns:
        (samples,).
    """
    track = np.broadcast_to(np.asarray(pitch, np.float64), samples)
    turn = np.exp(2j * np.pi * ((np.cumsum(track) / SAMPLE_RATE + start) % 1))
    power, total = np.ones(samples, complex), np.zeros(samples)
    highest = float(track.max())
    for number, amplitude in enumerate(np.atleast_1d(amplitudes), 1):
        if number * highest >= NYQUIST:
            break
        power *= turn
        total += amplitude * power.imag
    return total


def struck(
    rng: Generator,
    duration: float,
    modes: Iterable[tuple[float, float, float]],
    attack: float = 0.001,
) -> Wave:
    """A body that rings after one blow.

    Args:
        rng: of the clip.
        duration: in seconds.
        modes: frequency in Hz, amplitude, and seconds to fall by 60 dB, of each.
        attack: seconds until the blow is at its loudest.
    """
    total = np.zeros(size(duration))
    for frequency, amplitude, decay in modes:
        if not 20 < frequency < NYQUIST:
            continue
        blocks = min(len(total), size(1.2 * decay)) // BLOCK
        step = (2j * np.pi * frequency - 6.9 / decay) / SAMPLE_RATE
        start = amplitude * np.exp(2j * np.pi * rng.random())
        # a block is the one before, turned and damped: far faster than a sine for each sample
        ring = np.exp(step * BLOCK * np.arange(blocks))[:, None] * np.exp(step * np.arange(BLOCK))
        total[: blocks * BLOCK] += (start * ring).imag.ravel()
    return total * np.minimum(clock(duration) / attack, 1)


def placed(duration: float, events: Iterable[tuple[float, Wave]]) -> Wave:
    """The sum of waveforms at their onsets.

    Args:
        duration: in seconds; what is after it is cut off.
        events: onsets in seconds, and waveforms (samples,).
    """
    total = np.zeros(size(duration))
    for onset, wave in events:
        first = round(onset * SAMPLE_RATE)
        part = wave[: max(0, len(total) - first)]
        total[first : first + len(part)] += part
    return total


def repeated(rng: Generator, duration: float, gap: float, jitter: float = 0.1) -> list[float]:
    """Onsets in seconds, about every `gap` seconds, with a deviation of `jitter` times the gap."""
    count = max(1, int((duration - 0.02) / gap))
    first = rng.uniform(0, min(gap, duration) * 0.5)
    onsets = first + gap * (np.arange(count) + jitter * rng.standard_normal(count))
    return [float(onset) for onset in onsets if 0 <= onset < duration - 0.02]


def gated(rng: Generator, duration: float, on: float, off: float, edge: float = 0.005) -> Wave:
    """An envelope that is 1 for `on` seconds and 0 for `off`, by turns, from a random moment."""
    time = (clock(duration) + rng.uniform(0, on + off)) % (on + off)
    return np.clip(np.minimum(time, on - time) / edge, 0, 1)


def faded(wave: Wave, edge: float = 0.01) -> Wave:
    """Soften both ends, so that they do not click."""
    ramp = np.minimum(np.arange(1, len(wave) + 1) / (edge * SAMPLE_RATE), 1)
    return wave * ramp * ramp[::-1]


def room(rng: Generator, wave: Wave) -> Wave:
    """A waveform, (samples,), in a random room: noise that decays, highs sooner (Moorer, 1979)."""
    decay = log_uniform(rng, 0.1, 1.2)
    time = clock(min(decay, 0.8))
    crossover = log_uniform(rng, 1000, 4000)
    echo = band(rng.standard_normal(len(time)), 60, crossover, 1) * np.exp(-6.9 / decay * time)
    sooner = 6.9 / decay * rng.uniform(1.3, 3)
    echo += band(rng.standard_normal(len(time)), crossover, 16000, 1) * np.exp(-sooner * time)
    echo *= decibels(rng.uniform(-25, -2)) / np.sqrt(np.sum(echo**2))
    late = round(rng.uniform(0.0005, 0.01) * SAMPLE_RATE)
    tail = signal.fftconvolve(wave.astype(np.float32), echo.astype(np.float32))
    wet = wave.copy()
    wet[late:] += tail[: max(0, len(wave) - late)]
    return wet


def telephone(rng: Generator, wave: Wave) -> Wave:
    """A waveform through a telephone or another small loudspeaker."""
    low, high = log_uniform(rng, 120, 450), log_uniform(rng, 2500, 7000)
    return band(wave, low, high, int(rng.integers(1, 5)))


def labelled(names: Iterable[str]) -> tuple[str, ...]:
    """Names of classes, and those above each that certainly hold: while it has only one parent.

    Raises:
        ValueError: no such class.
    """
    found: dict[str, None] = {}
    known = set(AUDIOSET.names)
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        parents = AUDIOSET.parents(AUDIOSET.index(name))
        found[name] = None
        if len(parents) == 1 and parents[0] in known:
            waiting.append(parents[0])
    return tuple(found)


def finished(rng: Generator, name: str, wave: Wave, labels: Iterable[str]) -> Sound:
    """A sound at a random level, sometimes in a room, sometimes with a little noise."""
    wave = scaled(faded(wave))
    if rng.random() < 0.4:
        wave = scaled(room(rng, wave))
    if rng.random() < 0.4:
        slope = rng.uniform(0, 6)
        wave = wave + decibels(rng.uniform(-60, -30)) * noise(rng, len(wave), slope)
    wave = scaled(wave, rng.uniform(*LEVELS))
    wave *= min(1.0, PEAK / max(float(np.abs(wave).max()), 1e-9))
    return Sound(name, wave.astype(np.float32), labelled(labels))
