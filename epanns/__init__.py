"""A live sound tagger on pruned audio networks: the engine. It runs without a screen.

Importing this package is quick: numpy and what runs a network are imported when first needed.
"""

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

# ONNX Runtime reports how it is used to its makers unless it is told not to before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from epanns.errors import AudioFileError, DeviceError, EpannsError, SettingsError, WeightsError
from epanns.paths import NOWHERE, PACKAGES, has_home, temporary_folder
from epanns.storage.existence import is_folder

if PACKAGES is not None and is_folder(PACKAGES):  # see epanns.packages.installation
    sys.path.append(str(PACKAGES))

# librosa does not load for a user without a home, nor where numba finds no place for its files.
if not has_home():
    os.environ.setdefault("HOME", str(NOWHERE))
    os.environ.setdefault("NUMBA_CACHE_DIR", str(temporary_folder()))

__version__ = "0.1.0"

if TYPE_CHECKING:
    from epanns.networks.checkpoint import load_checkpoint
    from epanns.prediction import NetworkInfo, Prediction
    from epanns.sessions.reader import Session
    from epanns.tagger import AudioTagger
    from epanns.zoo.fetching import fetch

__all__ = [
    "AudioFileError",
    "AudioTagger",
    "DeviceError",
    "EpannsError",
    "NetworkInfo",
    "Prediction",
    "Session",
    "SettingsError",
    "WeightsError",
    "fetch",
    "load_checkpoint",
]

_MODULES = {
    "AudioTagger": "epanns.tagger",
    "NetworkInfo": "epanns.prediction",
    "Prediction": "epanns.prediction",
    "Session": "epanns.sessions.reader",
    "fetch": "epanns.zoo.fetching",
    "load_checkpoint": "epanns.networks.checkpoint",
}


def __getattr__(name: str) -> Any:
    """Import what needs a large library only when it is asked for."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
