"""Large memory pages for the weights, where the system gives them to those who ask.

A network reads all of its weights at every update. In pages of 4 KiB the processor spends a
noticeable share of that time on finding where they are (measured by scripts/bench); Linux can put
them into pages of 2 MiB, which many systems do only on request (madvise(2)).
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

SMALLEST = 4 << 20  # bytes of a region that is worth it
MADV_HUGEPAGE, MADV_COLLAPSE = 14, 25  # Linux; the second since 6.1
MAPS = Path("/proc/self/maps")


def ask_for_huge_pages() -> None:
    """Move what this process holds in memory into large pages, where that can be done.

    Takes some tenths of a second, during which other threads go on. Does nothing elsewhere than on
    Linux, and nothing is lost where the system refuses: it only is no faster then.
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
    """Where the large pieces of memory of this process are, and their sizes in bytes."""
    for line in MAPS.read_text().splitlines():
        addresses, permissions, _, _, inode, *_ = line.split()
        start, end = (int(address, 16) for address in addresses.split("-"))
        if permissions.startswith("rw") and inode == "0" and end - start >= SMALLEST:
            yield start, end - start
