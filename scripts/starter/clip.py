"""A computed sound."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Sound(NamedTuple):
    """A sound that was computed, with its labels.

    Attributes:
        name: unique among all.
        waveform: float32 (samples,) at 32 kHz in [-1, 1].
        labels: display names of AudioSet's classes; none if only a teacher is to label it.
    """

    name: str
    waveform: Floats
    labels: tuple[str, ...]
