"""The log-mel spectrogram of the last minute, as the network sees it, for a picture of it.

The live network makes its own inside its graph (epanns/runtimes/onnx_runtime.py); this one is made
in numpy, once for every 10 ms of sound.
"""

import numpy as np
from numpy.typing import NDArray

from epanns.audio.ring_buffer import RingBuffer
from epanns.frontend.numpy_frontend import decibels, mel_power, power_of_frames
from epanns.frontend.parameters import PANNS, SAMPLE_RATE

Floats = NDArray[np.float32]

SILENT_DB = PANNS.floor_db  # what digital silence is in every band


class LiveSpectrogram:
    """Log-mel frames of the last seconds of a stream.

    Frame i is centred on sample i * 320 and is computed once the 512 samples after that are there.

    Attributes:
        position: the number of frames so far; the newest is position - 1.
    """

    def __init__(self, seconds: float) -> None:
        self.position = 0
        self._frames = np.full(
            (round(seconds * SAMPLE_RATE / PANNS.hop), PANNS.mels), SILENT_DB, np.float32
        )
        self._ring: RingBuffer | None = None

    def follow(self, ring: RingBuffer | None) -> int:
        """Compute the frames of sound that is new in a ring buffer; another buffer begins anew.

        Returns:
            How many frames are new.
        """
        if ring is not self._ring:
            self._ring, self.position = ring, 0
            self._frames[:] = SILENT_DB
        if ring is None:
            return 0
        half = PANNS.n_fft // 2
        stretch = ring.since(max(self.position * PANNS.hop - half, 0))
        first = -(-(stretch.start + half) // PANNS.hop) if stretch.start else self.position
        new = (stretch.end - half) // PANNS.hop + 1 - first
        if new <= 0:
            return 0
        before = first * PANNS.hop - half - stretch.start  # below 0 at the very beginning
        waveform = np.pad(stretch.waveform, (max(-before, 0), 0))[max(before, 0) :]
        power = power_of_frames(waveform[: (new - 1) * PANNS.hop + PANNS.n_fft])
        frames = decibels(mel_power(power))
        kept = min(new, len(self._frames))
        self.position = first + new
        at = np.arange(self.position - kept, self.position) % len(self._frames)
        self._frames[at] = frames[-kept:]
        return new

    def latest(self, end: int, count: int) -> Floats:
        """Frames up to one, float32 (count, 64) in dB, oldest first; silence where there are none.

        Args:
            end: the number of the frame after the last; those not yet there are silence.
            count: how many, at most the number of frames kept.
        """
        numbers = np.arange(end - count, end)
        there = (numbers >= max(self.position - len(self._frames), 0)) & (numbers < self.position)
        found = self._frames[numbers % len(self._frames)]
        found[~there] = SILENT_DB
        return found
