"""Sounds to test a converted network with: the bundled sample, computed sounds, recordings."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.audio.offline_resampling import resampled
from epanns.audio.read import read_waveform
from epanns.errors import AudioFileError
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.paths import SAMPLE
from epanns.storage.existence import is_file

Segments = NDArray[np.float32]  # (segments, samples) in [-1, 1]

SAMPLES = SAMPLE_RATE  # of a segment: 1 s
PER_RECORDING = 5  # segments at most, the loudest ones
NOISES = 12
TONES = 12


def sample_segments(hop: float = 1.0) -> Segments:
    """The bundled sample in segments of 1 s, one every `hop` seconds.

    Returns:
        float32 (segments, 32000) in [-1, 1] at 32 kHz.
    """
    return _cut(read_waveform(SAMPLE), round(hop * SAMPLE_RATE))


def computed_segments(seed: int = 527) -> Segments:
    """Noises of several spectral slopes, tones with overtones and sweeps, -60 to -3 dBFS.

    Returns:
        float32 (segments, 32000) in [-1, 1] at 32 kHz, silence first.
    """
    random = np.random.default_rng(seed)
    time = np.arange(SAMPLES) / SAMPLE_RATE
    segments = [silence := np.zeros(SAMPLES)]
    for _ in range(NOISES):
        spectrum = np.fft.rfft(random.standard_normal(SAMPLES))
        colour = np.arange(1, len(spectrum) + 1.0) ** -random.uniform(0, 1)
        envelope = 1 + random.uniform(0, 1) * np.sin(2 * np.pi * random.uniform(0.5, 20) * time)
        segments.append(np.fft.irfft(spectrum * colour, SAMPLES) * envelope)
    for _ in range(TONES):
        low, high = np.exp(random.uniform(np.log(60), np.log(8000), 2))
        glides = random.random() < 0.5
        phase = 2 * np.pi * np.cumsum(np.linspace(low, high if glides else low, SAMPLES))
        overtones = range(1, random.integers(2, 8))
        waves = (np.sin(n * phase / SAMPLE_RATE) / n for n in overtones)
        segments.append(sum(waves, start=silence))
    return np.stack([_at_level(segment, random.uniform(-60, -3)) for segment in segments])


def probe_batches(sample_rate: int = SAMPLE_RATE) -> list[Segments]:
    """Cuts of the bundled sample and computed sounds of several lengths.

    Args:
        sample_rate: of the result, in Hz.

    Returns:
        Batches, each float32 (batch, samples) in [-1, 1].
    """
    real, computed = sample_segments(hop=8.0), computed_segments()[::4]
    longer = np.concatenate([real, real[::-1]], axis=1)
    short = real[:, : round(0.4 * SAMPLE_RATE)]
    batches = [real, computed, longer, short]
    return [resampled(batch, SAMPLE_RATE, sample_rate) for batch in batches]


def recorded_segments(folder: Path) -> Segments:
    """The loudest seconds of every recording in a folder and its subfolders.

    Files that hold no sound are skipped.

    Returns:
        float32 (segments, 32000) in [-1, 1] at 32 kHz, at most PER_RECORDING of each recording.

    Raises:
        AudioFileError: no file holds sound.
    """
    segments = []
    for path in sorted(path for path in folder.rglob("*") if is_file(path)):
        try:
            cuts = _cut(read_waveform(path), SAMPLES)
        except AudioFileError:
            continue
        loudest = np.argsort(-np.square(cuts).sum(axis=1), kind="stable")[:PER_RECORDING]
        segments.append(cuts[np.sort(loudest)])
    if not segments:
        raise AudioFileError(f"There are no recordings in {folder}; name a folder that has some.")
    return np.concatenate(segments)


def _cut(waveform: NDArray[np.float32], hop: int) -> Segments:
    """Segments of 1 s, float32 (segments, 32000); shorter waveforms are followed by silence."""
    padded = np.pad(waveform, (0, max(SAMPLES - len(waveform), 0)))
    starts = range(0, len(padded) - SAMPLES + 1, hop)
    return np.stack([padded[start : start + SAMPLES] for start in starts])


def _at_level(waveform: NDArray[np.float64], dbfs: float) -> NDArray[np.float32]:
    """A waveform, float32 (samples,), scaled to a peak level in dBFS; silence stays silence."""
    peak = np.abs(waveform).max()
    return (waveform * (10 ** (dbfs / 20) / peak if peak else 1.0)).astype(np.float32)
