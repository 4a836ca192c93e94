"""Sound in 16 bits, as packs, sessions and WAV files store it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32768  # so that 16-bit recordings at 32 kHz come out as they went in


def to_int16(waveform: NDArray[np.float32]) -> NDArray[np.int16]:
    """A waveform in steps of 16 bits.

    Args:
        waveform: float32 of any shape, full scale is 1; what exceeds it is clipped.
    """
    steps = np.rint(waveform * np.float32(FULL_SCALE)).clip(-FULL_SCALE, FULL_SCALE - 1)
    return steps.astype(np.int16)


def from_int16(steps: NDArray[Any]) -> NDArray[np.float32]:
    """A waveform of steps of 16 bits: float32 in [-1, 1), of the same shape."""
    return steps.astype(np.float32) / np.float32(FULL_SCALE)
