"""The last step of every source: whatever comes in becomes clean 32 kHz mono in a ring buffer."""

import numpy as np
import soxr
from numpy.typing import NDArray

from epanns.audio.ring import RingBuffer
from epanns.features import SAMPLE_RATE


class Intake:
    """Mixes down, drops NaN and infinities, resamples, writes. Runs on the capturing thread.

    Nothing here waits. Work arrays are made once; only the resampler, needed where a device cannot
    do 32 kHz, makes a small array for its output at each call.

    Attributes:
        non_finite: how many samples were NaN or infinite; zeros stand in for them.
        silent_samples: how many exact zeros the input has ended with, at the input's rate.
    """

    def __init__(self, ring: RingBuffer, sample_rate: float, channels: int) -> None:
        self.ring = ring
        self.sample_rate = sample_rate
        self.channels = channels
        self.non_finite = 0
        self.silent_samples = 0
        self._mono = np.zeros(0, np.float32)
        self._bad = np.zeros(0, np.bool_)
        self._resampler = (
            None
            if sample_rate == SAMPLE_RATE
            else soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
        )

    @property
    def silent_seconds(self) -> float:
        """For how long the input has been nothing but exact zeros."""
        return self.silent_samples / self.sample_rate

    def push(self, frames: NDArray[np.float32]) -> None:
        """Take in sound (frames, channels), float32 at the input's rate; it is not changed."""
        mono = self._mix_down(frames)
        self.silent_samples = 0 if mono.any() else self.silent_samples + mono.size
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        self.ring.write(mono)

    def finish(self) -> None:
        """Nothing follows: write out what the resampler holds back."""
        if self._resampler is not None:
            self.ring.write(self._resampler.resample_chunk(self._mono[:0], last=True))

    def _mix_down(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean over the channels, within [-1, 1], with zeros for what is not a number."""
        if len(frames) > self._mono.size:
            self._mono = np.zeros(len(frames), np.float32)
            self._bad = np.zeros(len(frames), np.bool_)
        mono, bad = self._mono[: len(frames)], self._bad[: len(frames)]
        # A stray NaN in one channel spoils the mean, so the whole frame counts as one sample.
        with np.errstate(invalid="ignore", over="ignore"):
            np.mean(frames, axis=1, out=mono)
        np.isfinite(mono, out=bad)
        np.logical_not(bad, out=bad)
        if bad.any():
            self.non_finite += int(np.count_nonzero(bad))
            np.copyto(mono, 0.0, where=bad)
        # Float input may exceed full scale; far beyond it the power spectrum overflows.
        np.clip(mono, -1.0, 1.0, out=mono)
        return mono
