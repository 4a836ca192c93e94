"""A journalled file that others may read while it is written: each reader sees one commit.

Between commits the file is a whole HDF5 file, so any program can open it. While somebody has it
open, with a lock as HDF5 takes it, commits go to the journal alone: what is read does not change
under the reader, and is as safe as ever. When the reader has gone, the next commit brings the file
up to date.
"""

import contextlib
import time
from pathlib import Path

from epanns.storage.journal import JournalledFile, journal_of

READERS_END_WITHIN = 1.0  # seconds that the end of a recording waits for them
LOOK_EVERY = 0.05


class SharedFile(JournalledFile):
    """A JournalledFile that leaves the file alone while somebody reads it.

    Raises:
        BlockingIOError: somebody else has the file open.
        OSError: it cannot be opened.
    """

    def commit(self) -> None:
        """Make all that was written since the last commit outlast everything.

        Raises:
            OSError: the disk is full, or gone; the file stays as it was at the last commit.
        """
        changed = dict(self._pages)
        super().commit()
        if journal_of(self._path).exists():
            self._pages = changed  # the next journal takes the place of this one and needs them

    def close(self) -> None:
        """Close the file; what was committed while somebody read it is brought in, if they go."""
        deadline = time.monotonic() + READERS_END_WITHIN
        with contextlib.suppress(OSError):  # whoever opens the file next does it
            while not self._file.closed and journal_of(self._path).exists():
                self._redo()
                if time.monotonic() > deadline:
                    break
                time.sleep(LOOK_EVERY)
        super().close()

    def _redo(self) -> None:
        """Carry out what the journal holds, unless somebody reads."""
        if _alone(self._file.fileno()):
            try:
                super()._redo()
            finally:
                _let_in(self._file.fileno())


def complete(path: Path) -> None:
    """Finish a commit that was cut short, before the file is read.

    Where its writer is still at work, or somebody else reads, the file is left as it is: that is
    whole, and a moment old.

    Raises:
        OSError: the file cannot be written to.
    """
    if journal_of(path).exists():
        with contextlib.suppress(BlockingIOError), JournalledFile(path):
            pass


def _alone(descriptor: int) -> bool:
    """Lock out readers for a moment, if there are none; where files cannot be locked, go on."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        # The attempt cost our own lock. Raised here: somebody took the file over meanwhile.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    return True


def _let_in(descriptor: int) -> None:
    """Let others read, and nobody write."""
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_SH)
