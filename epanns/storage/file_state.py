"""The state of a recording's file, by which it is known whether its results still hold."""

from pathlib import Path
from typing import NamedTuple, Self


class FileState(NamedTuple):
    """The state of a file; outputs name these values as they are named here.

    Attributes:
        bytes: its size.
        modified_ns: when it was changed last, in nanoseconds since 1970.
    """

    bytes: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """The present state of a file; None where it cannot be seen."""
        try:
            found = path.stat()
        except (OSError, ValueError):
            return None
        return cls(found.st_size, found.st_mtime_ns)


def is_outdated(path: Path, read: FileState | None) -> bool:
    """Whether a recording is to be read again.

    Args:
        path: its file. What is known of one that cannot be seen now still holds.
        read: the state of the file that all of it was read in; None where not all of it was read.
    """
    now = FileState.of(path)
    return now is not None and now != read
