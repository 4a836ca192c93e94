"""Power spectra of overlapping segments: the frames that two of them share are computed once."""

import numpy as np

from epanns.frontend.numpy_frontend import Floats, padded, power_of_padded
from epanns.frontend.parameters import PANNS, LogMelParameters

LastSegment = tuple[int, Floats, Floats]  # number of its first sample, waveform, power spectra


class RollingSpectrum:
    """Power spectra of the segments of a stream, each of which overlaps with the one before.

    Where the starts of two segments lie a whole number of hops apart, their common frames are
    equal, except for a few at each end whose windows reach into the reflected samples. Only the
    other frames are computed.

    Args:
        front_end: its numbers.
    """

    def __init__(self, front_end: LogMelParameters = PANNS) -> None:
        self._front_end = front_end
        self._edge = -(-front_end.reach // front_end.hop)  # frames that reach past the beginning
        self._last: LastSegment | None = None

    def __call__(self, waveform: Floats, start: int) -> Floats:
        """The power spectra of the next segment, equal to those of power_spectrum().

        Args:
            waveform: float32 (samples,) in [-1, 1] at the front end's rate, more than half a
                window.
            start: the number of its first sample in the stream.

        Returns:
            float32 (1, frames, bins).
        """
        front_end, edge = self._front_end, self._edge
        hop = front_end.hop
        frames = front_end.frame_count(len(waveform))
        last = self._last  # read once: another thread may score meanwhile
        shift = self._shift(last, waveform, start)
        sound = padded(waveform[None], front_end)
        samples = sound.shape[1] - 2 * front_end.reach
        # one past the last frame to keep
        inner = 1 + (samples - (front_end.length - front_end.reach)) // hop - shift // hop
        if last is None or not shift or inner <= edge:
            power = power_of_padded(sound, 0, frames, front_end)
        else:
            power = np.empty((1, frames, front_end.bins), np.float32)
            power[:, :edge] = power_of_padded(sound, 0, edge, front_end)
            power[:, edge:inner] = last[2][:, edge + shift // hop : inner + shift // hop]
            power[:, inner:] = power_of_padded(sound, inner, frames, front_end)
        self._last = start, waveform.copy(), power
        return power

    def _shift(self, last: LastSegment | None, waveform: Floats, start: int) -> int:
        """How many samples after the last segment this one begins; 0 if no frames can be reused."""
        if last is None:
            return 0
        shift = start - last[0]
        if len(last[1]) != len(waveform) or not 0 < shift < len(waveform):
            return 0
        if shift % self._front_end.hop:
            return 0
        # The sample numbers of two streams may match by chance; their samples do not.
        return shift if np.array_equal(last[1][shift:], waveform[:-shift]) else 0
