"""A file that always reads as it was at its last commit, whenever its writer was killed.

HDF5 alone does not guarantee this: it changes its tables in place and in several steps. So the pack
writer gives h5py this file to write to. Between two commits, changes to the pages of the last
commit are kept in memory; only bytes after these pages are written at once, where HDF5 does not
read before a commit. A commit writes the changed pages to a journal beside the file, gives the
journal its name, and only then changes the file itself. The next program that opens the file and
finds a journal of that name applies its changes, again if necessary: a redo log, as in databases.

A journal may be left over, and another file, or another state of the file, take the name it belongs
to. So it holds digests of what it replaces and of some pages that stay; where they do not fit, it
is set aside.
"""

import contextlib
import hashlib
import io
import os
import struct
from pathlib import Path
from typing import Any

from epanns.console import tell
from epanns.storage.atomic import sync_folder
from epanns.storage.existence import exists
from epanns.storage.locks import lock_out

PAGE = 4096  # bytes
MAGIC = b"epannsj2"
_HEAD = struct.Struct("<8sQI")  # MAGIC, the size of the file after the commit, how many witnesses
_WITNESS = struct.Struct("<Q8s")  # the place of a page that stays, and its digest
_CHANGE = struct.Struct(
    "<Q8s"
)  # the place of a page, the digest of what it replaces; then the page
WITNESSES = 8
UNWRITTEN = 1 << 26  # bytes after those of a file and its journal that a commit may add as zeros
ASIDE = ".unfit"  # added to the name of a journal that is set aside


def journal_of(path: Path) -> Path:
    """The path of the journal of a file; it exists during a commit and after an incomplete one."""
    return path.with_name(path.name + ".journal")


