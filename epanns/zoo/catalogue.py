"""The published weights: where they are, how large, which checksum; fetching them into models/.

Importing this module is quick: pooch is imported when something is fetched.
"""

import contextlib
import glob
import hashlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from epanns.errors import ConversionError, WeightsError
from epanns.paths import MODELS

PART = ".fetch-"  # how the folders of downloads under way begin
ABANDONED = 3600.0  # seconds without a byte after which such a folder is left over
CHUNK = 64 * 1024  # bytes
TIMEOUT = 10.0  # seconds
WAIT = 0.1  # seconds between looks of one who waits for another download of the same file


@dataclass(frozen=True, slots=True)
class Weights:
    """One weights file that the project knows.

    Attributes:
        file: its name, in models/ and in its record.
        doi: the record it is fetched from; "" for a file that ships with the project.
        size: bytes; None where they are not known in advance.
        sha256: checksum of the file; "" where it is not known in advance, but noted beside it.
        framewise: True for the decision-level head, which the keys in the file do not tell.
    """

    file: str
    doi: str = ""
    size: int | None = None
    sha256: str = ""
    framewise: bool = False


ZOO: dict[str, Weights] = {
    "starter": Weights(file="starter.pth"),
    "epanns": Weights(file="checkpoint_closeto_.44.pt", doi="10.5281/zenodo.7939403"),
    "cnn14": Weights(
        file="Cnn14_mAP=0.431.pth",
        doi="10.5281/zenodo.3987831",
        size=327_428_481,
        sha256="0dc499e40e9761ef5ea061ffc77697697f277f6a960894903df3ada000e34b31",
    ),
    "cnn14_framewise": Weights(
        file="Cnn14_DecisionLevelMax_mAP=0.385.pth",
        doi="10.5281/zenodo.3987831",
        size=327_428_481,
        sha256="dd3b4043a87d4ec13df8082c0fcfee3fb5084151808e47e060987a95eabdd142",
        framewise=True,
    ),
}


class FetchError(WeightsError):
    """A download failed; `cause` says why in a few words."""

    def __init__(self, sentence: str, cause: str) -> None:
        super().__init__(sentence)
        self.cause = cause


class FetchCancelled(Exception):  # noqa: N818 - it was asked for, nothing is wrong
    """To be raised by a progress callback that wants the download to end."""


def path_of(name: str) -> Path:
    """Where the weights of this name belong, whether they are there or not."""
    return MODELS / ZOO[name].file


def is_here(name: str) -> bool:
    """Whether the file is in models/ with the right size; quick, so without its checksum."""
    try:
        size = path_of(name).stat().st_size
    except OSError:
        return False
    return ZOO[name].size in (None, size)


def locate(name: str) -> Path:
    """The path of weights that are in models/ and have the checksum that is known for them.

    Raises:
        WeightsError: missing, or another file than the published one; it says how to get it.
    """
    weights, path = ZOO[name], path_of(name)
    get = (
        f"fetch it with epanns.zoo.fetch({name!r}) or download it from"
        f" https://doi.org/{weights.doi} into {MODELS}"
        if weights.doi
        else "it is part of the project, so restore it from there"
    )
    if not path.is_file():
        raise WeightsError(f"The weights {weights.file} of {name} are not in {MODELS}; {get}.")
    known = weights.sha256 or _noted_checksum(path)
    if not is_here(name) or (known and checksum(path) != known):
        raise WeightsError(
            f"{path} ({path.stat().st_size:,} bytes) is not the published file of {name}, as its"
            f" checksum is another; {get}."
        )
    return path


def resolve(model: str | Path) -> tuple[Path, bool]:
    """The weights file of a name from the zoo or of a path, and whether its head is framewise.

    Raises:
        WeightsError: there is no such file, or it is not the published one.
    """
    known = ZOO.get(str(model))
    if known is not None:
        return locate(str(model)), known.framewise
    if not Path(model).exists():
        names = ", ".join(ZOO)
        raise WeightsError(f"There is no weights file {model}; give its path or {names}.")
    entry = recognise(Path(model)) if Path(model).is_file() else None
    return Path(model), entry is not None and entry.framewise


def recognise(path: Path) -> Weights | None:
    """The entry of the zoo that a file is, by size and checksum; None for any other file.

    Raises:
        OSError: the file cannot be read.
    """
    alike = [weights for weights in ZOO.values() if weights.size == path.stat().st_size]
    digest = checksum(path) if alike else ""
    return next((weights for weights in alike if weights.sha256 == digest), None)


