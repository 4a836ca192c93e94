"""The log-mel spectrogram of the last minute, as the network sees it, for a picture of it.

The live network makes its own inside its graph (epanns/runtimes/onnx_runtime.py); this one is made
in numpy, once for every 10 ms of sound.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from epanns.audio.ring_buffer import RingBuffer
from epanns.frontend.numpy_frontend import power_of_frames
from epanns.frontend.parameters import F_MAX, F_MIN, HOP, MELS, N_FFT, SAMPLE_RATE

Floats = NDArray[np.float32]

SMALLEST_POWER = 1e-10
SILENT_DB = -100.0  # what digital silence is in every band
LINEAR_STEP, LOG_FROM, LOG_STEPS = 200 / 3, 1000.0, 27  # of Slaney's scale: 27 steps to 6.4 kHz


class LiveSpectrogram:
    """Log-mel frames of the last seconds of a stream.

    Frame i is centred on sample i * 320 and there as soon as the 512 samples behind that are.

    Attributes:
        position: the number of frames so far; the newest is position - 1.
    """

    def __init__(self, seconds: float) -> None:
        self.position = 0
        self._frames = np.full((round(seconds * SAMPLE_RATE / HOP), MELS), SILENT_DB, np.float32)
        self._ring: RingBuffer | None = None

    def follow(self, ring: RingBuffer | None) -> int:
        """Take in what has come into a ring buffer since; another one begins anew.

        Returns:
            How many frames are new.
        """
        if ring is not self._ring:
            self._ring, self.position = ring, 0
            self._frames[:] = SILENT_DB
        if ring is None:
            return 0
        half = N_FFT // 2
        stretch = ring.since(max(self.position * HOP - half, 0))
        first = -(-(stretch.start + half) // HOP) if stretch.start else self.position
        new = (stretch.end - half) // HOP + 1 - first
        if new <= 0:
            return 0
        before = first * HOP - half - stretch.start  # below 0 at the very beginning of the sound
        waveform = np.pad(stretch.waveform, (max(-before, 0), 0))[max(before, 0) :]
        frames = log_mel(waveform[: (new - 1) * HOP + N_FFT])
        kept = min(new, len(self._frames))
        self.position = first + new
        at = np.arange(self.position - kept, self.position) % len(self._frames)
        self._frames[at] = frames[-kept:]
        return new

    def latest(self, end: int, count: int) -> Floats:
        """Frames up to one, float32 (count, 64) in dB, oldest first; silence where there are none.

        Args:
            end: the number of the frame after the last; those not yet there are silence.
            count: how many, at most as many as are kept.
        """
        numbers = np.arange(end - count, end)
        there = (numbers >= max(self.position - len(self._frames), 0)) & (numbers < self.position)
        found = self._frames[numbers % len(self._frames)]
        found[~there] = SILENT_DB
        return found


def log_mel(waveform: Floats) -> Floats:
    """The log-mel spectrogram of a waveform without its ends: frame 0 begins at its first sample.

    Args:
        waveform: float32 (samples,) at 32 kHz in [-1, 1], at least 1024.

    Returns:
        float32 (1 + (samples - 1024) // 320, 64) in dB; -100 for digital silence.
    """
    power = power_of_frames(waveform)
    decibels: Floats = 10 * np.log10(np.maximum(power @ mel_bands(), SMALLEST_POWER))
    return decibels


@cache
def mel_bands() -> Floats:
    """The 64 triangles on Slaney's mel scale, each of area 1: float32 (513, 64).

    Slaney, Auditory Toolbox (1998): linear up to 1 kHz, logarithmic above.
    """
    edges = _hertz(np.linspace(_mel(F_MIN), _mel(F_MAX), MELS + 2))
    bins = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return (np.maximum(triangles, 0) * 2 / (high - low)).astype(np.float32)


def _mel(hertz: float) -> float:
    if hertz < LOG_FROM:
        return hertz / LINEAR_STEP
    return LOG_FROM / LINEAR_STEP + float(np.log(hertz / LOG_FROM)) * LOG_STEPS / np.log(6.4)


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    corner = LOG_FROM / LINEAR_STEP
    above = LOG_FROM * np.exp((mel - corner) * np.log(6.4) / LOG_STEPS)
    return np.where(mel < corner, mel * LINEAR_STEP, above)
