"""Resampling of whole waveforms and of recordings that are read in blocks.

Sound from a live source is resampled in conditioning.py.
"""

from collections.abc import Iterable, Iterator

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


def resampled_blocks(
    blocks: Iterable[NDArray[np.float32]], sample_rate: float, wanted: float
) -> Iterator[NDArray[np.float32]]:
    """A waveform that comes in blocks, at another rate: as resampled() does with the whole.

    Args:
        blocks: float32 (samples,) of any lengths; each follows the one before it.
        sample_rate: their rate in Hz.
        wanted: the rate of the result, in Hz.

    Yields:
        float32 (samples,), which may be empty; the same arrays where the rates agree.
    """
    if sample_rate == wanted:
        yield from blocks
        return
    stream = soxr.ResampleStream(sample_rate, wanted, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)
