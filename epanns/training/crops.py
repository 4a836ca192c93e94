"""Crops of the clips of a pack, from where there is sound."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.datasets.pack import Pack
from epanns.frontend.parameters import SAMPLE_RATE

Floats = NDArray[np.float32]

BLOCK = SAMPLE_RATE // 20  # samples; the resolution of the loudness over a clip
PLACES = 3  # tried for a crop, of which the loudest is taken
SECOND = SAMPLE_RATE


class Crop(NamedTuple):
    """A part of a clip, or a short clip with silence around it.

    Attributes:
        clip: its index.
        start: its first sample in the clip; below 0 with silence before the clip.
        waveform: float32 (samples,).
        below: by how many dB its loudest second is below that of the clip; inf for silence, but 0
            where the whole clip is silent.
    """

    clip: int
    start: int
    waveform: Floats
    below: float


class Crops:
    """Crops of clips. A clip is read as a whole when it is first asked for, to know its levels.

    160 bytes a second are kept of it. No thread may share it, nor its pack.

    Args:
        pack: the clips.
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._energies: dict[int, NDArray[np.float64]] = {}

    def crop(self, index: int, samples: int, random: np.random.Generator) -> Crop:
        """A random crop: the loudest of three. A shorter clip is anywhere in it.

        Args:
            index: of the clip.
            samples: how long a crop.
            random: where its place comes from.
        """
        room = self._pack.length(index) - samples
        starts = random.integers(min(room, 0), max(room, 0) + 1, PLACES)
        start = int(starts[np.argmax([self._energy(index, each, samples) for each in starts])])
        before = max(-start, 0)
        waveform = np.zeros(samples, np.float32)
        waveform[before:] = self._pack.waveform(index, max(start, 0), samples - before)
        return Crop(index, start, waveform, self._below(index, start, samples))

    def _below(self, index: int, start: int, samples: int) -> float:
        whole = self._loudest(index, 0, max(self._pack.length(index), SECOND))
        here = self._loudest(index, start, samples)
        if not whole:
            return 0.0
        return float(10 * np.log10(whole / here)) if here else float("inf")

    def _loudest(self, index: int, start: int, samples: int) -> float:
        """The mean power of the loudest second of a part, or of all of a shorter part."""
        window = min(samples, SECOND)
        starts = start + np.append(np.arange(0, samples - window, BLOCK), samples - window)
        return float(self._energy(index, starts, window).max() / window)

    def _energy(self, index: int, start: NDArray[np.int64], samples: int) -> NDArray[np.float64]:
        """The energy of parts of a clip, linear between blocks; there is none outside it."""
        if index not in self._energies:
            waveform = self._pack.waveform(index).astype(np.float64)
            blocks = np.add.reduceat(np.square(waveform), np.arange(0, len(waveform), BLOCK))
            self._energies[index] = np.append(0.0, np.cumsum(blocks))
        energies, length = self._energies[index], self._pack.length(index)
        places = np.append(np.arange(0, length, BLOCK), length)
        parts = np.interp([start, start + samples], places, energies)
        difference: NDArray[np.float64] = parts[1] - parts[0]
        return difference