def checksum(path: Path) -> str:
    """The sha256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(name: str, progress: Callable[[float], None] | None = None) -> Path:
    """Download weights into models/, unless they are there already and can be used.

    The file is downloaded into a folder of its own, its checksum and content are checked there,
    and only then does it get its name: a broken, cut or wrong download never becomes a model. A
    checksum that is not known in advance is taken from the record, and the sha256 of the file is
    noted beside it. Blocks until done; may run in any thread, and of two threads that want the same
    file the second one waits and finds it there.

    Args:
        name: a name from the zoo.
        progress: told the share that is done, 0 to 1, about every 64 KiB. To end the download it
            raises FetchCancelled, which is passed on; nothing is left behind. A connection
            that stalls is given up after 30 s at the latest.

    Returns:
        The path of the file.

    Raises:
        WeightsError: no internet, a server's refusal, a wrong file, a full disk; one sentence.
    """
    weights = ZOO[name]
    if not weights.doi:
        return locate(name)
    try:
        with _turn(name, progress):
            with contextlib.suppress(WeightsError):
                return _usable(locate(name), weights)
            _remove_abandoned()
            with tempfile.TemporaryDirectory(prefix=PART, dir=MODELS) as folder:
                part = _download(weights, Path(folder), progress)
                note_checksum(part)
                for beside in Path(folder).glob(f"{glob.escape(part.name)}.*"):
                    beside.replace(MODELS / beside.name)  # its checksum, the converted network
                return part.replace(path_of(name))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise FetchError(
            f"The weights {weights.file} cannot be fetched from doi:{weights.doi}:"
            f" {_reason(error)}.",
            _reason(error),
        ) from error


_turns: dict[str, threading.Lock] = {}


@contextlib.contextmanager
def _turn(name: str, progress: Callable[[float], None] | None) -> Iterator[None]:
    """One after the other; whoever waits may be cancelled by progress."""
    lock = _turns.setdefault(name, threading.Lock())
    while not lock.acquire(timeout=WAIT):
        if progress is not None:
            progress(0.0)
    try:
        yield
    finally:
        lock.release()


def _download(weights: Weights, folder: Path, progress: Callable[[float], None] | None) -> Path:
    """Download into a folder and check checksum and content."""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # what goes on is told through `progress`
    record = pooch.create(path=folder, base_url=f"doi:{weights.doi}/")
    if weights.sha256:
        record.registry[weights.file] = weights.sha256
    else:
        record.load_registry_from_doi()
    bar = _ProgressBar(progress) if progress else False
    downloader = pooch.DOIDownloader(progressbar=bar, chunk_size=CHUNK, timeout=TIMEOUT)
    part = Path(record.fetch(weights.file, downloader=downloader))
    try:
        return _usable(part, weights)
    except WeightsError as error:
        raise ValueError(str(error).replace(str(part), "what arrived")) from None


def _usable(path: Path, weights: Weights) -> Path:
    """The path, if the file holds a network, which is converted at the same time."""
    from epanns.conversion import cache
    from epanns.conversion.isolated_conversion import convert_apart

    if cache.find(path, "fp32", weights.framewise) is None:
        with contextlib.suppress(ConversionError):  # the file is in order; said when it is used
            convert_apart(path, weights.framewise)
    return path


class _ProgressBar:
    """A progress bar as pooch wants it, which tells a function the share that is done."""

    def __init__(self, progress: Callable[[float], None]) -> None:
        self.total = 0  # bytes, set by pooch; 0 if the server does not tell
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
    """What went wrong, in the user's words."""
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


def _noted(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def note_checksum(path: Path) -> None:
    """Write the sha256 of a file beside it, as sha256sum does."""
    _noted(path).write_text(f"{checksum(path)}  {path.name}\n")


def _noted_checksum(path: Path) -> str:
    """The checksum noted beside a file; "" if there is none."""
    try:
        return _noted(path).read_text().split()[0]
    except (OSError, ValueError, IndexError):
        return ""


def _remove_abandoned() -> None:
    """Remove what downloads left behind that were killed with the whole program."""
    for folder in MODELS.glob(f"{PART}*"):
        latest = max((each.stat().st_mtime for each in folder.iterdir()), default=0.0)
        if time.time() - max(latest, folder.stat().st_mtime) > ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
