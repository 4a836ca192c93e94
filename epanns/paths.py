"""Where the project keeps its own files."""

from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"
MODELS = ROOT / "models"
RECORDINGS = ROOT / "recordings"  # created when it is first used
SAMPLE = CONFIG / "sample.flac"
USER_SETTINGS = CONFIG / "settings.toml"


def new_path(ending: str = ".h5", folder: Path = RECORDINGS) -> Path:
    """A path for a new recording: the date and time, and a number if that path exists."""
    name = f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    numbers = ("", *(f"_{number}" for number in range(2, 1000)))
    paths = (folder / f"{name}{number}{ending}" for number in numbers)
    return next(path for path in paths if not path.exists())
