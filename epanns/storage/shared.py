"""A journalled file that other programs may read while it is written: each reader sees one commit.

Between commits the file is a complete HDF5 file, so any program can open it. While another program
has it open, with a lock as HDF5 takes it, commits are written to the journal alone: the file does
not change while it is read, and no commit is lost. Once it is closed, the next commit brings the
file up to date.
"""

import contextlib
import time
from pathlib import Path

from epanns.storage.existence import exists
from epanns.storage.journal import JournalledFile, journal_of
from epanns.storage.locks import let_in, lock_out

READERS_END_WITHIN = 1.0  # seconds that opening and close() wait for them
LOOK_EVERY = 0.05


class SharedFile(JournalledFile):
    """A JournalledFile that does not change the file while another program reads it.

    Raises:
        BlockingIOError: another program has the file open, and for longer than readers look into
            it.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        deadline = time.monotonic() + READERS_END_WITHIN
        while True:
            try:
                super().__init__(path)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(LOOK_EVERY)

    def commit(self) -> None:
        """Make all that was written since the last commit permanent, in the file or its journal.

        Raises:
            OSError: the disk is full, or gone; the file stays as it was at the last commit.
        """
        changed = dict(self._pages)
        super().commit()
        if exists(journal_of(self._path)):
            self._pages = changed  # the next journal takes the place of this one and needs them

    def close(self) -> None:
        """Close the file, after bringing it up to date if its readers close it within 1 s."""
        deadline = time.monotonic() + READERS_END_WITHIN
        with contextlib.suppress(OSError):  # the next program that opens the file does it
            while not self._file.closed and exists(journal_of(self._path)):
                self._redo()
                if time.monotonic() > deadline:
                    break
                time.sleep(LOOK_EVERY)
        super().close()

    def _redo(self) -> None:
        """Apply the changes in the journal, unless another program reads the file."""
        try:
            lock_out(self._file.fileno(), self._path)
        except BlockingIOError:  # raised by this, too, if another writer has the file by now
            let_in(self._file.fileno(), self._path)
            return
        try:
            super()._redo()
        finally:
            let_in(self._file.fileno(), self._path)


def complete(path: Path) -> None:
    """Finish a commit that was cut short, before the file is read.

    While its writer or another reader has the file open, and where it cannot be written to, it is
    left as it is: complete, but without the latest commits.
    """
    if exists(journal_of(path)):
        with contextlib.suppress(OSError), JournalledFile(path):
            pass
