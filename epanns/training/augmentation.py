"""Random changes of crops: mixing, gain, frequency responses, masks."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchlibrosa.augmentation import SpecAugmentation

from epanns.frontend.parameters import PANNS

Floats = NDArray[np.float32]

SILENCE = 2e-6  # mean power, -57 dB: a quiet room, which is not made louder
STRIPES = 2  # masks of either kind, as in PANNs
WIDEST_TIME, WIDEST_BAND = 64, 8  # frames and bands of a mask, likewise, in 10 s
WIDEST_SHARE = 8  # of a shorter spectrogram a mask takes less than the eighth part
CORNERS = 2, 5  # fewest and most bands inside a spectrum where a frequency response bends


def mix(
    waveform: Floats, other: Floats, target: Floats, other_target: Floats, difference: float
) -> tuple[Floats, Floats]:
    """Add another sound; the sum is as powerful as the first was.

    Both sounds are audible, so the targets are the maximum of both, not their mean as in mixup; but
    those of the softer sound are scaled by the ratio of the amplitudes. Silence is not scaled: what
    is added to it stays as it is, and only the louder one's targets remain.

    Args:
        waveform: float32 (samples,) in [-1, 1].
        other: likewise, what is to be added.
        target: float32 (classes,) in [0, 1], of the first.
        other_target: likewise of the other.
        difference: by how many dB the other's power is to be below; above if negative.

    Returns:
        The sum, float32 (samples,), and its targets, float32 (classes,).
    """
    power, other_power = _power(waveform), _power(other)
    if power > SILENCE and other_power > SILENCE:
        ratio = 10 ** (-difference / 20)
        summed = waveform + other * (ratio * np.sqrt(power / other_power))
        summed /= np.sqrt(1 + ratio**2)
    else:
        ratio = float("inf") if other_power > power else 0.0
        summed = waveform + other
    weights = min(1.0, 1 / ratio if ratio else 1.0), min(1.0, ratio)
    targets = np.maximum(target * np.float32(weights[0]), other_target * np.float32(weights[1]))
    return summed.astype(np.float32), targets


def gain(waveform: Floats, decibels: float) -> Floats:
    """Make a waveform louder or softer, but no louder than full scale.

    Args:
        waveform: float32 (samples,).
        decibels: by how many.

    Returns:
        float32 (samples,) in [-1, 1].
    """
    peak = float(np.abs(waveform).max())
    factor = 10 ** (decibels / 20)
    return waveform * np.float32(min(factor, 1 / peak) if peak else factor)


def masks(batch: int, frames: int, bands: int = PANNS.mels) -> Tensor:
    """SpecAugment's masks (Park et al., 2019).

    PANNs' two stripes of at most 64 frames and two of at most 8 bands, narrower in time for less
    than 5 s; drawn from PyTorch's generator for the CPU.

    Args:
        batch: how many.
        frames: of a spectrogram.
        bands: of a spectrogram.

    Returns:
        float32 (batch, frames, bands): 0 where a spectrogram is to be dropped and else 1.
    """
    widest = max(1, min(WIDEST_TIME, frames // WIDEST_SHARE))
    augmentation = SpecAugmentation(widest, STRIPES, WIDEST_BAND, STRIPES)
    masked: Tensor = augmentation(torch.ones(batch, 1, frames, bands))
    return masked.squeeze(1)


def frequency_responses(batch: int, decibels: float, bands: int = PANNS.mels) -> Tensor:
    """Random frequency responses, as those of other microphones, loudspeakers and rooms.

    FilterAugment in its linear form (Nam et al., ICASSP 2022): lines between random gains at random
    bands. Drawn from PyTorch's generator for the CPU.

    Args:
        batch: how many.
        decibels: the largest gain, up and down.
        bands: of a spectrogram.

    Returns:
        float32 (batch, 1, bands) in dB, to be added to log-mel spectrograms.
    """
    random = np.random.default_rng(int(torch.randint(2**62, ()).item()))
    responses = np.empty((batch, 1, bands), np.float32)
    for response in responses:
        count = random.integers(CORNERS[0], CORNERS[1] + 1)
        inside = np.sort(random.uniform(0, bands - 1, count))
        gains = random.uniform(-decibels, decibels, count + 2)
        response[0] = np.interp(np.arange(bands), [0, *inside, bands - 1], gains)
    return torch.from_numpy(responses)


def _power(waveform: Floats) -> float:
    return float(np.mean(np.square(waveform)))
