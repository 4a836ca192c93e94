"""Resampling of whole waveforms; streams are resampled in conditioning.py."""

import numpy as np
import soxr
from numpy.typing import NDArray


def resampled(
    waveforms: NDArray[np.float32], sample_rate: float, wanted: float
) -> NDArray[np.float32]:
    """Waveforms at another rate, by SoX's resampler at high quality.

    Args:
        waveforms: float32 (samples,) or (batch, samples), from 1 sample.
        sample_rate: their rate in Hz.
        wanted: the rate of the result, in Hz.

    Returns:
        float32 with as many axes and at least one sample; the same array where the rates agree.
    """
    if sample_rate == wanted:
        return waveforms
    if waveforms.ndim == 2:
        return np.stack([resampled(row, sample_rate, wanted) for row in waveforms])
    found: NDArray[np.float32] = soxr.resample(waveforms, sample_rate, wanted)
    return found if found.size else waveforms[:1]
