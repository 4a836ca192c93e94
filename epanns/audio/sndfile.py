"""Sound files by libsndfile."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import soundfile

from epanns.audio.file_window import FileWindow
from epanns.audio.parts import FilePart
from epanns.audio.sound import Blocks

LARGEST = 1 << 20  # numbers in a block, for any rate and channels in a header
SYSTEM_ERROR = 2  # libsndfile's code where the system fails to read
UNKNOWN = 1 << 62  # frames, from which on the length is not known


class SndFile:
    """A sound file that libsndfile reads; it is closed with the context.

    Args:
        file: the open file.
        source: what it reads from: a part of a file, or a file descriptor, or None for neither.

    Attributes:
        rate: in Hz.
        channels: how many.
        frames: as its header states them.
    """

    def __init__(self, file: soundfile.SoundFile, source: FileWindow | int | None) -> None:
        self._file = file
        self._source = source
        self.rate: int = file.samplerate
        self.channels: int = file.channels
        self.frames: int = file.frames

    def __enter__(self) -> "SndFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        self._file.close()
        if isinstance(self._source, FileWindow):
            self._source.close()

    @property
    def is_mpeg(self) -> bool:
        """Whether it is MPEG audio, in whatever container."""
        return bool(self._file.subtype.startswith("MPEG"))

    @property
    def position(self) -> int:
        """How far the file has been read, in bytes, or a bit less than that; 0 if unknown."""
        if isinstance(self._source, FileWindow):
            return self._source.start + self._source.tell()
        return os.lseek(self._source, 0, os.SEEK_CUR) if self._source is not None else 0

    def blocks(self, seconds: float) -> Blocks:
        """Read the file block by block.

        Args:
            seconds: the length of a block; shorter where that would be more than LARGEST numbers.

        Yields:
            float32 (frames, channels) at the file's rate; full scale is 1.

        Raises:
            soundfile.LibsndfileError: the file is damaged.
            OSError: the system fails to read it.
        """
        frames = max(1, min(round(seconds * self.rate), LARGEST // self.channels))
        try:
            while len(block := self._file.read(frames, dtype="float32", always_2d=True)):
                yield block
        except soundfile.LibsndfileError as error:
            if error.code == SYSTEM_ERROR:
                raise OSError(errno.EIO, os.strerror(errno.EIO)) from None
            if not isinstance(self._source, FileWindow) or self._source.error is None:
                raise
        if isinstance(self._source, FileWindow) and self._source.error is not None:
            raise self._source.error


def open_file(path: Path, part: FilePart) -> SndFile | None:
    """Open a file, or None where FFmpeg should read it.

    FFmpeg reads what libsndfile does not know; MP3, which libsndfile may end at an estimated
    length; and files whose header states no length.

    Args:
        path: the file.
        part: which part of it.
    """
    try:
        file = _open(path, part)
    except (soundfile.LibsndfileError, TypeError):  # TypeError: raw data, which needs parameters
        return None
    if file.is_mpeg or file.frames >= UNKNOWN:
        file.close()
        return None
    return file


def _open(path: Path, part: FilePart) -> SndFile:
    """Open a part of a file.

    Raises:
        soundfile.LibsndfileError, TypeError: libsndfile cannot read it.
    """
    if not part.is_whole_file:
        return _opened_window(path, part)
    if part.is_position_needed and os.name == "posix":  # elsewhere its descriptors are its own
        descriptor = os.open(path, os.O_RDONLY)
        return SndFile(soundfile.SoundFile(descriptor), descriptor)
    name = os.fsencode(path) if os.name == "posix" else path  # which may not be valid Unicode
    return SndFile(soundfile.SoundFile(name), None)


def _opened_window(path: Path, part: FilePart) -> SndFile:
    """Open a part of a file by a window on it."""
    window = part.open(path)
    try:
        file = soundfile.SoundFile(window)
        if part.headless is None:
            return SndFile(file, window)
    except (soundfile.LibsndfileError, TypeError):
        window.close()
        raise
    with file, window:
        about = {"samplerate": file.samplerate, "channels": file.channels, "subtype": file.subtype}
    window = part.headless.open(path)
    try:
        raw = soundfile.SoundFile(window, **about, endian=part.headless.endian, format="RAW")
    except (soundfile.LibsndfileError, TypeError, ValueError):  # not PCM
        window.close()
        return _opened_window(path, replace(part, headless=None))
    return SndFile(raw, window)
