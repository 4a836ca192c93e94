"""Arrays of a recording that is not complete yet: in memory while they are few, else on disk."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epanns.files.segments import SegmentScores

Floats = NDArray[np.float32]

IN_MEMORY = 16 << 20  # bytes of each array
AT_A_TIME = 4 << 20  # bytes copied at a time


class Spool:
    """Scores, embeddings and levels of one recording, in order.

    The file on disk has no name, and is removed when the program ends, in any way.

    Args:
        folder: where arrays that become too large for memory are kept.

    Attributes:
        rows: how many segments there are.
        hop: samples from one to the next.
    """

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self.hop = 0
        self._files: dict[str, Any] = {}
        self._widths: dict[str, tuple[int, ...]] = {}
        self._folder = folder

    def add(self, scores: SegmentScores) -> None:
        """Take in the next segments.

        Raises:
            OSError: the disk is full.
        """
        self.rows += len(scores.levels)
        self.hop = scores.hop
        for name in ("scores", "embeddings", "levels"):
            array: Floats = getattr(scores, name)
            if name not in self._files:
                self._files[name] = tempfile.SpooledTemporaryFile(  # noqa: SIM115 (see close)
                    IN_MEMORY, dir=str(self._folder)
                )
                self._widths[name] = array.shape[1:]
            self._files[name].write(array.tobytes())

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an array as a whole."""
        return self.rows, *self._widths[name]

    def pieces(self, name: str) -> Iterator[Floats]:
        """An array from its beginning, float32, up to 4 MiB of rows at a time."""
        width = self._widths[name]
        row = 4 * int(np.prod(width, dtype=np.int64))
        self._files[name].seek(0)
        while row and (data := self._files[name].read(max(AT_A_TIME // row, 1) * row)):
            yield np.frombuffer(data, np.float32).reshape(-1, *width)

    def close(self) -> None:
        """Remove everything."""
        for file in self._files.values():
            file.close()
