"""The format of a recording session on disk; reader.py reads it, session_writer.py writes it.

A session is one HDF5 file: the sound of one source, and all scores that the network gave it. Times
are numbers of samples at 32 kHz, counted from the first one in `waveform`. Attributes of the file,
besides those of FORMAT:

    began          when the first sample was heard: ISO 8601 with the offset from UTC
    first_sample   the number of that sample, counted since the source started
    source         what was listened to: microphone, sample, or the path of a sound file
    settings       of the program, as JSON
    versions       of the program, Python and the libraries, as JSON
    ended          why the recording ended; "" where it goes on still, or was cut off

Datasets:

    waveform       int16 (samples,), full scale 32768, in chunks of half a second, shuffled and
                   deflated; zeros where sound is missing
    scores         float16 (predictions, classes), unsmoothed
    predictions    table (predictions,): start and end, the segment's first sample and the one after
                   its last; level_dbfs, its RMS level; seconds that scoring it took
    gaps           table: position and samples, where how much sound is missing (0 where that is
                   not known), and the reason
    devices        table: from which position on which device was heard
    networks       table: from which row of `predictions` on which network scored: its name, its
                   title, and the sha256 of its weights file
    labels         (classes,) strings, the classes in the order of `scores`; how many they are is
                   the attribute `classes`

HDF5 1.10 and later read it.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from epanns.errors import EpannsError
from epanns.formatting import visible
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.paths import COMMAND
from epanns.storage import tables
from epanns.storage.claims import ClaimError, check_rows, own_dataset, own_texts
from epanns.storage.tables import created
from epanns.vocabulary.audioset import AUDIOSET, vocabulary_named
from epanns.vocabulary.vocabulary import Vocabulary

FORMAT = {"format": "epanns session", "version": 1, "sample_rate": SAMPLE_RATE}
MOST_CLASSES = 100_000
LIBVER = ("v110", "v110")  # checksums on everything but the samples

CHUNK_SAMPLES = SAMPLE_RATE // 2  # written whole, and once
CHUNK_SCORES = 8  # rows; not compressed, so that a chunk can be filled up where it lies
CHUNK_ROWS = {"predictions": 128, "gaps": 32, "devices": 4, "networks": 4}
DEFLATE = 1  # the quickest
TEXT = 200  # bytes of UTF-8

_TEXT = h5py.string_dtype("utf-8", TEXT)
TABLES = {
    "predictions": np.dtype(
        [("start", "<i8"), ("end", "<i8"), ("level_dbfs", "<f4"), ("seconds", "<f4")]
    ),
    "gaps": np.dtype([("position", "<i8"), ("samples", "<i8"), ("reason", _TEXT)]),
    "devices": np.dtype([("position", "<i8"), ("name", _TEXT)]),
    "networks": np.dtype([("row", "<i8"), ("name", _TEXT), ("title", _TEXT), ("sha256", _TEXT)]),
}
_KINDS = {"waveform": np.dtype("<i2"), "scores": np.dtype("<f2"), **TABLES}


class SessionError(EpannsError):
    """A session is missing, broken, no session at all, or cannot be written."""


reading = partial(tables.reading, raises=SessionError, kind="recording session", command="record")


def create(path: Path, attributes: Mapping[str, str | int]) -> None:
    """Make a session of AudioSet's classes without sound; it gets its name when complete.

    Raises:
        FileExistsError: there is a file of that name.
        OSError: it cannot be written.
    """
    with created(path, is_new=True, libver=LIBVER) as file:
        file.attrs.update(FORMAT | {"ended": ""} | dict(attributes))
        set_classes(file, AUDIOSET)
        file.create_dataset(
            "waveform", (0,), "<i2", maxshape=(None,), chunks=(CHUNK_SAMPLES,),
            compression="gzip", compression_opts=DEFLATE, shuffle=True,
        )  # fmt: skip
        for name, kind in TABLES.items():
            file.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(CHUNK_ROWS[name],))


def set_classes(file: h5py.File, vocabulary: Vocabulary) -> None:
    """Let a session without scores have those of a vocabulary."""
    classes = len(vocabulary)
    for name in ("labels", "scores"):
        if name in file:
            del file[name]
    file.attrs["classes"] = classes
    file["labels"] = list(vocabulary.names)
    file.create_dataset(
        "scores", (0, classes), "<f2", maxshape=(None, classes), chunks=(CHUNK_SCORES, classes)
    )


def vocabulary_of(file: h5py.File, path: Path) -> Vocabulary:
    """The classes of a session.

    Raises:
        ValueError: the names are no classes.
    """
    return vocabulary_named(own_texts(file, "labels", path))


def check(file: h5py.File, path: Path) -> None:
    """Refuse a file that is no session, or could do harm: it may come from anywhere.

    Raises:
        SessionError: it is something else.
        ClaimError: it is damaged.
    """
    if file.attrs.get("format") != FORMAT["format"]:
        raise SessionError(
            f"{path} is an HDF5 file but no recording session; {COMMAND} record makes them."
        )
    found = {key: file.attrs.get(key) for key in FORMAT}
    if found != FORMAT:
        raise SessionError(f"{path} is a recording session in another format, {found}.")
    size = path.stat().st_size
    classes = file.attrs.get("classes")
    if not (
        isinstance(classes, np.integer)
        and 0 < classes <= MOST_CLASSES
        and own_dataset(file, "labels").shape == (classes,)
    ):
        raise ClaimError("it does not name its classes")
    rows = {"scores": (classes,)}  # of the others () each
    for name, kind in _KINDS.items():
        dataset = own_dataset(file, name)
        fits = dataset.dtype == kind and dataset.shape[1:] == rows.get(name, ())
        if not fits or dataset.chunks is None:
            raise ClaimError(f"its {name} cannot be used")
        if name != "waveform":  # which may have gaps, see reader.py
            check_rows(dataset, size)
    if len(file["scores"]) != len(file["predictions"]):
        raise ClaimError("its scores and predictions differ in number")


def text(value: bytes) -> str:
    """A text from a table."""
    return visible(value.decode("utf-8", "replace"))


def encoded(value: Any) -> bytes:
    """A text for a table, cut to TEXT bytes between two letters."""
    return str(value).encode("utf-8", "replace")[:TEXT].decode("utf-8", "ignore").encode()
