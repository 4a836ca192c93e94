"""The kernel's page cache (Linux): dropping files from it, and asking what it holds of them."""

import ctypes
import mmap
import os
from collections.abc import Iterable, Iterator
from pathlib import Path


def drop(files: Iterable[Path]) -> None:
    """Drop files from the page cache, except for what is mapped or not yet written."""
    os.sync()
    for descriptor in _opened(files):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def share_cached(files: Iterable[Path]) -> float:
    """The share of files' pages that are in the page cache."""
    libc = ctypes.CDLL(None, use_errno=True)
    there = pages = 0
    for descriptor in _opened(files):
        if not (size := os.fstat(descriptor).st_size):
            continue
        with mmap.mmap(descriptor, size, access=mmap.ACCESS_COPY) as content:
            states = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
            first = ctypes.c_char.from_buffer(content)
            libc.mincore(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(size), states)
            del first  # else the mapping cannot be closed
        there += sum(state & 1 for state in states)
        pages += len(states)
    return there / pages if pages else 0.0


def _opened(files: Iterable[Path]) -> Iterator[int]:
    """Each file's descriptor in turn; files that cannot be read are passed over."""
    for file in files:
        try:
            descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            yield descriptor
        finally:
            os.close(descriptor)