class JournalledFile(io.RawIOBase):
    """An existing file, open for reading and writing by one process at a time.

    Opening it completes a commit that was cut short; closing it discards what was not committed.
    It holds the pages changed since the last commit in memory. For one thread only.

    Raises:
        BlockingIOError: another process has the file open (not noticed where locks.py has none).
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file = path.open("r+b", buffering=0)
        try:
            lock_out(self._file.fileno(), path)
            if not self._fits():
                self._set_aside()
            self._redo()
        except OSError:
            self._file.close()
            raise
        self._position = 0
        self._size = self._kept = self._file.seek(0, os.SEEK_END)
        self._pages: dict[int, bytearray] = {}  # by their place in the file
        self._failure: OSError | None = None

    def readable(self) -> bool:
        """True."""
        return True

    def writable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place in the file and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """The place in the file."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer from the place in the file, and move the place past these bytes."""
        view = memoryview(buffer).cast("B")
        view = view[: max(0, min(len(view), self._size - self._position))]
        start, stop = self._position, self._position + len(view)
        self._read_file(start, view)
        for place in range(start // PAGE * PAGE, stop, PAGE):
            if place in self._pages:
                low, high = max(start, place), min(stop, place + PAGE)
                view[low - start : high - start] = self._pages[place][low - place : high - place]
        self._position = stop
        return len(view)

    def write(self, data: Any) -> int:
        """Write at the place in the file, and move the place past these bytes.

        An error of the disk is raised by the next commit, not here, as HDF5 does not recover from
        one in the middle of an operation.
        """
        view = memoryview(data).cast("B")
        self._put(self._position, view)
        self._position += len(view)
        self._size = max(self._size, self._position)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Cut the file, or extend it with zeros, at the next commit."""
        size = self._position if size is None else size
        if size < self._size:  # zeros, in case it grows again
            self._put(size, memoryview(bytes(self._size - size)))
        self._size = size
        return size

    def commit(self) -> None:
        """Make all that was written since the last commit part of the file.

        Raises:
            OSError: the disk is full, or gone; the file stays as it was at the last commit.
        """
        if self._failure:
            raise self._failure
        os.fsync(self._file.fileno())
        journal = journal_of(self._path)
        draft = journal.with_name(journal.name + ".part")
        try:
            draft.unlink(missing_ok=True)
            with draft.open("xb") as file:  # not through a link that somebody has put there
                witnesses = self._witnesses()
                file.write(_HEAD.pack(MAGIC, self._size, len(witnesses)))
                for place in witnesses:
                    file.write(_WITNESS.pack(place, _digest(self._page(place))))
                for place, page in self._pages.items():
                    file.write(_CHANGE.pack(place, _digest(self._page(place))) + page)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        draft.replace(journal)
        sync_folder(journal.parent)
        self._redo()
        self._kept = self._size
        self._pages.clear()

    def close(self) -> None:
        """Close the file without a commit."""
        if not self.closed:
            with contextlib.suppress(OSError):
                if not exists(journal_of(self._path)):
                    self._file.truncate(self._kept)
            self._file.close()
        super().close()

    def _put(self, place: int, view: memoryview) -> None:
        """Write to memory in pages of the last commit, and to the file after them."""
        border = -(-self._kept // PAGE) * PAGE
        while place < border and view:
            page = place // PAGE * PAGE
            if page not in self._pages:
                self._pages[page] = bytearray(PAGE)
                self._read_file(page, memoryview(self._pages[page]))
            count = min(page + PAGE - place, len(view))
            self._pages[page][place - page : place - page + count] = view[:count]
            place, view = place + count, view[count:]
        try:
            if not self._failure:
                self._write_file(place, view)
        except OSError as error:
            self._failure = error

    def _read_file(self, place: int, view: memoryview) -> None:
        """Fill a buffer from the file itself, with zeros after its end."""
        self._file.seek(place)
        count = 0
        while count < len(view) and (step := self._file.readinto(view[count:])):
            count += step
        view[count:] = bytes(len(view) - count)

    def _write_file(self, place: int, view: memoryview) -> None:
        """Write to the file itself, in as many steps as the system needs."""
        self._file.seek(place)
        while view:
            view = view[self._file.write(view) :]

    def _page(self, place: int) -> bytes:
        """A page of the file itself, with zeros after its end."""
        page = bytearray(PAGE)
        self._read_file(place, memoryview(page))
        return bytes(page)

    def _witnesses(self) -> list[int]:
        """Places of some pages that this commit leaves as they are."""
        count = self._size // PAGE
        spread = range(0, count, max(count // (2 * WITNESSES), 1))
        return [page * PAGE for page in spread if page * PAGE not in self._pages][:WITNESSES]

    def _redo(self) -> None:
        """Apply the changes in the journal, if there is one."""
        journal = journal_of(self._path)
        if not exists(journal):
            return
        with journal.open("rb") as file:
            _, size, witnesses = _HEAD.unpack(file.read(_HEAD.size))
            file.seek(witnesses * _WITNESS.size, os.SEEK_CUR)
            while head := file.read(_CHANGE.size):
                place, _ = _CHANGE.unpack(head)
                self._write_file(place, memoryview(file.read(PAGE)))
        self._file.truncate(size)
        os.fsync(self._file.fileno())
        journal.unlink(missing_ok=True)  # without locks a reader may have done the same

    def _fits(self) -> bool:
        """Whether the journal, if there is one, goes on with this state of this file.

        A file may have got some of the changes. One page may be neither the old nor the new one: it
        was being written when the power failed.
        """
        journal = journal_of(self._path)
        if not exists(journal):
            return True
        try:
            with journal.open("rb") as file:
                magic, size, witnesses = _HEAD.unpack(file.read(_HEAD.size))
                there = self._file.seek(0, os.SEEK_END)
                if magic != MAGIC or size > there + journal.stat().st_size + UNWRITTEN:
                    return False
                for _ in range(witnesses):
                    place, digest = _WITNESS.unpack(file.read(_WITNESS.size))
                    if place >= max(size, there) or _digest(self._page(place)) != digest:
                        return False
                known = torn = 0
                while head := file.read(_CHANGE.size):
                    place, old = _CHANGE.unpack(head)
                    if place >= max(size, there):
                        return False
                    new, found = file.read(PAGE), self._page(place)
                    end = max(size - place, 0)
                    fits = _digest(found) == old or found[:end] == new[:end]
                    known, torn = known + fits, torn + (not fits)
        except struct.error:
            return False
        unknown = not witnesses and not known and self._file.seek(0, os.SEEK_END) > size
        return torn <= min(known, 1) and not unknown

    def _set_aside(self) -> None:
        """Give the journal another name, as it would damage the file."""
        journal = journal_of(self._path)
        aside = journal.with_name(journal.name + ASIDE)
        journal.replace(aside)
        tell(f"{journal} does not belong to this state of {self._path}, so it is now {aside}.")


def _digest(page: bytes) -> bytes:
    return hashlib.blake2b(page, digest_size=8).digest()
