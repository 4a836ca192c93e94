"""An open sound file, and what is found to be wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epanns.errors import AudioFileError

BLOCK_SECONDS = 0.05

Blocks = Iterator[NDArray[np.float32]]


@dataclass(frozen=True)
class Sound:
    """An open sound file.

    Attributes:
        sample_rate: in Hz.
        channels: how many.
        blocks: pieces of the file in order, each (frames, channels) float32. Raises AudioFileError
            where the file is damaged, unless damage is only noted.
        seconds: how long it is as far as can be told in advance, 0 where it cannot; wrong where
            the file is damaged.
    """

    sample_rate: int
    channels: int
    blocks: Blocks
    seconds: float = 0.0


class Damage:
    """What is wrong with a file that can be read at least in part.

    Args:
        faults: a list for sentences about it; None where damage shall end the reading.
    """

    def __init__(self, faults: list[str] | None) -> None:
        self._faults = faults

    def met(self, sentence: str) -> None:
        """A decoder stumbled: note it, or end the reading.

        Raises:
            AudioFileError: with the sentence, where damage ends the reading.
        """
        if self._faults is None:
            raise AudioFileError(sentence)
        self._faults.append(sentence)

    def note(self, sentence: str) -> None:
        """Sound is missing, though no decoder stumbled: note it, if anybody asks."""
        if self._faults is not None:
            self._faults.append(sentence)
