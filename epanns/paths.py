"""Where the project keeps its own files."""

from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"
MODELS = ROOT / "models"
RECORDINGS = ROOT / "recordings"  # made when it is first used
SAMPLE = CONFIG / "sample.flac"
USER_SETTINGS = CONFIG / "settings.toml"


def new_path(ending: str = ".h5", folder: Path = RECORDINGS) -> Path:
    """A name for a new file among the recordings: the date and time, and a number if need be."""
    name = f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    numbers = ("", *(f"_{number}" for number in range(2, 1000)))
    paths = (folder / f"{name}{number}{ending}" for number in numbers)
    return next(path for path in paths if not path.exists())
