"""Where the project keeps its own files."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"
MODELS = ROOT / "models"
RECORDINGS = ROOT / "recordings"  # made when it is first used
SAMPLE = CONFIG / "sample.flac"
USER_SETTINGS = CONFIG / "settings.toml"
