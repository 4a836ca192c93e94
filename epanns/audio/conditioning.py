"""The last step of every source: its input becomes clean 32 kHz mono in a ring buffer."""

from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from epanns.audio.channel_mixer import ChannelMixer
from epanns.audio.selection import ChannelChoice
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
        channel: which channel is taken; see epanns/audio/channel_mixer.py.

    Attributes:
        mixer: of the channels.
    """

    def __init__(
        self,
        writer: SampleWriter,
        sample_rate: float,
        channels: int,
        channel: ChannelChoice = None,
    ) -> None:
        self.writer = writer
        self.sample_rate = sample_rate
        self.channels = channels
        self.mixer = ChannelMixer(sample_rate, channels, channel)
        self._non_finite = 0
        self._resampler = (
            None
            if sample_rate == SAMPLE_RATE
            else soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
        )

    @property
    def non_finite(self) -> int:
        """How many samples were NaN or infinite; zeros stand in for them."""
        return self.mixer.non_finite + self._non_finite

    @property
    def silent_seconds(self) -> float:
        """For how many seconds all channels of the input have been exact zeros."""
        return self.mixer.silent_samples / self.sample_rate

    def push(self, frames: NDArray[np.float32]) -> None:
        """Condition and write the next piece of the input.

        Args:
            frames: float32 (frames, channels) at the input's rate, of any values; not changed.
        """
        self._write(self.mixer.mix(frames))

    def finish(self) -> None:
        """Write what the mixer and the resampler still hold, after the last input."""
        self._write(self.mixer.rest())
        if self._resampler is not None:
            self.writer.write(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True))

    def _write(self, mono: NDArray[np.float32]) -> None:
        if not mono.size:
            return
        low, high = mono.min(), mono.max()
        if not -1.0 <= low <= high <= 1.0:  # NaN compares as false
            self._mend(mono)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        self.writer.write(mono)

    def _mend(self, mono: NDArray[np.float32]) -> None:
        """Replace NaN and infinities by zeros, and clip the rest to full scale, in place.

        Float input may exceed full scale; values far beyond it overflow in the power spectrum.
        """
        bad = ~np.isfinite(mono)
        self._non_finite += int(np.count_nonzero(bad))
        mono[bad] = 0.0
        np.clip(mono, -1.0, 1.0, out=mono)
