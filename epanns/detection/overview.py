"""A recording of any length at a glance: its waveform and its log-mel spectrogram."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epanns.detection.chunks import chunks
from epanns.frontend.numpy_frontend import decibels, mel_power, power_spectrum
from epanns.frontend.parameters import PANNS, SAMPLE_RATE

Floats = NDArray[np.float32]

COLUMNS = 4096  # at most; more than pictures have pixels
CHUNK = 1000 * PANNS.hop  # samples, 10 s
CONTEXT = 2 * PANNS.hop  # samples; what a frame reaches over


@dataclass(frozen=True, eq=False)
class Overview:
    """What a picture shows of a sound.

    Attributes:
        seconds: of sound that a column stands for.
        low, high: float32 (columns,) in [-1, 1], the lowest and the highest sample.
        log_mel: float32 (columns, 64) in dB, the mean power in the mel bands of PANNs.
    """

    seconds: float
    low: Floats
    high: Floats
    log_mel: Floats


def overview(blocks: Iterable[Floats], columns: int = COLUMNS) -> Overview:
    """Waveform and spectrogram of a sound of any length, in bounded memory.

    Args:
        blocks: float32 (samples,) at 32 kHz in [-1, 1].
        columns: an even number; the picture has at most as many columns, and at least half as many
            where the sound has enough frames of 10 ms.

    Returns:
        The columns of the picture.
    """
    rows = np.zeros((columns, 2 + PANNS.mels), np.float32)
    filled, stride = 0, 1  # columns, frames that a column stands for
    rest = rows[:0]  # frames that do not fill a column yet
    for frames in _frames(blocks):
        rest = np.concatenate((rest, frames))
        while len(rest) >= stride:
            room = min(len(rest) // stride, columns - filled)
            rows[filled : filled + room] = _joined(rest[: room * stride], stride)
            filled, rest = filled + room, rest[room * stride :]
            if filled == columns:  # full: from now on columns of twice the length
                rows[: columns // 2] = _joined(rows, 2)
                filled, stride = columns // 2, 2 * stride
    found = rows[:filled]
    if len(rest):
        found = np.concatenate((found, _joined(rest, len(rest))))
    log_mel = decibels(found[:, 2:])
    seconds = stride * PANNS.hop / SAMPLE_RATE
    return Overview(seconds, found[:, 0], -found[:, 1], log_mel)


def _frames(blocks: Iterable[Floats]) -> Iterator[Floats]:
    """Frames of 10 ms (frames, 2 + mels): lowest sample, negative highest, mel powers."""
    for waveform, begin, end in chunks(blocks, CHUNK, CONTEXT):
        core = waveform[begin:end]
        core = np.pad(core, (0, -len(core) % PANNS.hop)).reshape(-1, PANNS.hop)
        padded = np.pad(waveform, (0, max(PANNS.n_fft - len(waveform), 0)))
        power = power_spectrum(padded[None])[0, begin // PANNS.hop :][: len(core)]
        yield np.column_stack((core.min(axis=1), -core.max(axis=1), mel_power(power)))


def _joined(rows: Floats, stride: int) -> Floats:
    """Each `stride` rows as one: the lowest of the first two columns, the mean of the others."""
    groups = rows.reshape(-1, stride, rows.shape[1])
    return np.column_stack((groups[..., :2].min(axis=1), groups[..., 2:].mean(axis=1)))
