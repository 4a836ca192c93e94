"""Converted networks on disk: beside their checkpoint, under its checksum and their own.

    starter.pth.fp32-1.e542c7f4e1ea.0c3f5a7b9d1e.onnx
    checkpoint  format its checksum  that of the content

A file whose checkpoint has changed is not looked at any more, one whose content has changed is
taken for broken; either way the network is converted anew.
"""

import contextlib
import glob
import hashlib
import os
import stat
import tempfile
import time
from pathlib import Path

from epanns.zoo.catalogue import checksum

FORMAT = 1  # of the graphs; raise it when epanns/conversion makes others
DIGITS = 12  # of a checksum in a name
PART = ".convert-"  # how the name of a file begins that is being written
ABANDONED = 3600.0  # seconds after which such a file is left over


def find(checkpoint: Path, precision: str, framewise: bool = False) -> Path | None:
    """The converted network of a checkpoint with one of its heads, if it is there and unbroken.

    Raises:
        OSError: the checkpoint cannot be read.
    """
    for path in _files(checkpoint, _key(checkpoint, precision, framewise)):
        with contextlib.suppress(OSError):
            if path.suffixes[-2] == f".{_short(checksum(path))}":
                return path
    return None


def keep(checkpoint: Path, precision: str, model: bytes, framewise: bool = False) -> Path:
    """Write a converted network beside its checkpoint; older ones of its kind go.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder = checkpoint.parent
    key = _key(checkpoint, precision, framewise)
    content = _short(hashlib.sha256(model).hexdigest())
    _remove_abandoned(folder)
    handle, part = tempfile.mkstemp(prefix=PART, dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(model)
        Path(part).chmod(stat.S_IMODE(checkpoint.stat().st_mode))
        path = Path(part).replace(folder / f"{checkpoint.name}.{key}.{content}.onnx")
    except BaseException:  # KeyboardInterrupt, too
        Path(part).unlink(missing_ok=True)
        raise
    for older in _files(checkpoint, f"{_kind(precision, framewise)}-*"):
        with contextlib.suppress(OSError):  # it may be in use
            if older != path:
                older.unlink()
    return path


def _key(checkpoint: Path, precision: str, framewise: bool) -> str:
    return f"{_kind(precision, framewise)}-{FORMAT}.{_short(checksum(checkpoint))}"


def _kind(precision: str, framewise: bool) -> str:
    return f"{precision}-framewise" if framewise else precision


def _remove_abandoned(folder: Path) -> None:
    """Remove what was being written when a program was killed."""
    for part in folder.glob(f"{PART}*"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > ABANDONED:
                part.unlink()


def _files(checkpoint: Path, pattern: str) -> list[Path]:
    """The converted networks of a checkpoint."""
    return list(checkpoint.parent.glob(f"{glob.escape(checkpoint.name)}.{pattern}.*.onnx"))


def _short(digits: str) -> str:
    return digits[:DIGITS]
