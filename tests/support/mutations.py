"""Sound files of many kinds, and damaged copies of them: bytes changed, cut, doubled, left out."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile

RATE = 16000
KINDS = [
    ("wav", "WAV", "PCM_16"),
    ("wav", "WAV", "FLOAT"),
    ("wav", "WAVEX", "PCM_24"),
    ("wav", "WAV", "IMA_ADPCM"),
    ("wav", "WAV", "GSM610"),
    ("w64", "W64", "PCM_16"),
    ("rf64", "RF64", "PCM_16"),
    ("aiff", "AIFF", "PCM_16"),
    ("au", "AU", "ULAW"),
    ("caf", "CAF", "ALAC_16"),
    ("voc", "VOC", "PCM_16"),
    ("flac", "FLAC", "PCM_16"),
    ("ogg", "OGG", "VORBIS"),
    ("opus", "OGG", "OPUS"),
    ("mp3", "MP3", "MPEG_LAYER_III"),
]
CODECS = [("m4a", "aac"), ("mkv", "aac"), ("mka", "flac"), ("ts", "mp2"), ("aac", "aac")]
HEADER = 120  # bytes in which damage does most


def sound(seconds: float = 1.5) -> np.ndarray:
    """Tones and noise, (frames,) in [-1, 1]."""
    time = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(0).normal(0, 0.1, time.size)
    return np.clip(0.5 * np.sin(2 * np.pi * 440 * time) * (time % 0.5 < 0.25) + noise, -1, 1)


def write_kinds(folder: Path) -> list[Path]:
    """A whole file of each kind, some of them with two channels."""
    paths = []
    for number, (ending, form, subtype) in enumerate(KINDS):
        path = folder / f"{number} {subtype}.{ending}"
        mono = "ADPCM" in subtype or "GSM" in subtype or number % 2
        frames = sound() if mono else np.stack([sound(), 0.5 * sound()], axis=1)
        soundfile.write(path, frames, RATE, subtype, format=form)
        paths.append(path)
    for ending, codec in CODECS:
        path = folder / f"{codec}.{ending}"
        encode(path, codec, sound())
        paths.append(path)
    return paths


def encode(path: Path, codec: str, waveform: np.ndarray, rate: int = RATE, **options: str) -> None:
    """Write a file by FFmpeg; the options are the container's."""
    with av.open(f"file:{path}", "w", options=options) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout="mono")
        fitted = av.AudioResampler(stream.format, stream.layout, rate, stream.frame_size or 1024)
        frame = av.AudioFrame.from_ndarray(
            np.rint(waveform * 32767).astype(np.int16)[None], "s16", "mono"
        )
        frame.sample_rate = rate
        for piece in [*fitted.resample(frame), *fitted.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux([packet for packet in stream.encode(None) if packet.size])


def mutated(kinds: list[Path], count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Damaged copies: names, which tell the kind, and contents."""
    wholes = [(path.name, path.read_bytes()) for path in kinds]
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        name, whole = wholes[number % len(wholes)]
        yield f"{number:04d} {name}", bytes(damaged(bytearray(whole), chance))


def damaged(content: bytearray, chance: random.Random) -> bytearray:
    """The content with damage in one to four places."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        size = len(content)
        place = (
            chance.randrange(min(HEADER, size) if chance.random() < 0.5 else size) if size else 0
        )
        match chance.choice(("flip", "byte", "byte", "run", "cut", "double", "leave out")):
            case "flip":
                content[place : place + 1] = bytes(
                    b ^ 1 << chance.randrange(8) for b in content[place : place + 1]
                )
            case "byte":
                for _ in range(chance.randrange(1, 32)):
                    at = min(place + chance.randrange(64), size - 1)
                    content[at : at + 1] = bytes(
                        [chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))]
                    )
            case "run":
                length = chance.randrange(1, 300)
                content[place : place + length] = bytes([chance.choice((0, 0xFF))]) * length
            case "cut":
                del content[place:]
            case "double":
                content[place:place] = content[place : place + chance.randrange(1, 500)]
            case "leave out":
                del content[place : place + chance.randrange(1, 500)]
    return content
