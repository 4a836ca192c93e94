"""Reading sound files of any kind, block by block, so that memory does not grow with the file.

libsndfile reads first (WAV, FLAC, Ogg, MP3 and others); what it does not know goes to FFmpeg (M4A,
CAF with ADPCM, the sound of a video).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from epanns.errors import AudioFileError
from epanns.features import SAMPLE_RATE

BLOCK_SECONDS = 0.05

Blocks = Iterator[NDArray[np.float32]]


@dataclass(frozen=True)
class Sound:
    """An open sound file.

    Attributes:
        sample_rate: in Hz.
        channels: how many.
        blocks: pieces of the file in order, each (frames, channels) float32, roughly 50 ms long.
            Raises AudioFileError where the file is damaged.
    """

    sample_rate: int
    channels: int
    blocks: Blocks


@contextmanager
def open_sound(path: Path) -> Iterator[Sound]:
    """Open a sound file for reading; it is closed with the context.

    Raises:
        AudioFileError: the file is missing, empty, or no sound that libsndfile or FFmpeg reads.
    """
    try:
        empty = path.stat().st_size == 0
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror}.") from None
    if empty:
        raise AudioFileError(f"{path} is empty; choose a file with sound in it.")
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, TypeError):  # TypeError: raw data, which needs parameters
        with _open_with_ffmpeg(path) as sound:
            yield sound
        return
    with file:
        yield Sound(file.samplerate, file.channels, _blocks_of(file, path))


def read_waveform(path: Path) -> NDArray[np.float32]:
    """A whole file as one waveform, for files that fit into memory.

    Returns:
        float32 (samples,) at 32 kHz: the mean of the channels, with zeros for what is no number,
        within [-1, 1].

    Raises:
        AudioFileError: see open_sound; or it is damaged, or holds no samples.
    """
    with open_sound(path) as sound, np.errstate(invalid="ignore", over="ignore"):
        pieces = [block.mean(axis=1) for block in sound.blocks]
    if not sum(map(len, pieces)):
        raise AudioFileError(f"{path} holds no sound; choose a file with sound in it.")
    mono = np.nan_to_num(np.concatenate(pieces), nan=0.0, posinf=0.0, neginf=0.0).clip(-1.0, 1.0)
    waveform: NDArray[np.float32] = soxr.resample(mono, sound.sample_rate, SAMPLE_RATE)
    return waveform


def _blocks_of(file: soundfile.SoundFile, path: Path) -> Blocks:
    try:
        yield from file.blocks(
            round(BLOCK_SECONDS * file.samplerate) or 1, dtype="float32", always_2d=True
        )
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"{path} is damaged after {_position(file)}: {error}") from None


def _position(file: soundfile.SoundFile) -> str:
    return f"{file.tell() / file.samplerate:.1f} s"


@contextmanager
def _open_with_ffmpeg(path: Path) -> Iterator[Sound]:
    import av  # most files never need it

    try:
        container = av.open(str(path))
    except (av.FFmpegError, ValueError) as error:
        raise AudioFileError(
            f"{path} is no sound file that libsndfile or FFmpeg can read ({_cause(error)})."
        ) from None
    with container:
        if not container.streams.audio:
            raise AudioFileError(f"{path} has no sound in it; choose a file with sound.")
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise AudioFileError(f"{path} is in a format that FFmpeg cannot decode.")
        if not (stream.rate and stream.channels):
            raise AudioFileError(f"{path} is damaged: its header names no rate or no channels.")
        yield Sound(stream.rate, stream.channels, _ffmpeg_blocks(container, path))


def _ffmpeg_blocks(container: Any, path: Path) -> Blocks:
    import av

    stream = container.streams.audio[0]
    to_float = av.AudioResampler(format="flt", layout=stream.layout, rate=stream.rate)
    try:
        for frame in container.decode(stream):
            for piece in to_float.resample(frame):
                yield piece.to_ndarray().reshape(-1, stream.channels).astype(np.float32, copy=False)
    except (av.FFmpegError, ValueError) as error:  # ValueError: another format half-way
        raise AudioFileError(f"{path} is damaged: {_cause(error)}.") from None


def _cause(error: Exception) -> str:
    """FFmpeg's own words, without its error number and the path."""
    return getattr(error, "strerror", None) or str(error)
