"""Where the project keeps its own files, and where those of the user belong.

A checkout holds everything. An installed program brings its own files in epanns/bundled and keeps
those of the user in the folders that the system has for them. EPANNS_HOME names one folder for all
that the user has, of a checkout, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path

NAME = "epanns"
DISTRIBUTION = "epanns-live-tagger"
HOME_VARIABLE = "EPANNS_HOME"
NETWORKS_VARIABLE = "EPANNS_NETWORKS"  # names modules with networks of the user's own
NOWHERE = Path(os.sep, "nonexistent")  # of a user whom the system does not know


def _home() -> Path | None:
    """The folder that EPANNS_HOME names."""
    named = os.environ.get(HOME_VARIABLE)
    return Path(_expanded(named)).absolute() if named else None


def _expanded(path: str) -> str:
    """A path with the user's home in place of ~; as it is for a user without one."""
    return os.path.expanduser(path)  # noqa: PTH111 (never raises)


def _user_folder(kind: str) -> Path:
    """The folder that the system has for a user's "data", "config" or "cache" of this program."""
    if (home := _home()) is not None:
        return home
    import platformdirs

    try:
        folder = Path(getattr(platformdirs, f"user_{kind}_path")(NAME, appauthor=False))
    except RuntimeError:  # of newer versions, for a user without a home
        return NOWHERE / NAME / kind
    return folder if folder.is_absolute() else NOWHERE / NAME / kind


PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent  # holds epanns, gui and demo_tag.py
INSTALLED = (PACKAGE / "bundled").is_dir()
BUNDLED = PACKAGE / "bundled" if INSTALLED else ROOT  # what the program brings along
IN_CHECKOUT = not INSTALLED and _home() is None

# What the user types.
COMMAND = "epanns" if INSTALLED else "python -m epanns"
LIVE_COMMAND = "epanns live" if INSTALLED else "python demo_tag.py"

CONFIG = BUNDLED / "config"
SAMPLE = CONFIG / "sample.flac"
SHIPPED_MODELS = BUNDLED / "models"

MODELS = ROOT / "models" if IN_CHECKOUT else _user_folder("data") / "models"
# For copies of weights that lie where the user may not write.
CONVERTED = MODELS / "converted" if IN_CHECKOUT else _user_folder("cache") / "converted"
# For libraries that are installed when they are needed, where Python's folder is read-only.
PACKAGES = None if IN_CHECKOUT else _user_folder("data") / "packages"
USER_SETTINGS = (
    CONFIG / "settings.toml" if IN_CHECKOUT else _user_folder("config") / "settings.toml"
)
RECORDINGS = (Path.cwd() if INSTALLED else ROOT) / "recordings"  # created when it is first used


def recordings() -> Path:
    """The folder of recordings: RECORDINGS, or where that is read-only one of the user's own.

    That is one for temporary files for a user without a home.
    """
    own = _user_folder("data") / "recordings"
    return next(filter(can_be_written, (RECORDINGS, own)), temporary_folder() / "recordings")


@cache
def temporary_folder() -> Path:
    """A folder of this process, not made yet, whose name no other user can know."""
    from tempfile import gettempdir  # slow to import

    return Path(gettempdir()) / f"{NAME}-{os.urandom(4).hex()}"


def why_elsewhere() -> str:
    """That recordings are not in RECORDINGS, a sentence; "" where they are."""
    folder = recordings()
    if folder == RECORDINGS:
        return ""
    return (
        f"{RECORDINGS} cannot be written to, so what is kept goes into {folder}; {COMMAND} record"
        " --out FILE.h5 names another place."
    )


def new_path(ending: str = ".h5", folder: Path | None = None) -> Path:
    """A path for a new file: the date and time, and a number if that path exists.

    Args:
        ending: of the file's name.
        folder: None for that of recordings.
    """
    folder = recordings() if folder is None else folder
    path = folder / f"{datetime.now():%Y-%m-%d_%H-%M-%S}{ending}"
    return next(each for each in numbered(path) if not os.path.lexists(each))


def numbered(path: Path) -> Iterator[Path]:
    """A path, and others in its place with a number from 2 on after the name."""
    yield path
    for number in count(2):
        yield path.with_stem(f"{path.stem}_{number}")


def can_be_written(folder: Path) -> bool:
    """Whether files can be made in a folder, which need not be there yet."""
    there = existing(folder)
    is_folder = os.path.isdir(there)  # noqa: PTH112 (never raises)
    return is_folder and os.access(there, os.W_OK | os.X_OK)


def has_home() -> bool:
    """Whether the user has a home that can be written to."""
    home = Path(_expanded("~"))
    return home.is_absolute() and can_be_written(home)


def existing(path: Path) -> Path:
    """A path or, where it is not there yet, the nearest folder above it that is."""
    above = (path, *path.absolute().parents)
    return next(each for each in above if os.path.exists(each))  # noqa: PTH110 (never raises)
