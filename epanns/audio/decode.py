"""Reading sound files of any kind, block by block, so that memory does not grow with the file.

containers.py finds where sound really begins and ends in a file, whatever its header says.
part_reader.py lets libsndfile read it (WAV, FLAC, Ogg and others), or FFmpeg: what libsndfile does
not know (M4A, CAF with ADPCM, the sound of a video) and what it may end too early (MP3, and FLAC
that was written to a pipe). What a container says of the time of its sound is kept by clock.py.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from epanns.audio.containers import find_parts
from epanns.audio.part_reader import PartReader
from epanns.audio.sound import BLOCK_SECONDS, Damage, Sound
from epanns.errors import AudioFileError, cause
from epanns.frontend.parameters import PANNS
from epanns.storage.existence import is_folder

__all__ = ["Sound", "open_sound"]

MIN_RATE = 2 * PANNS.f_min  # Hz; at this rate and below, all sound is below the lowest mel band


@contextmanager
def open_sound(
    path: Path,
    block_seconds: float = BLOCK_SECONDS,
    faults: list[str] | None = None,
    track: int | None = None,
) -> Iterator[Sound]:
    """Open a sound file for reading; it is closed with the context.

    Args:
        path: the file.
        block_seconds: roughly how long a block is; FFmpeg gives shorter ones.
        faults: if given, the blocks continue after damage where that is possible, and a sentence
            for each fault, such as a file that was cut off, is added to this list while the blocks
            are read.
        track: the number of the audio track that is read, from 1 on; the default one if None.

    Yields:
        The open file; its blocks are float32 (frames, channels) at the file's rate.

    Raises:
        AudioFileError: the file is missing, empty, or no sound that libsndfile or FFmpeg reads.
            The blocks raise it where the file is damaged and `faults` is None.
    """
    try:
        empty = path.stat().st_size == 0
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise AudioFileError(f"{path} cannot be read: {cause(error)}.") from None
    if is_folder(path):
        raise AudioFileError(f"{path} {_not_listed(path)}.")
    if empty:
        raise AudioFileError(f"{path} is empty; choose a file with sound in it.")
    try:
        parts = find_parts(path)
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {cause(error)}.") from None
    with PartReader(path, block_seconds, Damage(faults), track).open(parts) as sound:
        if sound.sample_rate <= MIN_RATE:
            raise AudioFileError(
                f"{path} has a sample rate of {sound.sample_rate} Hz, too low for sound; its header"
                " may be damaged."
            )
        yield sound


def _not_listed(folder: Path) -> str:
    """Why a folder that is given as a file is none, the end of a sentence."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        return f"cannot be listed: {cause(error)}"
    return "is a folder, not a sound file"
