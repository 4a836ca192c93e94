"""HDF5 files that claim more than they hold, for the tests."""

import struct
import zlib
from pathlib import Path

import h5py

REFERENCE = 16  # bytes of a text in a dataset


def claim_rows(path: Path, rows: int, *names: str) -> None:
    """Let datasets of a file have more rows; nothing is written for them."""
    with h5py.File(path, "r+") as file:
        for name in names:
            file[name].resize(rows, 0)


def repeat_text(path: Path, name: str, letters: int) -> None:
    """Let all texts of a dataset without chunks be the same long one, which is there once."""
    with h5py.File(path, "r+") as file:
        names = file[name].asstr()[:]
        del file[name]
        file[name] = ["x" * letters, *names[1:]]
        place, rows = file[name].id.get_offset(), len(names)
    with path.open("r+b") as raw:
        raw.seek(place)
        first = raw.read(REFERENCE)
        assert struct.unpack("<I", first[:4]) == (letters,)
        raw.seek(place)
        raw.write(first * rows)


def inflate_chunk(path: Path, name: str, size: int) -> None:
    """Let the first chunk of a packed dataset become so many bytes of zeros."""
    with h5py.File(path, "r+") as file:
        file[name].id.write_direct_chunk((0,) * file[name].ndim, zlib.compress(bytes(size), 9))
