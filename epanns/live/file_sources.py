"""Files as sources: the bundled sample, sound files, and recording sessions."""

from collections.abc import Callable
from pathlib import Path

from epanns.audio.file_source import FileSource
from epanns.paths import SAMPLE
from epanns.prediction import Prediction
from epanns.sessions.player import SessionSource
from epanns.storage.file_types import is_hdf5

NAMES = {"microphone": "microphone", "sample": "bundled sample"}


def open_file(wanted: str, loop: bool, publish: Callable[[Prediction], None]) -> FileSource:
    """A source that plays a file; it is not started.

    Args:
        wanted: "sample", which is played again and again, or the path of a sound file or session.
        loop: whether to play a file again and again.
        publish: called with the Predictions that a session holds.
    """
    name = name_of(wanted)
    if wanted == "sample":
        return FileSource(SAMPLE, name, loop=True)
    if is_hdf5(Path(wanted)):  # which is no format of sound, so that it should be a session
        return SessionSource(Path(wanted), name, loop, publish)
    return FileSource(Path(wanted), name, loop)


def name_of(wanted: str) -> str:
    """What a source is called on screen."""
    return NAMES.get(wanted, Path(wanted).name)
