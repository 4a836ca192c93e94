"""Fetching published weights into models/.

Importing this module is quick: pooch is imported when something is fetched.
"""

import contextlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from epanns.child_process import ChildError, call
from epanns.errors import UnfitWeightsError, WeightsError
from epanns.networks import registry
from epanns.networks.architecture import Architecture, Weights
from epanns.paths import MODELS
from epanns.storage.checksums import sha256_of
from epanns.zoo.catalogue import (
    known_checksum,
    locate,
    note_checksum,
    noted_path,
    path_of,
)

CHECK = "epanns.networks.checkpoint:check_checkpoint"
PART = ".fetch-"  # start of the names of the folders of downloads under way
ABANDONED = 3600.0  # seconds without a byte after which such a folder counts as abandoned
CHUNK = 64 * 1024  # bytes
TIMEOUT = 10.0  # seconds
WAIT = 0.1  # seconds between checks whether another download of the same file has ended


class FetchError(WeightsError):
    """A download failed."""


class FetchCancelled(Exception):  # noqa: N818 - it was asked for, nothing is wrong
    """Raised by a progress callback to cancel the download."""


def fetch(name: str, progress: Callable[[float], None] | None = None) -> Path:
    """Download weights into models/, unless they are there already and can be used.

    The file is downloaded into a folder of its own, its checksum and content are checked there,
    and only then does it get its name: a broken, incomplete or wrong download never becomes a
    model. A checksum that is not known in advance is taken from the record, and the sha256 of the
    file is noted beside it. It is converted later, when it is first opened. Blocks until done, 30 s
    at most on a connection that stalls. May run in any thread; of two threads that fetch the same
    file, the second one waits for the first.

    Args:
        name: a name from the zoo.
        progress: called with the share that is done, 0 to 1, about every 64 KiB. It may raise
            FetchCancelled to end the download, which removes what was downloaded and passes the
            exception on to the caller.

    Returns:
        The path of the file.

    Raises:
        WeightsError: no internet, an error of the server, a wrong file, a full disk, or no address
            to fetch it from; one sentence.
    """
    weights, architecture = registry.published()[name]
    if not weights.fetchable:
        return locate(name)
    try:
        with _turn(name, progress):
            with contextlib.suppress(WeightsError):
                return _here(name, architecture)
            MODELS.mkdir(parents=True, exist_ok=True)
            _remove_abandoned()
            with tempfile.TemporaryDirectory(prefix=PART, dir=MODELS) as folder:
                part = _download(weights, Path(folder), progress)
                _accept(part, architecture)
                note_checksum(part)
                noted_path(part).replace(noted_path(path_of(name)))
                return part.replace(path_of(name))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise FetchError(
            f"The weights {weights.file} cannot be fetched from {weights.source}: {_reason(error)}."
        ) from error


_turns: dict[str, threading.Lock] = {}


@contextlib.contextmanager
def _turn(name: str, progress: Callable[[float], None] | None) -> Iterator[None]:
    """One download of a file at a time; `progress` may cancel one that waits."""
    lock = _turns.setdefault(name, threading.Lock())
    while not lock.acquire(timeout=WAIT):
        if progress is not None:
            progress(0.0)
    try:
        yield
    finally:
        lock.release()


def _download(weights: Weights, folder: Path, progress: Callable[[float], None] | None) -> Path:
    """Download into a folder and check the checksum."""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # `progress` reports instead
    base = f"doi:{weights.doi}/" if weights.doi else weights.url
    record = pooch.create(path=folder, base_url=base, registry={weights.file: None})
    if weights.sha256 or weights.md5:
        record.registry[weights.file] = weights.sha256 or f"md5:{weights.md5}"
    elif weights.doi:
        record.load_registry_from_doi()
    bar = _ProgressBar(progress) if progress else False
    kind = pooch.DOIDownloader if weights.doi else pooch.HTTPDownloader
    downloader = kind(progressbar=bar, chunk_size=CHUNK, timeout=TIMEOUT)
    path = Path(record.fetch(weights.file, downloader=downloader))
    begins = "" if weights.sha256 else weights.sha256_start  # pooch has compared a whole one
    if begins and not sha256_of(path).startswith(begins):
        raise ValueError(f"{weights.file} does not match the known hash")  # as pooch says it
    return path


def _here(name: str, architecture: Architecture) -> Path:
    """The path of weights that are in models/ and can be used.

    Raises:
        WeightsError: they are missing or cannot be used.
    """
    path = locate(name)
    if not known_checksum(name):  # put there by hand: check its content
        _check(path, architecture, str(path))
    return path


def _accept(part: Path, architecture: Architecture) -> None:
    """Check that a downloaded file holds the network.

    Raises:
        ValueError: it does not.
    """
    try:
        _check(part, architecture, "what arrived")
    except WeightsError as error:
        raise ValueError(str(error)) from None


def _check(path: Path, architecture: Architecture, called: str) -> None:
    """Refuse a file that holds no network of an architecture, in another process: PyTorch is large.

    A file that cannot be checked, as the process crashes, lacks memory or has no PyTorch, is not
    refused: opening the network will say so.

    Raises:
        WeightsError: it does not; the sentence names the file as `called`.
    """
    try:
        call(
            CHECK, str(path), architecture.name, called,
            modules=registry.modules(), low_priority=True,
        )  # fmt: skip
    except ChildError as error:
        if error.kind in (WeightsError.__name__, UnfitWeightsError.__name__):
            raise WeightsError(str(error)) from None


class _ProgressBar:
    """A progress bar with the methods that pooch calls; passes the share done to a function."""

    def __init__(self, progress: Callable[[float], None]) -> None:
        self.total = 0  # bytes, set by pooch; 0 if the server does not state them
        self._done = 0
        self._progress = progress

    def update(self, size: int) -> None:
        self._done += size
        if self.total:
            self._progress(min(self._done / self.total, 1.0))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """There is nothing to close."""


def _reason(error: Exception) -> str:
    """The cause of a failed download, in words for the user."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answers {error.response.status_code}; try again later"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off; try again"
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return "no answer from the server; check the internet connection"
    if isinstance(error, requests.RequestException | LookupError | TypeError):
        return "the server's answer is no record of files; try again later"
    if isinstance(error, OSError):
        return f"{error.strerror or error}; make room or see that {MODELS} can be written"
    if "does not match the known hash" in str(error):
        return "what arrived is not the published file, as its checksum is another; try again"
    return str(error).rstrip(".")


def _remove_abandoned() -> None:
    """Remove the folders of downloads that were killed with the whole program."""
    for folder in MODELS.glob(f"{PART}*"):
        latest = max((each.stat().st_mtime for each in folder.iterdir()), default=0.0)
        if time.time() - max(latest, folder.stat().st_mtime) > ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
