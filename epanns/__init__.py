"""A live sound tagger on E-PANNs: the engine. It runs without a screen.

Importing this package is quick: numpy and what runs a network are imported when first needed.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# ONNX Runtime reports how it is used to its makers unless it is told not to before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from epanns.errors import AudioFileError, DeviceError, EpannsError, SettingsError, WeightsError

if TYPE_CHECKING:
    from epanns.networks.checkpoint import load_checkpoint
    from epanns.prediction import Prediction
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

_HOMES = {
    "AudioTagger": "epanns.tagger",
    "Prediction": "epanns.prediction",
    "load_checkpoint": "epanns.networks.checkpoint",
}


def __getattr__(name: str) -> Any:
    """Import what needs a large library only when it is asked for."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
