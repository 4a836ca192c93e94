"""Where the project keeps its own files, and where those of the user belong.

A checkout holds everything. An installed program brings its own files in epanns/bundled and keeps
those of the user in the folders that the system has for them. EPANNS_HOME names one folder for all
that the user has, of a checkout, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

NAME = "epanns"
DISTRIBUTION = "epanns-live-tagger"
HOME_VARIABLE = "EPANNS_HOME"


def _home() -> Path | None:
    """The folder that EPANNS_HOME names."""
    named = os.environ.get(HOME_VARIABLE)
    return Path(named).expanduser().absolute() if named else None


def _user_folder(kind: str) -> Path:
    """The folder that the system has for a user's "data", "config" or "cache" of this program."""
    if (home := _home()) is not None:
        return home
    import platformdirs

    return Path(getattr(platformdirs, f"user_{kind}_path")(NAME, appauthor=False))


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
    """The folder of recordings: RECORDINGS, or one of the user's own where that is read-only."""
    if can_be_written(RECORDINGS):
        return RECORDINGS
    return _user_folder("data") / "recordings"


def why_elsewhere() -> str:
    """That recordings are not in RECORDINGS, a sentence; "" where they are."""
    folder = recordings()
    if folder == RECORDINGS:
        return ""
    return f"{RECORDINGS} cannot be written to, so what is kept goes into {folder}."


def new_path(ending: str = ".h5", folder: Path | None = None) -> Path:
    """A path for a new file: the date and time, and a number if that path exists.

    Args:
        ending: of the file's name.
        folder: None for that of recordings.
    """
    folder = recordings() if folder is None else folder
    path = folder / f"{datetime.now():%Y-%m-%d_%H-%M-%S}{ending}"
    return next(each for each in numbered(path) if not each.exists())


def numbered(path: Path) -> Iterator[Path]:
    """A path, and others in its place with a number from 2 on after the name."""
    yield path
    for number in count(2):
        yield path.with_stem(f"{path.stem}_{number}")


def can_be_written(folder: Path) -> bool:
    """Whether files can be made in a folder, which need not be there yet."""
    there = existing(folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def existing(path: Path) -> Path:
    """A path or, where it is not there yet, the nearest folder above it that is."""
    return next(each for each in (path, *path.absolute().parents) if each.exists())
