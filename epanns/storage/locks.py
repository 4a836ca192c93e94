"""Locks on files between programs, taken as HDF5 takes them.

Windows has none of this kind, nor have many network shares: there programs work without, and say so
once, as two of them that write to one file would spoil it.
"""

import errno
from functools import cache
from pathlib import Path

import h5py

from epanns.console import tell
from epanns.errors import cause
from epanns.storage.text_heaps import check_attributes

UNSUPPORTED = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}


def lock_out(descriptor: int, path: Path) -> None:
    """Let no other program read or write a file; not where files cannot be locked.

    Args:
        descriptor: of the open file.
        path: the file.

    Raises:
        BlockingIOError: another program has it open; our own lock is released then.
        OSError: the system fails.
    """
    _lock(descriptor, path, "LOCK_EX")


def let_in(descriptor: int, path: Path) -> None:
    """Let other programs read a file, but not write; see lock_out."""
    _lock(descriptor, path, "LOCK_SH")


def open_to_read(path: Path) -> h5py.File:
    """Open an HDF5 file to read, with a lock where there are any.

    Raises:
        BlockingIOError: another program has locked it out.
        OSError: it cannot be opened.
        ValueError: its attributes are damaged.
    """
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        _tell_unlocked(str(path.parent), cause(error))
        file = h5py.File(path, "r", locking=False)
    try:
        check_attributes(path)
    except BaseException:
        file.close()
        raise
    return file


def _lock(descriptor: int, path: Path, kind: str) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(descriptor, getattr(fcntl, kind) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        _tell_unlocked(str(path.parent), cause(error))


@cache  # once is enough
def _tell_unlocked(folder: str, why: str) -> None:
    tell(
        f"Files in {folder} cannot be locked ({why}), so see that no two programs write to one of"
        " them at a time."
    )
