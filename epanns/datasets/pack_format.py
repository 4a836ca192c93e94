"""The layout of a pack on disk; pack.py reads it, pack_writer.py adds to it.

A pack is one HDF5 file; clips are rows. Each dataset has one entry a clip, but for `class`, which
has one a class, and for `waveform` and `scores`, which hold all clips one after the other; `start`
and `length` are the place of each of them there. All but `class` are chunked and grow; strings are
UTF-8 of any length. The attributes of the file are those of FORMAT, and `classes`, how many there
are.

    class                   strings: the names of the classes, in the order of `target`; without it
                            they are AudioSet's 527, as in packs written before there were others
    name, source, licence   strings; the name is unique, mostly the path in the folder it came from
    warning                 string: what is wrong with the clip's recording, in sentences; missing
                            in packs written before there were warnings
    split                   string: train, test, unlabelled, or another word of the listing
    fold                    int16, -1 for none
    target                  uint8 (clips, bytes): the labels as packed bits, 66 bytes for 527
    start, length           int64, in samples
    waveform                int16 at 32 kHz, full scale 32768, shuffled and deflated
    teacher/NAME/           optional, for the first clips or all of them:
        start, length       int64, in windows
        scores              float16 (windows, classes)
        attributes          segment and hop in samples: window i of a clip begins at i * hop and is
                            segment long, with zeros after the end of the clip
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from epanns.audio.int16 import from_int16
from epanns.errors import EpannsError
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.paths import COMMAND
from epanns.storage import tables
from epanns.storage.claims import ClaimError, check_rows, own_dataset, own_texts
from epanns.storage.tables import created, grow
from epanns.vocabulary.audioset import AUDIOSET, vocabulary_named
from epanns.vocabulary.vocabulary import Vocabulary

FORMAT = {"format": "epanns pack", "version": 1, "sample_rate": SAMPLE_RATE}
TEXTS = ("name", "source", "licence", "split")
WARNING = "warning"
COLUMNS = ("fold", "target", "start", "length")

CHUNK_SAMPLES = 32768  # about a second: what a random crop has to unpack besides itself
CHUNK_ROWS = 1024
DEFLATE = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


class PackError(EpannsError):
    """A pack is missing, broken, in use, full or holds something else."""


reading = partial(
    tables.reading, raises=PackError, kind="pack", command="pack", remedy="pack it again"
)


def create(path: Path, vocabulary: Vocabulary) -> None:
    """Make a pack without clips; it gets its name when it is complete.

    Args:
        path: where.
        vocabulary: the classes of its labels.

    Raises:
        ValueError: a name of a class that HDF5 cannot keep.
    """
    with created(path) as file:
        file.attrs.update(FORMAT, classes=len(vocabulary))
        file.create_dataset("class", data=vocabulary.names, dtype=h5py.string_dtype())
        for name in (*TEXTS, WARNING):
            empty(file, name, h5py.string_dtype())
        empty(file, "fold", np.int16)
        empty(file, "target", np.uint8, target_bytes(vocabulary))
        empty(file, "start", np.int64)
        empty(file, "length", np.int64)
        empty(file, "waveform", np.int16, chunk=CHUNK_SAMPLES)


def target_bytes(vocabulary: Vocabulary) -> int:
    """How many bytes the labels of one clip take, a bit a class."""
    return (len(vocabulary) + 7) // 8


def check(file: h5py.File, path: Path) -> Vocabulary:
    """Refuse what is no pack, or a pack that is not whole.

    Returns:
        The classes of its labels.

    Raises:
        PackError: the file is no pack, or of another format.
        ClaimError: it is damaged.
    """
    attributes = {key: file.attrs.get(key) for key in FORMAT}
    if attributes["format"] != FORMAT["format"]:
        raise PackError(f"{path} is an HDF5 file but no pack; {COMMAND} pack makes packs.")
    if attributes != FORMAT:
        raise PackError(f"{path} is a pack in another format, {attributes}; pack it again.")
    size = path.stat().st_size
    names = (*TEXTS, *COLUMNS, *({WARNING} & set(file)))
    columns = {name: own_dataset(file, name) for name in names}
    if len({len(column) for column in columns.values()}) != 1:
        raise ClaimError("its tables differ in length")
    for column in (*columns.values(), own_dataset(file, "waveform")):
        check_rows(column, size)
    check_places(file, "waveform", size)
    vocabulary = _vocabulary(file, path)
    if (len(vocabulary), target_bytes(vocabulary)) != (
        file.attrs["classes"],
        file["target"].shape[1],
    ):
        raise ClaimError("its labels are not of its classes")
    return vocabulary


def check_places(group: h5py.Group, name: str, size: int) -> None:
    """Refuse places outside of a dataset that holds pieces one after the other.

    Args:
        group: of `start`, `length` and the dataset.
        name: of the dataset.
        size: bytes of the file.

    Raises:
        ClaimError: they are, or are not as many as the lengths.
    """
    start, length, pieces = (own_dataset(group, each) for each in ("start", "length", name))
    for dataset in (start, length, pieces):
        check_rows(dataset, size)
    if start.shape != length.shape:
        raise ClaimError("its tables differ in length")
    firsts, lengths = start[:], length[:]
    if not ((firsts >= 0) & (lengths >= 0) & (lengths <= len(pieces) - firsts)).all():
        raise ClaimError(f"what its {name} holds is elsewhere")


def _vocabulary(file: h5py.File, path: Path) -> Vocabulary:
    """The classes that a pack names; AudioSet's if it names none."""
    names = own_texts(file, "class", path) if "class" in file else AUDIOSET.names
    try:
        return vocabulary_named(names, title="pack")
    except ValueError as error:
        raise ClaimError(f"its classes have {error}") from None


def empty(group: h5py.Group, name: str, kind: Any, *row: int, chunk: int = CHUNK_ROWS) -> None:
    """Make a dataset without rows that grows by them.

    Args:
        group: where.
        name: of the dataset.
        kind: its dtype.
        row: the shape of a row; none for single values.
        chunk: how many rows are compressed together.
    """
    group.create_dataset(
        name, (0, *row), kind, maxshape=(None, *row), chunks=(chunk, *row), **DEFLATE
    )


def append(group: h5py.Group, name: str, pieces: Sequence[NDArray[Any]]) -> None:
    """Add pieces to a dataset that holds them one after the other, and their places.

    Args:
        group: of `start`, `length` and the dataset.
        name: of the dataset.
        pieces: arrays (length, ...) of its dtype, of any lengths.
    """
    lengths = np.array([len(piece) for piece in pieces], np.int64)
    grow(group["start"], len(group[name]) + np.cumsum(lengths) - lengths)
    grow(group["length"], lengths)
    grow(group[name], np.concatenate(pieces))


def part(
    waveforms: h5py.Dataset, first: int, length: int, start: int = 0, samples: int | None = None
) -> NDArray[np.float32]:
    """A part of a clip, with zeros after the clip's end.

    Args:
        waveforms: int16 (samples,), all clips one after the other.
        first: where the clip begins there.
        length: samples of the clip.
        start: where in the clip to begin.
        samples: how many; None: up to its end.

    Returns:
        float32 (samples,) in [-1, 1].
    """
    wanted = max(0, length - start) if samples is None else samples
    there = max(0, min(wanted, length - start))
    waveform = np.zeros(wanted, np.float32)
    waveform[:there] = from_int16(waveforms[first + start : first + start + there])
    return waveform
