"""The content of a file as if it were bytes, of which only what is asked for is read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 18  # bytes searched at a time


class FileBytes:
    """The content of an open file; it is read, not mapped, as it may shrink or go away meanwhile.

    Args:
        file: the file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        first, last, _ = part.indices(self._size)
        self._file.seek(first)
        return self._file.read(max(last - first, 0))

    def find(self, wanted: bytes, first: int = 0) -> int:
        """Where `wanted` stands next, at `first` or after it; -1 for nowhere."""
        while piece := self[first : first + PIECE]:
            if (at := piece.find(wanted)) >= 0:
                return first + at
            if len(piece) < PIECE:
                break
            first += len(piece) - len(wanted) + 1
        return -1


@contextmanager
def opened(path: Path) -> Iterator[FileBytes]:
    """The content of a file that is closed with the context."""
    with path.open("rb") as file:
        yield FileBytes(file)
