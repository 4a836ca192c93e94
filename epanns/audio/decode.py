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
from epanns.audio.sound import BLOCK_SECONDS, Damage, MissingSound, Sound
from epanns.errors import AudioFileError, DiskFailureError, cause, is_disk_failure
from epanns.frontend.parameters import PANNS
from epanns.storage.existence import is_folder

__all__ = ["Sound", "open_sound"]

PIECE = 1 << 20  # bytes read at a time where only the disk is tried
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
        DiskFailureError: the disk or the share that it is on fails; once the blocks are read, too.
    """
    try:
        empty = path.stat().st_size == 0
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise _unreadable(path, error) from None
    if is_folder(path):
        raise AudioFileError(f"{path} {_not_listed(path)}.")
    if empty:
        raise AudioFileError(f"{path} is empty; choose a file with sound in it.")
    is_open = False
    try:
        reader = PartReader(path, block_seconds, Damage(faults), track)
        with reader.open(find_parts(path)) as sound:
            if sound.sample_rate <= MIN_RATE:
                raise AudioFileError(
                    f"{path} has a sample rate of {sound.sample_rate} Hz, too low for sound; its"
                    " header may be damaged."
                )
            is_open = True
            yield sound
    except OSError as error:
        raise _unreadable(path, error) from None
    except AudioFileError:
        _try_disk(path, whole=is_open)
        raise
    if any(isinstance(fault, MissingSound) for fault in faults or ()):
        _try_disk(path, whole=True)


def _unreadable(path: Path, error: OSError | ValueError) -> AudioFileError:
    """The error to raise for a file that cannot be read."""
    kind = DiskFailureError if is_disk_failure(error) else AudioFileError
    return kind(f"{path} cannot be read: {cause(error)}.")


def _try_disk(path: Path, whole: bool) -> None:
    """Find out whether the disk made a decoder fail: decoders take its errors for a file's end.

    Args:
        path: the file.
        whole: whether to read all of it, or its beginning and end only: it may be no sound at all.

    Raises:
        DiskFailureError: it did.
    """
    try:
        with path.open("rb", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            for place in range(0, size, PIECE) if whole else (0, max(size - PIECE, 0)):
                file.seek(place)
                file.read(PIECE)
    except OSError as error:
        if is_disk_failure(error):
            raise _unreadable(path, error) from None


def _not_listed(folder: Path) -> str:
    """Why a folder that is given as a file is none, the end of a sentence."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        return f"cannot be listed: {cause(error)}"
    return "is a folder, not a sound file"
