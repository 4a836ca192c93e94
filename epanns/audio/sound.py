"""An open sound file, and what is found to be wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.errors import AudioFileError

BLOCK_SECONDS = 0.05

Blocks = Iterator[NDArray[np.float32]]


class MissingSound(str):
    """A sentence about sound of a file that could not be read, or is not there.

    Other sentences about a file are plain texts: with them, all of its sound was read.
    """

    __slots__ = ()


@dataclass(frozen=True)
class Sound:
    """An open sound file.

    Attributes:
        sample_rate: in Hz.
        channels: how many.
        blocks: pieces of the file in order, each float32 (frames, channels), full scale is 1.
            Raises AudioFileError where the file is damaged, unless damage is only noted.
        seconds: its length as the header states it, 0 where that is not known; wrong where the
            file is damaged.
    """

    sample_rate: int
    channels: int
    blocks: Blocks
    seconds: float = 0.0


class Damage:
    """What is wrong with a file that can be read at least in part.

    Args:
        faults: a list that sentences about it are added to; None to end the reading at damage.
        subject: how the sentences begin, the path of the file.
        instead: how they are to begin.
    """

    def __init__(self, faults: list[str] | None, subject: str = "", instead: str = "") -> None:
        self._faults = faults
        self._subject = subject
        self._instead = instead

    def of_part(self, path: Path, begin: float) -> "Damage":
        """The same for the part of a file that begins after some seconds: its sentences say so."""
        return Damage(self._faults, str(path), f"{path}, from {begin:.1f} s on,")

    def _named(self, sentence: str) -> str:
        if self._subject and sentence.startswith(self._subject):
            return self._instead + sentence[len(self._subject) :]
        return sentence

    def end(self, sentence: str) -> None:
        """A decoder reported an error: end the reading, if damage ends it; else note it later.

        Raises:
            AudioFileError: with the sentence.
        """
        if self._faults is None:
            raise AudioFileError(self._named(sentence))

    def met(self, sentence: str) -> None:
        """A decoder reported an error: note it, or end the reading.

        Raises:
            AudioFileError: with the sentence, where damage ends the reading.
        """
        self.end(sentence)
        self.note(sentence)

    def note(self, sentence: str) -> None:
        """Sound is missing, without an error of a decoder: note it, if there is a list."""
        if self._faults is not None:
            self._faults.append(MissingSound(self._named(sentence)))

    def remark(self, sentence: str) -> None:
        """Something is odd about a file of which all sound is read: note it, if there is a list."""
        if self._faults is not None:
            self._faults.append(self._named(sentence))
