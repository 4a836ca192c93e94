"""A folder of recordings as researchers have them."""

import os
from pathlib import Path

import numpy as np
import soundfile

RATE = 16000


def write_recordings(folder: Path) -> Path:
    """Fill a folder with recordings, of which one is broken and one cut off, and a text."""
    numbers = np.random.default_rng(0)
    for name, seconds in (("a.wav", 3.0), ("b.flac", 34.4), ("deep/c.ogg", 0.3), ("cut.wav", 4.0)):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, numbers.normal(0, 0.1, round(seconds * RATE)), RATE)
    os.truncate(folder / "cut.wav", 64044)
    (folder / "broken.wav").write_bytes(b"no sound")
    (folder / "notes.txt").write_text("left out")
    return folder


def every_nth(step: int, folder: Path, into: Path) -> Path:
    """Fill a folder with links to every so manieth recording of a folder and those below it."""
    into.mkdir()
    for path in sorted(path for path in folder.rglob("*") if path.is_file())[::step]:
        (into / f"{path.parent.name} {path.name}").symlink_to(path)
    return into
