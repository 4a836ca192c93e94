"""Writing files that are complete whenever they are read, also after a power failure."""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from epanns.storage.existence import exists

PREFIX, ENDING = ".epanns-", ".part"  # of all drafts: the name of a file may be as long as can be
ABANDONED = 3600.0  # seconds after which a draft counts as that of a killed program
_cleaned: set[Path] = set()  # the folders without abandoned drafts


@contextlib.contextmanager
def replacing(path: Path, is_new: bool = False) -> Iterator[Path]:
    """A draft beside a file, which replaces the file once it is written and on disk.

    After an error the draft is removed and the file stays as it was. Drafts of programs that were
    killed are removed when a program writes its first file in the folder: a run that writes a file
    for each recording does not list all of them each time.

    Args:
        path: the file.
        is_new: whether no file of that name may be there, even one that another program makes
            meanwhile.

    Yields:
        The path of the draft, which does not exist yet.

    Raises:
        FileExistsError: the file is there, and must be new.
        OSError: it cannot be written.
    """
    _remove_abandoned(path.parent.absolute())
    draft = path.with_name(f"{PREFIX}{secrets.token_hex(4)}{ENDING}")
    try:
        yield draft
        with draft.open("r+b") as file:
            os.fsync(file.fileno())
        if is_new:
            _take_name(draft, path)
        else:
            draft.replace(path)
        sync_folder(path.parent)
    except BaseException:  # KeyboardInterrupt, too
        draft.unlink(missing_ok=True)
        raise


def _take_name(draft: Path, path: Path) -> None:
    """Give a draft a name that no file has, in one step where the disk has hard links.

    Raises:
        FileExistsError: a file has it.
        OSError: the disk fails.
    """
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # for a moment there is an empty file
        path.open("x").close()
        draft.replace(path)
    else:
        draft.unlink()


def check_writable(path: Path) -> None:
    """Find out before long work whether a file can be written, and leave no trace of that.

    Raises:
        OSError: it cannot.
    """
    is_new = not exists(path)
    path.open("ab").close()
    if is_new:
        path.unlink()


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power failure, where the system can."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _remove_abandoned(folder: Path) -> None:
    if folder in _cleaned:
        return
    _cleaned.add(folder)
    with contextlib.suppress(OSError):
        for draft in folder.iterdir():
            if draft.name.startswith(PREFIX) and draft.name.endswith(ENDING):
                with contextlib.suppress(OSError):
                    if time.time() - draft.stat().st_mtime > ABANDONED:
                        draft.unlink()
