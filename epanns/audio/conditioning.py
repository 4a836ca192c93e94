"""The last step of every source: its input becomes clean 32 kHz mono in a ring buffer."""

from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from epanns.frontend.parameters import SAMPLE_RATE


class SampleWriter(Protocol):
    """What conditioned sound is written to: a ring buffer, or a queue where a file is read."""

    def write(self, waveform: NDArray[np.float32]) -> None:
        """Store the next samples.

        Args:
            waveform: float32 (samples,) in [-1, 1] at 32 kHz. To be copied: the caller uses the
                array again.
        """


class Conditioner:
    """Mixes down, drops NaN and infinities, resamples, writes. Runs on the capturing thread.

    Nothing here waits. The work array is reused; a call allocates small arrays only to resample,
    where a device cannot deliver 32 kHz, and to repair input with invalid samples.

    Args:
        writer: where the result goes.
        sample_rate: of the input, in Hz.
        channels: of the input.

    Attributes:
        non_finite: how many samples were NaN or infinite; zeros stand in for them.
        silent_samples: how many exact zeros the input has ended with, at the input's rate.
    """

    def __init__(self, writer: SampleWriter, sample_rate: float, channels: int) -> None:
        self.writer = writer
        self.sample_rate = sample_rate
        self.channels = channels
        self.non_finite = 0
        self.silent_samples = 0
        self._mono = np.zeros(0, np.float32)
        self._resampler = (
            None
            if sample_rate == SAMPLE_RATE
            else soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
        )

    @property
    def silent_seconds(self) -> float:
        """For how many seconds the input has been exact zeros."""
        return self.silent_samples / self.sample_rate

    def push(self, frames: NDArray[np.float32]) -> None:
        """Condition and write the next piece of the input.

        Args:
            frames: float32 (frames, channels) at the input's rate, of any values; not changed.
        """
        if not len(frames):
            return
        mono = self._mix_down(frames)
        low, high = mono.min(), mono.max()
        if not -1.0 <= low <= high <= 1.0:  # NaN compares as false
            self._mend(mono)
        self.silent_samples = self.silent_samples + mono.size if low == high == 0.0 else 0
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        self.writer.write(mono)

    def finish(self) -> None:
        """Write what the resampler still holds, after the last input."""
        if self._resampler is not None:
            self.writer.write(self._resampler.resample_chunk(self._mono[:0], last=True))

    def _mix_down(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean over the channels, (frames,), in the work array."""
        if len(frames) > self._mono.size:
            self._mono = np.zeros(len(frames), np.float32)
        mono = self._mono[: len(frames)]
        if self.channels == 1:
            np.copyto(mono, frames[:, 0])
        else:
            # A NaN in one channel makes the mean NaN, so the whole frame counts as one sample.
            with np.errstate(invalid="ignore", over="ignore"):
                np.mean(frames, axis=1, out=mono)
        return mono

    def _mend(self, mono: NDArray[np.float32]) -> None:
        """Replace NaN and infinities by zeros, and clip the rest to full scale, in place.

        Float input may exceed full scale; values far beyond it overflow in the power spectrum.
        """
        bad = ~np.isfinite(mono)
        self.non_finite += int(np.count_nonzero(bad))
        mono[bad] = 0.0
        np.clip(mono, -1.0, 1.0, out=mono)
