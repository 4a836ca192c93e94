"""Converted networks on disk: beside their checkpoint, named by its checksum and a seal.

    starter.pth.fp32-1.e542c7f4e1ea.0c3f5a7b9d1e22aa.onnx
    checkpoint  format its checksum  seal; see epanns.conversion.seal

Where the user may not write there, they are in a folder below CONVERTED, one for each folder of
checkpoints.

Where several architectures share their keys, so that one checkpoint could be converted as any of
them, the name also has the architecture's tag: fp32-framewise-1.

A file whose checkpoint has changed is ignored, and one that was not made here, or changed since, is
not trusted; in both cases the network is converted again.
"""

import contextlib
import glob
import hashlib
import stat
from pathlib import Path

from epanns.conversion.seal import is_trusted, seal_of
from epanns.paths import CONVERTED
from epanns.storage.atomic import replacing
from epanns.storage.checksums import sha256_of
from epanns.storage.existence import is_file

FORMAT = 1  # of the graphs; raise it when epanns/conversion changes them
DIGITS = 12  # of a checksum in a name


def find(
    checkpoint: Path, precision: str, tag: str = "", checksum: str | None = None
) -> Path | None:
    """The converted network of a checkpoint; None if it is missing or not trusted.

    Args:
        checkpoint: the weights file.
        precision: "fp32" or "int8".
        tag: the architecture's.
        checksum: the sha256 of the checkpoint; None to compute it, which reads the whole file.

    Raises:
        OSError: the checkpoint cannot be read for its checksum.
    """
    known = sha256_of(checkpoint) if checksum is None else checksum
    for path in _files(checkpoint, f"{_key(known, precision, tag)}.*"):
        with contextlib.suppress(OSError):
            seal = path.suffixes[-2].removeprefix(".")
            if is_file(path) and is_trusted(seal, known, sha256_of(path)):
                return path
    return None


def keep(checkpoint: Path, precision: str, model: bytes, tag: str = "") -> Path:
    """Write a converted network and delete older ones of its kind.

    Args:
        checkpoint: the weights file.
        precision: "fp32" or "int8".
        model: the content of the file.
        tag: the architecture's.

    Raises:
        OSError: neither its folder nor that of the user can be written to.
    """
    checksum = sha256_of(checkpoint)
    seal = seal_of(checksum, hashlib.sha256(model).hexdigest())
    name = f"{checkpoint.name}.{_key(checksum, precision, tag)}.{seal}.onnx"
    beside, apart = _folders(checkpoint)
    try:
        path = _write(beside / name, model, checkpoint)
    except OSError:
        apart.mkdir(parents=True, exist_ok=True)
        path = _write(apart / name, model, checkpoint)
    for older in _files(checkpoint, f"{_kind(precision, tag)}-[0-9]*.*"):
        with contextlib.suppress(OSError):  # it may be in use
            if older != path:
                older.unlink()
    return path


def copies(checkpoint: Path) -> list[Path]:
    """All converted networks of a checkpoint, of its present content or not."""
    return _files(checkpoint, "*")


def _folders(checkpoint: Path) -> tuple[Path, Path]:
    """Where the converted networks of a checkpoint may be: beside it, and the user's own."""
    folder = checkpoint.absolute().parent
    name = f"{folder.name}-{_short(hashlib.sha256(str(folder).encode()).hexdigest())}"
    return checkpoint.parent, CONVERTED / name


def _write(path: Path, model: bytes, checkpoint: Path) -> Path:
    with replacing(path) as draft:
        draft.write_bytes(model)
        # The checkpoint's permissions, plus writing: a copy of a read-only one is written, too.
        draft.chmod(stat.S_IMODE(checkpoint.stat().st_mode) | stat.S_IRUSR | stat.S_IWUSR)
    return path


def _key(checksum: str, precision: str, tag: str) -> str:
    return f"{_kind(precision, tag)}-{FORMAT}.{_short(checksum)}"


def _kind(precision: str, tag: str) -> str:
    return f"{precision}-{tag}" if tag else precision


def _files(checkpoint: Path, pattern: str) -> list[Path]:
    """The converted networks of a checkpoint."""
    named = f"{glob.escape(checkpoint.name)}.{pattern}.onnx"
    return [path for folder in _folders(checkpoint) for path in folder.glob(named)]


def _short(digits: str) -> str:
    return digits[:DIGITS]
