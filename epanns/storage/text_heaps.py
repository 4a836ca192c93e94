"""Texts of any length in HDF5 files: reading them comes to an end, whatever is in the file.

HDF5 keeps such texts in global heaps (File Format Specification 3.0, III.E). It goes through a heap
object by object, and for ever where damage has left one of size 0, in C, where nothing ends it. So
texts of a file from anywhere are read through a file object that looks at each heap before HDF5
does.
"""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

MARK = b"GCOL"
HEADER = struct.Struct("<4s4xQ")  # of a heap: the mark, its size
OBJECT = struct.Struct("<H6xQ")  # of an object in it: its number, its size
LARGEST = 1 << 28  # bytes of a heap; HDF5 makes one larger than 64 KiB for a longer text only


class _CheckedFile(io.FileIO):
    """A file that does not give a heap that HDF5 would not come to the end of.

    Attributes:
        is_endless: whether there was one.
    """

    is_endless = False

    def readinto(self, buffer: Any) -> int:
        place = self.tell()
        count = super().readinto(buffer) or 0
        content = memoryview(buffer).cast("B")[:count]
        if count >= HEADER.size and content[: len(MARK)] == MARK:
            _, size = HEADER.unpack_from(content)
            self.seek(place)
            heap = self.read(min(size, LARGEST))  # of which HDF5 may read the rest later
            self.seek(place + count)
            if size > LARGEST or not _has_end(heap):
                self.is_endless = True
                raise OSError("a heap without an end")  # which HDF5 does not pass on
        return count


@contextmanager
def open_texts(path: Path) -> Iterator[h5py.File]:
    """An HDF5 file to read texts from; for the rest, open it in another way.

    Raises:
        ValueError: the texts are damaged so that they cannot be read.
    """
    with _CheckedFile(path) as content:
        try:
            with h5py.File(content, "r") as file:
                yield file
        except Exception:
            if content.is_endless:
                raise ValueError("its texts cannot be read") from None
            raise


def check_attributes(path: Path) -> None:
    """Refuse an HDF5 file whose attributes cannot be read.

    Raises:
        OSError, RuntimeError, ValueError: it is damaged.
    """
    with open_texts(path) as file:
        for name in file.attrs:
            file.attrs[name]


def _has_end(heap: bytes) -> bool:
    """Whether going through a heap comes to an end."""
    place = HEADER.size
    while place + OBJECT.size <= len(heap):
        number, length = OBJECT.unpack_from(heap, place)
        step = OBJECT.size + (length + 7) // 8 * 8 if number else length
        if step < OBJECT.size:
            return False
        place += step
    return True
