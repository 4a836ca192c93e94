"""Large memory pages for the weights, where the system provides them on request.

A network reads all of its weights at every update. With pages of 4 KiB, a noticeable share of that
time is spent on address translation (measured by scripts/bench). Linux can use pages of 2 MiB
instead, on many systems only on request (madvise(2)).
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

SMALLEST = 4 << 20  # bytes of a region that is moved
MADV_HUGEPAGE, MADV_COLLAPSE = 14, 25  # Linux; the second since 6.1
MAPS = Path("/proc/self/maps")


def ask_for_huge_pages() -> None:
    """Move the memory of this process into large pages, where the system allows it.

    Takes some tenths of a second, during which other threads continue. Does nothing on systems
    other than Linux, and has no effect where the system refuses.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        madvise = ctypes.CDLL(None).madvise
        madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for start, size in _large_regions():
            for advice in (MADV_HUGEPAGE, MADV_COLLAPSE):
                madvise(start, size, advice)


def _large_regions() -> Iterator[tuple[int, int]]:
    """The addresses of the large memory regions of this process, and their sizes in bytes."""
    for line in MAPS.read_text().splitlines():
        addresses, permissions, _, _, inode, *_ = line.split()
        start, end = (int(address, 16) for address in addresses.split("-"))
        if permissions.startswith("rw") and inode == "0" and end - start >= SMALLEST:
            yield start, end - start
