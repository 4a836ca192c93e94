"""A folder of recordings as researchers have them, and the program that works on them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

from tests.support.programs import ROOT, environment

RATE = 16000


def epanns_command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "epanns", *map(str, words)]


def epanns(*words: str | Path, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run python -m epanns to its end."""
    env = environment(PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(epanns_command(*words), capture_output=True, text=True, cwd=cwd, env=env)


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
