"""What an HDF5 file claims, held against its size before it is read: it may come from anywhere.

A dataset may claim more rows than the file has bytes: HDF5 then gives zeros for what is not there,
and one byte of a compressed chunk may stand for a thousand. Its texts may be the same long one over
and over again. And a link, or data kept elsewhere, may name any file of the user's.
"""

import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from epanns.storage.text_heaps import open_texts

LARGEST_CHUNK = 1 << 24  # bytes, of a hundred thousand classes
MOST_PACKED = 256  # times that data is larger than what it takes on disk: zeros are at level 1, 214
FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE}
HARMLESS = 1 << 17  # bytes of a packed chunk, which become 128 MiB at most
REFERENCE = 16  # bytes of a text of any length in a dataset: how long it is, then where


class ClaimError(ValueError):
    """A file claims what cannot be so; the sentence goes on after "PATH is damaged: "."""


def own_dataset(group: h5py.Group, name: str) -> h5py.Dataset:
    """A dataset that is in the file itself, in chunks that fit into memory.

    Raises:
        ClaimError: there is none.
    """
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ClaimError(f"it has no {name}")
    dataset = group[name]
    if (
        not isinstance(dataset, h5py.Dataset)
        or dataset.is_virtual
        or dataset.external is not None
        or not _are_known(dataset)
        or _chunk_bytes(dataset) > LARGEST_CHUNK
    ):
        raise ClaimError(f"its {name} cannot be used")
    return dataset


def check_rows(dataset: h5py.Dataset, size: int, missing: int = 0) -> None:
    """Refuse a dataset with more rows than a file can hold.

    Args:
        dataset: of shape (rows, ...).
        size: bytes of the file.
        missing: rows that need not be in the file, as they are known to be zeros.

    Raises:
        ClaimError: it has more.
    """
    most = size * (MOST_PACKED if dataset.compression else 1)
    row = dataset.dtype.itemsize * int(np.prod(dataset.shape[1:], dtype=np.int64))
    if (len(dataset) - missing) * row > most:
        name = dataset.name.strip("/")
        raise ClaimError(f"it is too small to hold the {len(dataset):,} rows of its {name}")
    if dataset.compression:
        _check_chunks(dataset)


def own_texts(group: h5py.Group, name: str, path: Path) -> tuple[str, ...]:
    """The texts of a dataset of the file.

    Args:
        group: where the dataset is.
        name: of the dataset.
        path: the file.

    Raises:
        ClaimError: there is no such dataset, or its texts are larger than the file.
    """
    dataset, size = own_dataset(group, name), path.stat().st_size
    kind = h5py.check_string_dtype(dataset.dtype)
    if kind is None or dataset.ndim != 1:
        raise ClaimError(f"its {name} cannot be used")
    check_rows(dataset, size)
    if kind.length is None and sum(int(each.sum()) for each in _lengths(dataset, path)) > size:
        raise ClaimError(f"it is too small to hold the texts of its {name}")
    with open_texts(path) as file:
        return tuple(file[dataset.name].asstr()[:])


def _are_known(dataset: h5py.Dataset) -> bool:
    """Whether a dataset is packed in the way of ours: other filters are programs to be loaded."""
    plan = dataset.id.get_create_plist()
    return all(plan.get_filter(number)[0] in FILTERS for number in range(plan.get_nfilters()))


def _chunk_bytes(dataset: h5py.Dataset) -> int:
    """The bytes of a chunk, as Python counts: they cannot overflow; 0 without chunks."""
    size = dataset.dtype.itemsize
    for side in dataset.chunks or (0,):
        size *= int(side)
    return size


def _check_chunks(dataset: h5py.Dataset) -> None:
    """Refuse packed chunks that become larger than a chunk is: HDF5 unpacks them to their end."""
    size, suspects = _chunk_bytes(dataset), []

    def look(chunk: Any) -> None:
        if chunk.size > HARMLESS:
            suspects.append(chunk.chunk_offset)

    dataset.id.chunk_iter(look)
    for place in suspects:
        _, content = dataset.id.read_direct_chunk(place)
        if len(zlib.decompressobj().decompress(content, size + 1)) > size:
            raise ClaimError(f"its {dataset.name.strip('/')} cannot be unpacked")


def _lengths(dataset: h5py.Dataset, path: Path) -> "list[NDArray[np.uint32]]":
    """The lengths of texts in bytes, from where the dataset refers to them."""
    rows = len(dataset)
    if not rows:
        return []
    if dataset.chunks is None:
        place = dataset.id.get_offset()
        if place is None:
            raise ClaimError(f"its {dataset.name.strip('/')} cannot be used")
        with path.open("rb") as file:
            file.seek(place)
            return [_first_words(file.read(rows * REFERENCE))[:rows]]
    step = dataset.chunks[0]
    return [_first_words(_chunk(dataset, at))[: rows - at] for at in range(0, rows, step)]


def _chunk(dataset: h5py.Dataset, row: int) -> bytes:
    """The chunk that begins at a row, as it is before it is packed."""
    left_out, content = dataset.id.read_direct_chunk((row,))
    plan = dataset.id.get_create_plist()
    size = dataset.chunks[0] * REFERENCE
    for number in reversed(range(plan.get_nfilters())):
        if left_out & 1 << number:
            continue
        if plan.get_filter(number)[0] == h5py.h5z.FILTER_DEFLATE:
            content = zlib.decompressobj().decompress(content, size)
        else:  # shuffled
            content = np.frombuffer(content, np.uint8).reshape(REFERENCE, -1).T.tobytes()
    return content


def _first_words(references: bytes) -> "NDArray[np.uint32]":
    whole = references[: len(references) // 4 * 4]
    return np.frombuffer(whole, "<u4")[:: REFERENCE // 4]
