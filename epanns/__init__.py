"""A live sound tagger on E-PANNs: the engine. It runs without a screen.

Importing this package is quick: torch is imported when a network is first needed.
"""

from typing import TYPE_CHECKING, Any

from epanns.errors import AudioFileError, DeviceError, EpannsError, SettingsError, WeightsError
from epanns.prediction import Prediction

if TYPE_CHECKING:
    from epanns.checkpoint import load_checkpoint
    from epanns.tagger import AudioTagger

__all__ = [
    "AudioFileError",
    "AudioTagger",
    "DeviceError",
    "EpannsError",
    "Prediction",
    "SettingsError",
    "WeightsError",
    "load_checkpoint",
]


def __getattr__(name: str) -> Any:
    """Import what needs torch only when it is asked for."""
    if name == "AudioTagger":
        from epanns.tagger import AudioTagger

        return AudioTagger
    if name == "load_checkpoint":
        from epanns.checkpoint import load_checkpoint

        return load_checkpoint
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
