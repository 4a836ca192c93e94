"""Sound files as bytes, to be joined, cut and changed."""

import io
from pathlib import Path

import numpy as np
import soundfile

from epanns.audio.ogg import HEADER
from epanns.audio.read import blocks
from tests.support.mutations import encode

RATE = 16000


def noisy_tone(seconds: float, rate: int = RATE) -> np.ndarray:
    """A tone in noise, (samples,) in [-1, 1]: nothing in it is constant, as in a recording."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(round(seconds * 10)).normal(0, 0.03, time.size)
    return np.clip(0.4 * np.sin(2 * np.pi * 440 * time) + noise, -1, 1)


def written(
    seconds: float, form: str, subtype: str | None = None, rate: int = RATE, channels: int = 1
) -> bytes:
    """A sound file by libsndfile."""
    file = io.BytesIO()
    frames = np.repeat(noisy_tone(seconds, rate)[:, None], channels, axis=1)
    soundfile.write(file, frames, rate, subtype, format=form)
    return file.getvalue()


def encoded(path: Path, seconds: float, codec: str, rate: int = RATE, **options: str) -> bytes:
    """A sound file by FFmpeg; the options are the container's."""
    encode(path, codec, noisy_tone(seconds, rate), rate, **options)
    return path.read_bytes()


def pages(content: bytes) -> list[bytes]:
    """The pages of an Ogg file."""
    found = []
    while content:
        count = content[HEADER.size - 1]
        length = HEADER.size + count + sum(content[HEADER.size : HEADER.size + count])
        found.append(content[:length])
        content = content[length:]
    return found


def read(path: Path, content: bytes) -> tuple[float, list[str]]:
    """The seconds that are read of a file with this content, and the warnings without its name."""
    path.write_bytes(content)
    warnings: list[str] = []
    samples = sum(len(block) for block in blocks(path, warnings=warnings))
    return samples / 32000, [warning.replace(str(path), "F") for warning in warnings]
