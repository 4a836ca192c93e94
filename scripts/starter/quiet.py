"""The highest scores of the starter model in silence and in soft noise."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epanns.evaluation.clip_scores import all_seconds
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.audioset import AUDIOSET

Floats = NDArray[np.float32]

LEVEL = -60.0  # dBFS
SECONDS = 20


def quiet_sounds() -> dict[str, Floats]:
    """Silence and noise at -60 dBFS, each float32 (samples,) at 32 kHz; always the same."""
    samples = SECONDS * SAMPLE_RATE
    white = np.random.default_rng(0).standard_normal(samples)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), samples)
    level = 10 ** (LEVEL / 20)
    noises = {"white noise": white, "pink noise": pink}
    return {"digital silence": np.zeros(samples, np.float32)} | {
        name: (noise * level / np.sqrt(np.square(noise).mean())).astype(np.float32)
        for name, noise in noises.items()
    }


def highest_score(scorer: Callable[[Floats], Floats], waveform: Floats) -> dict[str, Any]:
    """The highest score in any second of a waveform, and its class.

    Args:
        scorer: float32 (batch, samples) at 32 kHz -> (batch, 527) in AudioSet's order.
        waveform: float32 (samples,) at 32 kHz.
    """
    highest = scorer(all_seconds(waveform)).max(axis=0)
    index = int(highest.argmax())
    return {"class": AUDIOSET.names[index], "score": float(highest[index])}
