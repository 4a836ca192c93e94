"""The log-mel front end in numpy: power spectra, mel bands, decibels.

On the live path the mel bands and the decibels are part of the converted network
(epanns/conversion); the whole front end in PyTorch is in torch_frontend.py.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from epanns.frontend.parameters import PANNS, LogMelParameters

Floats = NDArray[np.float32]

TOGETHER = 32  # frames; few enough for all intermediate results to stay in the processor's cache
LINEAR_STEP, LOG_FROM, LOG_STEPS = 200 / 3, 1000.0, 27  # of Slaney's scale: 27 steps to 6.4 kHz


def power_spectrum(waveforms: Floats, front_end: LogMelParameters = PANNS) -> Floats:
    """Squared magnitudes of the short-time Fourier transform.

    Args:
        waveforms: float32 (batch, samples) in [-1, 1] at the front end's rate, more than half a
            window, or a whole one where frames are not centred.
        front_end: its numbers.

    Returns:
        float32 (batch, frames, bins).
    """
    return power_of_windows(windows_of(padded(waveforms, front_end), front_end), front_end)


def power_of_frames(waveform: Floats, front_end: LogMelParameters = PANNS) -> Floats:
    """Squared magnitudes of the frames that lie wholly inside a waveform.

    Args:
        waveform: float32 (samples,) in [-1, 1] at the front end's rate, at least one window.
        front_end: its numbers.

    Returns:
        float32 (frames, bins); frame 0 begins at the first sample.
    """
    return power_of_windows(windows_of(waveform[None], front_end), front_end)[0]


def windows_of(waveforms: Floats, front_end: LogMelParameters = PANNS) -> Floats:
    """The samples of each frame, a view.

    Args:
        waveforms: float32 (batch, samples), as padded() returns them; at least one window.
        front_end: its numbers.

    Returns:
        float32 (batch, frames, length).
    """
    waveforms = np.ascontiguousarray(waveforms)
    batch, samples = waveforms.shape
    frames = 1 + (samples - front_end.length) // front_end.hop
    sample = waveforms.itemsize
    strides = (samples * sample, front_end.hop * sample, sample)
    # sliding_window_view() does the same in a time that counts where few frames are new
    return np.ndarray((batch, frames, front_end.length), waveforms.dtype, waveforms, 0, strides)


def power_of_windows(windows: Floats, front_end: LogMelParameters = PANNS) -> Floats:
    """The power spectra of frames.

    Args:
        windows: their samples, float32 (batch, frames, length).
        front_end: its numbers.

    Returns:
        float32 (batch, frames, bins).
    """
    shape = frame_window(front_end)
    power = np.empty((*windows.shape[:2], front_end.bins), np.float32)
    for start in range(0, windows.shape[1], TOGETHER):
        some = slice(start, start + TOGETHER)
        # complex64: numpy keeps the precision of its input
        spectrum = np.fft.rfft(windows[:, some] * shape, front_end.n_fft)
        np.square(spectrum.real, out=power[:, some])
        power[:, some] += np.square(spectrum.imag)
    return power


def padded(waveforms: Floats, front_end: LogMelParameters = PANNS) -> Floats:
    """Waveforms as frames are cut out of them: filtered, and reflected at the ends.

    Args:
        waveforms: float32 (batch, samples).
        front_end: its numbers.

    Returns:
        float32 (batch, samples), the first frame at the first sample.
    """
    if front_end.pre_emphasis:
        waveforms = waveforms[:, 1:] - np.float32(front_end.pre_emphasis) * waveforms[:, :-1]
    return reflected(waveforms, front_end) if front_end.centred else waveforms


def reflected(waveforms: Floats, front_end: LogMelParameters = PANNS) -> Floats:
    """Waveforms extended at both ends by half a window of their reflection.

    Args:
        waveforms: float32 (batch, samples), more than half a window.
        front_end: its numbers.

    Returns:
        float32 (batch, samples + n_fft).
    """
    half = front_end.n_fft // 2
    before, after = waveforms[:, half:0:-1], waveforms[:, -2 : -half - 2 : -1]
    return np.concatenate((before, waveforms, after), axis=1)  # a fifth of the time of np.pad


def mel_power(power: Floats, front_end: LogMelParameters = PANNS) -> Floats:
    """The power in each mel band.

    Args:
        power: power spectra, float32 (..., bins).
        front_end: its numbers.

    Returns:
        float32 (..., mels).
    """
    banded: Floats = power @ mel_bands(front_end)
    return banded


def decibels(power: Floats, front_end: LogMelParameters = PANNS) -> Floats:
    """Powers in dB.

    Args:
        power: float32 of any shape, not negative.
        front_end: its numbers.

    Returns:
        float32 of the same shape, in dB, not below the front end's floor.
    """
    levels: Floats = 10 * np.log10(np.maximum(power, front_end.floor))
    return levels


@cache
def mel_bands(front_end: LogMelParameters = PANNS) -> Floats:
    """The triangular filters, float32 (bins, mels).

    On Slaney's mel scale (Auditory Toolbox, 1998), which is linear up to 1 kHz and logarithmic
    above, each has area 1; on HTK's (Young et al., The HTK Book), each is straight in mel and has
    height 1.
    """
    if front_end.mel_scale == "htk":
        return _htk_bands(front_end)
    edges = _hertz(np.linspace(_mel(front_end.f_min), _mel(front_end.f_max), front_end.mels + 2))
    bins = np.linspace(0, front_end.sample_rate / 2, front_end.bins)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return (np.maximum(triangles, 0) * 2 / (high - low)).astype(np.float32)


def _htk_bands(front_end: LogMelParameters) -> Floats:
    low, high = 1127 * np.log1p(np.array([front_end.f_min, front_end.f_max]) / 700)
    edges = np.linspace(low, high, front_end.mels + 2)
    hertz = np.linspace(0, front_end.sample_rate / 2, front_end.bins)[:, None]
    bins = 1127 * np.log1p(hertz / 700)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(np.minimum(rising, falling), 0).astype(np.float32)


def mel_centres(front_end: LogMelParameters = PANNS) -> NDArray[np.float64]:
    """The frequencies in Hz at which the bands are highest, float64 (mels,)."""
    edges = np.linspace(_mel(front_end.f_min), _mel(front_end.f_max), front_end.mels + 2)
    return _hertz(edges)[1:-1]


@cache
def frame_window(front_end: LogMelParameters = PANNS) -> Floats:
    """What a frame is multiplied by: float32 (length,)."""
    samples = front_end.window or front_end.n_fft
    window = np.hanning(samples).astype(np.float32) if front_end.symmetric else hann_window(samples)
    around = front_end.length - samples
    return np.pad(window, (around // 2, around - around // 2))


@cache
def hann_window(samples: int) -> Floats:
    """The periodic Hann window, float32 (samples,), as torchlibrosa has it."""
    phase = 2 * np.pi * np.arange(samples) / samples
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


def _mel(hertz: float) -> float:
    if hertz < LOG_FROM:
        return hertz / LINEAR_STEP
    return LOG_FROM / LINEAR_STEP + float(np.log(hertz / LOG_FROM)) * LOG_STEPS / np.log(6.4)


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    corner = LOG_FROM / LINEAR_STEP
    above = LOG_FROM * np.exp((mel - corner) * np.log(6.4) / LOG_STEPS)
    return np.where(mel < corner, mel * LINEAR_STEP, above)
