"""A file system without flock, for programs that are started for a test.

The system itself refuses the call to this process, whoever makes it: Python and HDF5 alike.
"""

import ctypes
import errno
import platform
import struct
import sys

FLOCK = {"x86_64": 73, "aarch64": 32}  # the number of the system call
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # instructions of the Berkeley packet filter
ALLOW, FAIL = 0x7FFF0000, 0x00050000
NO_NEW_PRIVILEGES, SECCOMP, BY_FILTER = 38, 22, 2


def is_possible() -> bool:
    """Whether this system can be told so."""
    return sys.platform == "linux" and platform.machine() in FLOCK


def refuse_flock(name: str) -> None:
    """Let every flock of this process fail.

    Args:
        name: of the error, such as ENOLCK.
    """
    steps = [
        (LOAD, 0, 0, 0),  # the number of the call
        (IF_EQUAL, 0, 1, FLOCK[platform.machine()]),
        (RETURN, 0, 0, FAIL | getattr(errno, name)),
        (RETURN, 0, 0, ALLOW),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    about = struct.pack("HP", len(steps), ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SECCOMP, BY_FILTER, about, 0, 0)):
        if libc.prctl(*call):
            raise OSError(ctypes.get_errno(), "prctl")
