"""Spectra of overlapping segments: the frames that two of them share are computed once."""

import numpy as np

from epanns.frontend.numpy_frontend import (
    Floats,
    mel_power,
    padded,
    power_of_windows,
    windows_of,
)
from epanns.frontend.parameters import PANNS, LogMelParameters

LastSegment = tuple[int, Floats, Floats]  # number of its first sample, waveform, spectra


class RollingSpectrum:
    """Spectra of the segments of a stream, each of which overlaps with the one before.

    Where the starts of two segments lie a whole number of hops apart, their common frames are
    equal, except for a few at each end whose windows reach into the reflected samples. Only the
    other frames are computed.

    Args:
        front_end: its numbers.
        banded: whether spectra are summed to the power in each mel band.
    """

    def __init__(self, front_end: LogMelParameters = PANNS, banded: bool = False) -> None:
        self._front_end = front_end
        self._banded = banded
        self._edge = -(-front_end.reach // front_end.hop)  # frames that reach past the beginning
        self._last: LastSegment | None = None

    def __call__(self, waveform: Floats, start: int) -> Floats:
        """The spectra of the next segment: those of power_spectrum(), or the bands of these.

        Args:
            waveform: float32 (samples,) in [-1, 1] at the front end's rate, more than half a
                window.
            start: the number of its first sample in the stream.

        Returns:
            float32 (1, frames, bins), or (1, frames, mels).
        """
        last = self._last  # read once: another thread may score meanwhile
        shift = self._shift(last, waveform, start)
        first, end = self._edge, self._inner(len(waveform), shift)
        if last is None or not shift or end <= first:
            found = self._spectra(
                windows_of(padded(waveform[None], self._front_end), self._front_end)
            )
        else:
            moved = shift // self._front_end.hop
            new = self._spectra(self._new_windows(waveform[None], end))
            kept = last[2][:, first + moved : end + moved]
            found = np.concatenate((new[:, :first], kept, new[:, first:]), axis=1)
        self._last = start, waveform.copy(), found
        return found

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

    def _inner(self, samples: int, shift: int) -> int:
        """The number of the frame after the last one that the segment before has, too."""
        front_end = self._front_end
        behind = front_end.length - front_end.reach  # how far a frame reaches past its place
        filtered = samples - bool(front_end.pre_emphasis)
        return 1 + (filtered - behind) // front_end.hop - shift // front_end.hop

    def _new_windows(self, waveforms: Floats, end: int) -> Floats:
        """The samples of the frames before `self._edge` and from `end` on."""
        front_end, edge = self._front_end, self._edge
        head = waveforms[:, : edge * front_end.hop + front_end.length + 1]
        tail = waveforms[:, end * front_end.hop - front_end.reach :]
        before = windows_of(padded(head, front_end), front_end)[:, :edge]
        behind = windows_of(padded(tail, front_end)[:, front_end.reach :], front_end)
        return np.concatenate((before, behind), axis=1)

    def _spectra(self, windows: Floats) -> Floats:
        power = power_of_windows(windows, self._front_end)
        return mel_power(power, self._front_end) if self._banded else power
