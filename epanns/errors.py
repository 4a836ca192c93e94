"""The errors shown to the user. Each message is one sentence: what, where, what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What a disk that fails, or a share that has gone, gives in place of a file's content.
DISK_FAILURES = frozenset(
    getattr(errno, name)
    for name in (
        "EIO", "ENXIO", "ENODEV", "ESTALE", "EREMOTEIO", "ENOLINK", "ENOTCONN", "ETIMEDOUT",
        "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ECONNRESET", "ECONNABORTED",
    )
    if hasattr(errno, name)
)  # fmt: skip


class EpannsError(Exception):
    """Base of all errors whose message is written for the user."""


class SettingsError(EpannsError):
    """A setting has a value that cannot work."""


class DeviceError(EpannsError):
    """A microphone is missing, refuses to open or has gone."""


class WeightsError(EpannsError):
    """A weights file is missing, broken, hostile or holds another network."""


class UnfitWeightsError(WeightsError):
    """The content of a weights file is not that of a network."""


class ConversionError(WeightsError):
    """Valid weights could not be converted for the live path."""


class NotQuantisedError(WeightsError):
    """There is no int8 version of these weights yet."""


class PackagesMissingError(WeightsError):
    """PyTorch or its company is needed, as for weights that are not converted, and not there."""


class InstallationError(EpannsError):
    """Packages could not be installed."""


class AudioFileError(EpannsError):
    """A sound file cannot be read."""


class DiskFailureError(AudioFileError):
    """The disk or the share that a sound file is on fails; the file itself may be in order."""


def cause(error: BaseException) -> str:
    """The cause of an error on one line: the system's own message where there is one."""
    number = getattr(error, "errno", None)
    if not number:
        quoted = isinstance(error, KeyError)  # whose text is that of a value, as Python writes it
        return " ".join(str(error.args[0] if quoted and error.args else error).split())
    failure = "the disk or the share that it is on fails"
    return f"{os.strerror(number)}{f': {failure}' * is_disk_failure(error)}"


def is_disk_failure(error: BaseException) -> bool:
    """Whether an error is one of the disk or the network share, not of the file."""
    return getattr(error, "errno", None) in DISK_FAILURES


def reason(error: BaseException) -> str:
    """Why something failed, as a sentence for the user; for any exception."""
    if isinstance(error, EpannsError):
        return str(error)
    return f"Unexpected fault ({type(error).__name__}: {error}); please report it."


@contextmanager
def writing(path: Path | str, raises: type[EpannsError]) -> Iterator[None]:
    """Turn an error while a file is written into one sentence.

    Args:
        path: the file, or what the sentence calls it.
        raises: the kind of error that bears the sentence.

    Raises:
        EpannsError: of that kind: the file cannot be written.
        BrokenPipeError: no program reads standard output any more.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError) as error:  # the latter is HDF5's and PyTorch's
        raise raises(f"{path} cannot be written: {cause(error)}.") from None


def writable(text: str) -> str:
    """A text that can be encoded as UTF-8: file names may not be valid Unicode."""
    return text.encode("utf-8", "backslashreplace").decode()
