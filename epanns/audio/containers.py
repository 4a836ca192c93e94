"""Which container a file is in, by its first bytes, and the sound files within it."""

from functools import lru_cache
from pathlib import Path

from epanns.audio import chunk_parts, flac, mp3, ogg
from epanns.audio.parts import FilePart

# MPEG audio comes last: it has no mark at its start and is told by its frames.
FINDERS = (chunk_parts.find_parts, ogg.find_parts, flac.find_parts, mp3.find_parts)


def find_parts(path: Path) -> list[FilePart]:
    """The sound files that a file consists of, one at least.

    Args:
        path: the file, which need not be a sound file.

    Raises:
        OSError: it cannot be read.
    """
    state = path.stat()
    return list(_find_parts(path, state.st_size, state.st_mtime_ns))


@lru_cache(maxsize=8)  # a file is opened twice as a rule: for its length, and for its sound
def _find_parts(path: Path, size: int, changed: int) -> tuple[FilePart, ...]:
    """See find_parts; size and time of change tell one state of a file from another."""
    for find in FINDERS:
        if parts := find(path):
            return tuple(parts)
    return (FilePart(),)
