"""What all growing HDF5 files have in common."""

import io
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
from numpy.typing import NDArray

from epanns.errors import EpannsError, cause
from epanns.paths import COMMAND
from epanns.storage.atomic import replacing
from epanns.storage.claims import ClaimError
from epanns.storage.journal import journal_of


@contextmanager
def created(path: Path, is_new: bool = False, **options: Any) -> Iterator[h5py.File]:
    """A new HDF5 file, which is filled in memory and gets its name when it is complete.

    HDF5 itself must not write to a disk that may be full: it can close no file after a write that
    failed, and ends the program with a segmentation fault. The journal of an earlier file of that
    name is removed, as it would damage the new one.

    Args:
        path: where.
        is_new: whether no file of that name may be there.
        options: of h5py.File.

    Raises:
        FileExistsError: there is one, and it must be new.
        OSError: it cannot be written.
    """
    content = io.BytesIO()
    with h5py.File(content, "w", **options) as file:
        yield file
    with replacing(path, is_new) as draft:
        draft.write_bytes(content.getbuffer())
        if not is_new:  # else it may be the journal of a file that is there
            journal_of(path).unlink(missing_ok=True)
    if is_new:
        journal_of(path).unlink(missing_ok=True)


@contextmanager
def reading(
    path: Path, raises: type[EpannsError], kind: str, command: str, remedy: str = ""
) -> Iterator[None]:
    """Turn an error while a file is read into one sentence.

    Args:
        path: the file.
        raises: the kind of error that bears the sentence.
        kind: what the file is, such as "pack".
        command: of `python -m epanns`, which makes such files.
        remedy: what to do about a damaged one, such as "pack it again".

    Raises:
        EpannsError: of that kind: the file is missing, in use, damaged or something else.
    """
    end = f"; {remedy}." if remedy else "."
    try:
        yield
    except EpannsError:
        raise
    except ClaimError as error:
        raise raises(f"{path} is damaged: {error}{end}") from None
    except BlockingIOError:
        raise raises(
            f"{path} is in use by another program; wait until that has finished."
        ) from None
    except FileNotFoundError:
        raise raises(f"{path} is not there; {COMMAND} {command} makes {kind}s.") from None
    except Exception as error:  # HDF5 raises many kinds of errors on a broken file
        if isinstance(error, OSError) and error.errno:  # the system's, about no damage
            raise raises(f"{path} cannot be opened: {cause(error)}.") from None
        raise raises(f"{path} is no {kind}, or it is damaged ({cause(error)}){end}") from None


def grow(dataset: h5py.Dataset, rows: Sequence[Any] | NDArray[Any], again: int = 0) -> None:
    """Append rows to a dataset.

    Args:
        dataset: of shape (rows, ...).
        rows: (new rows, ...), of a type that HDF5 converts to the dataset's.
        again: how many of the last rows of the dataset the first new ones replace.
    """
    if len(rows):
        first = len(dataset) - again
        dataset.resize(first + len(rows), 0)
        dataset[first:] = rows


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay Ctrl+C: raised while HDF5 calls back into Python, it would be lost, and data too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        signal.raise_signal(signal.SIGINT)
