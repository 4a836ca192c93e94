"""How loud sound is, in dB below full scale (dBFS).

Does not import numpy: the settings, which are read before the first paint, need the constants.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOWEST_DBFS = -120.0  # written for digital silence where -inf is not possible, as in JSON
SILENCE_DBFS = -60.0  # below it a segment is shown as Silence, unless the user sets another level


def dbfs(amplitude: float) -> float:
    """An amplitude (1.0 is full scale) in dBFS; -inf for 0."""
    return 20.0 * math.log10(amplitude) if amplitude > 0.0 else -math.inf


def rms_dbfs(waveform: "NDArray[np.float32]") -> float:
    """RMS level in dBFS of float32 (samples,); -inf for digital silence or no samples."""
    if not waveform.size:
        return -math.inf
    # Not np.dot: BLAS would wake its threads, whose spinning costs more than the network.
    return dbfs(math.sqrt(float((waveform * waveform).mean())))


def peak_dbfs(waveform: "NDArray[np.float32]") -> float:
    """Peak level in dBFS of float32 (samples,); -inf for digital silence or no samples."""
    if not waveform.size:
        return -math.inf
    return dbfs(float(max(waveform.max(), -waveform.min())))


def finite_dbfs(level: float) -> float:
    """A level in dBFS to a tenth, with a number for digital silence and for an unknown level."""
    return round(max(LOWEST_DBFS, level), 1)  # in this order: NaN is greater than nothing
