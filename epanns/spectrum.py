"""The first half of the log-mel front end in numpy: from waveforms to power spectra.

The second half, mel bands and decibels, is part of the converted network (epanns/conversion); the
whole of it in PyTorch is in epanns/features.py.
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from epanns.features import HOP, N_FFT

BINS = N_FFT // 2 + 1


def power_spectrum(waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared magnitudes of the short-time Fourier transform.

    Args:
        waveforms: float32 (batch, samples) at 32 kHz in [-1, 1], more than 512 samples.

    Returns:
        float32 (batch, 1 + samples // 320, 513).
    """
    half = N_FFT // 2
    padded = np.pad(waveforms, ((0, 0), (half, half)), mode="reflect")
    frames = sliding_window_view(padded, N_FFT, axis=1)[:, ::HOP]
    # complex64: numpy keeps the precision of what it gets
    spectrum: NDArray[np.complex64] = np.fft.rfft(frames * _hann())  # type: ignore[assignment]
    return spectrum.real**2 + spectrum.imag**2


@cache
def _hann() -> NDArray[np.float32]:
    """The periodic Hann window, as torchlibrosa has it."""
    phase = 2 * np.pi * np.arange(N_FFT) / N_FFT
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)
