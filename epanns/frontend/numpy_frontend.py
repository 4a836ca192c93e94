"""The first half of the log-mel front end in numpy: from waveforms to power spectra.

The second half, mel bands and decibels, is part of the converted network (epanns/conversion); the
whole of it in PyTorch is in epanns/frontend/parameters.py.
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from epanns.frontend.parameters import HOP, N_FFT

Floats = NDArray[np.float32]
Segment = tuple[int, Floats, Floats]  # number of its first sample, waveform, power spectra

BINS = N_FFT // 2 + 1
EDGE = -(-N_FFT // 2 // HOP)  # frames at each end of a waveform that reach over it
TOGETHER = 32  # frames; few enough for all that is made of them to stay in the processor's cache


def power_spectrum(waveforms: Floats) -> Floats:
    """Squared magnitudes of the short-time Fourier transform.

    Args:
        waveforms: float32 (batch, samples) at 32 kHz in [-1, 1], more than 512 samples.

    Returns:
        float32 (batch, 1 + samples // 320, 513).
    """
    padded = _padded(waveforms)
    return _power(padded, 0, 1 + waveforms.shape[1] // HOP)


def power_of_frames(waveform: Floats) -> Floats:
    """Squared magnitudes of the frames that lie inside a waveform: float32 (frames, 513).

    Args:
        waveform: float32 (samples,) at 32 kHz in [-1, 1], at least 1024.
    """
    return _power(waveform[None], 0, 1 + (len(waveform) - N_FFT) // HOP)[0]


class RollingSpectrum:
    """Power spectra of the segments of a stream, each of which shares most with the one before.

    Where two segments lie a whole number of frames apart, the frames that both hold are the same
    but for two at each end, which reach over it: only what is new is computed.
    """

    def __init__(self) -> None:
        self._last: Segment | None = None

    def __call__(self, waveform: Floats, start: int) -> Floats:
        """What power_spectrum says, for one waveform.

        Args:
            waveform: float32 (samples,) at 32 kHz, more than 512 samples.
            start: the number of its first sample in the stream.

        Returns:
            float32 (1, 1 + samples // 320, 513).
        """
        samples = len(waveform)
        frames = 1 + samples // HOP
        last = self._last  # read once: another thread may score meanwhile
        shift = _shift(last, waveform, start)
        padded = _padded(waveform[None])
        inner = 1 + (samples - N_FFT // 2) // HOP - shift // HOP  # one past the last frame to keep
        if last is None or not shift or inner <= EDGE:
            power = _power(padded, 0, frames)
        else:
            power = np.empty((1, frames, BINS), np.float32)
            power[:, :EDGE] = _power(padded, 0, EDGE)
            power[:, EDGE:inner] = last[2][:, EDGE + shift // HOP : inner + shift // HOP]
            power[:, inner:] = _power(padded, inner, frames)
        self._last = start, waveform.copy(), power
        return power


def _shift(last: Segment | None, waveform: Floats, start: int) -> int:
    """How many samples after the last segment this one begins; 0 if it is no use to know."""
    if last is None:
        return 0
    shift = start - last[0]
    if len(last[1]) != len(waveform) or not 0 < shift < len(waveform) or shift % HOP:
        return 0
    # The numbers of two streams may follow each other by chance, their samples do not.
    return shift if np.array_equal(last[1][shift:], waveform[:-shift]) else 0


def _padded(waveforms: Floats) -> Floats:
    """Waveforms reflected at both ends, so that the first frame is centred on the first sample."""
    half = N_FFT // 2
    before, behind = waveforms[:, half:0:-1], waveforms[:, -2 : -half - 2 : -1]
    return np.concatenate((before, waveforms, behind), axis=1)  # a fifth of the time of np.pad


def _power(padded: Floats, first: int, end: int) -> Floats:
    """The power spectra of the frames from `first` up to `end`."""
    frames = sliding_window_view(padded, N_FFT, axis=1)[:, ::HOP][:, first:end]
    power = np.empty((*frames.shape[:2], BINS), np.float32)
    for start in range(0, frames.shape[1], TOGETHER):
        some = slice(start, start + TOGETHER)
        # complex64: numpy keeps the precision of what it gets
        spectrum = np.fft.rfft(frames[:, some] * _hann())
        np.square(spectrum.real, out=power[:, some])
        power[:, some] += np.square(spectrum.imag)
    return power


@cache
def _hann() -> Floats:
    """The periodic Hann window, as torchlibrosa has it."""
    phase = 2 * np.pi * np.arange(N_FFT) / N_FFT
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)
