"""A part of a file as a file of its own, with some of its bytes replaced.

A decoder that is given a window reads what is there instead of what a wrong header says, and reads
one of several files that were joined to one.
"""

import io
import os
from collections.abc import Mapping
from pathlib import Path


class FileWindow(io.RawIOBase):
    """The bytes of a file from `start` to `end`, to be read and searched like any file.

    Args:
        path: the file.
        start: its first byte in the window.
        end: the byte after the last one; None for the end of the file.
        replaced: bytes that are read in place of those in the file, by their place in the window.

    Attributes:
        start: its first byte in the file.
        error: what ended the reading early, if something did: decoders do not pass it on.
    """

    def __init__(
        self,
        path: Path,
        start: int = 0,
        end: int | None = None,
        replaced: Mapping[int, bytes] | None = None,
    ) -> None:
        self._file = path.open("rb")
        self.start = start
        self.error: OSError | None = None
        size = os.fstat(self._file.fileno()).st_size
        self._size = max((size if end is None else min(end, size)) - start, 0)
        self._replaced = dict(replaced or {})
        self._position = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be searched."""
        return True

    def __len__(self) -> int:
        return self._size

    def tell(self) -> int:
        """The place of the next byte that is read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, which may be after the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read what fits into a buffer; return how many bytes that was."""
        view = memoryview(buffer).cast("B")
        count = min(len(view), max(self._size - self._position, 0))
        try:
            self._file.seek(self.start + self._position)
            count = self._file.readinto(view[:count])
        except OSError as error:
            self.error = error
            return 0
        for place, content in self._replaced.items():
            first = max(place, self._position)
            last = min(place + len(content), self._position + count)
            if first < last:
                view[first - self._position : last - self._position] = content[
                    first - place : last - place
                ]
        self._position += count
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
