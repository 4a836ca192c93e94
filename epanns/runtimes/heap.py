"""Memory that a process frees and soon needs again."""

import contextlib
import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt(3)
LARGEST = 1 << 25  # bytes of a block that is kept, the most that glibc allows
KEPT = 1 << 29  # bytes at most that are free and not given back


def keep_freed_memory() -> None:
    """Let this process keep what it frees instead of giving it back to the system.

    One that works on recording after recording needs as much for the next one. Each page that the
    system takes back and gives again costs it a fault: 15 % of the time of tag with a small network
    (measured by scripts/bench). Does nothing where the C library is not glibc.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGEST)
        mallopt(M_TRIM_THRESHOLD, KEPT)
