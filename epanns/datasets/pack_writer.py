"""Adding clips to a pack, and teachers' scores of them."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from epanns.audio.int16 import to_int16
from epanns.datasets.class_difference import class_difference
from epanns.datasets.pack_format import (
    TEXTS,
    WARNING,
    PackError,
    append,
    check,
    create,
    empty,
    part,
    reading,
)
from epanns.errors import writing
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.storage.claims import own_texts
from epanns.storage.existence import exists
from epanns.storage.journal import JournalledFile
from epanns.storage.tables import grow, uninterrupted
from epanns.storage.text_heaps import check_attributes
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

FLUSH_SAMPLES = 300 * SAMPLE_RATE  # held in memory at most, and lost at most
FLUSH_ROWS = 1024


class PackWriter:
    """A pack, open for adding to it, made if there is none; a context manager.

    What was flushed outlasts the death of the program at any moment; at most FLUSH_SAMPLES of
    sound are held back. Clips that are added again are left out, so that an interrupted program
    goes on by doing all again. While it is open no other program can open the pack (on Windows:
    must not). No thread may share it.

    Args:
        path: of the file.
        vocabulary: the classes of the labels, and of the scores of the teachers.

    Attributes:
        path, vocabulary: see Args.

    Raises:
        PackError: the file is no pack, of other classes, broken, in use, or cannot be written to;
            by every method.
        ValueError: the name of a class holds a character that HDF5 cannot keep.
    """

    def __init__(self, path: Path, vocabulary: Vocabulary = AUDIOSET) -> None:
        self.path = path
        with writing(path, PackError):
            if not exists(path):
                create(path, vocabulary)
        with reading(path), ExitStack() as stack:
            self._disk = stack.enter_context(JournalledFile(path))
            check_attributes(path)
            self._file = stack.enter_context(h5py.File(self._disk, "r+"))
            self.vocabulary = check(self._file, path)
            if differs := class_difference(self.vocabulary, vocabulary):
                raise PackError(
                    f"{path} holds clips of other classes than those to add ({differs}); use a file"
                    " of its own."
                )
            names, sources = (own_texts(self._file, each, path) for each in ("name", "source"))
            stack.pop_all()
        self._sources: dict[str, str] = dict(zip(names, sources, strict=True))
        self._rows: list[dict[str, Any]] = []  # what was added since the last flush
        self._scores: dict[str, list[NDArray[np.float16]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """How many clips there are, those not flushed included."""
        return len(self._sources)

    def holds(self, name: str, source: str = "") -> bool:
        """Whether a clip is there already.

        Raises:
            PackError: there is one of this name, but from another source.
        """
        there = self._sources.get(name)
        if there not in (None, source):
            raise PackError(
                f"{self.path} holds another clip named {name}, from {there or 'an unnamed source'};"
                " pack this one into a file of its own."
            )
        return there is not None

    def add(
        self,
        name: str,
        waveform: NDArray[np.float32],
        target: ArrayLike,
        split: str = "",
        fold: int = -1,
        source: str = "",
        licence: str = "",
        warning: str = "",
    ) -> None:
        """Add a clip; one that is there already stays as it is.

        Args:
            name: unique in this pack.
            waveform: float (samples,) at 32 kHz in [-1, 1]; what is outside is clipped.
            target: (classes,), true or 1 for each class that applies.
            split: what it is for: train, test, unlabelled, or anything else.
            fold: its fold, -1 for none.
            source: where it is from.
            licence: its licence.
            warning: what is wrong with its recording; "" for nothing.

        Raises:
            ValueError: another shape, samples that are not finite, or a text with a NUL.
            OverflowError: a fold that int16 cannot hold.
        """
        labels = np.asarray(target).astype(bool)
        if waveform.ndim != 1 or not waveform.size or not np.isfinite(waveform).all():
            raise ValueError(f"a waveform is finite numbers (samples,), not {waveform.shape}")
        classes = len(self.vocabulary)
        if labels.shape != (classes,):
            raise ValueError(f"a target has shape ({classes},), not {labels.shape}")
        columns = (*TEXTS, WARNING)
        texts = dict(zip(columns, (name, source, licence, split, warning), strict=True))
        if b"\0" in "".join(texts.values()).encode():  # which refuses lone surrogates itself
            raise ValueError(f"HDF5 keeps no text with a NUL, as in {texts}")
        if self.holds(name, source):
            return
        numbers = {"fold": np.int16(fold), "target": np.packbits(labels)}
        self._rows.append({**texts, **numbers, "waveform": to_int16(waveform)})
        self._sources[name] = source
        samples = sum(len(row["waveform"]) for row in self._rows)
        if len(self._rows) >= FLUSH_ROWS or samples >= FLUSH_SAMPLES:
            self.flush()

    def lengths(self) -> NDArray[np.int64]:
        """Samples of each clip, int64 (clips,)."""
        self.flush()
        with reading(self.path):
            return self._file["length"][:]

    def waveform(self, index: int) -> NDArray[np.float32]:
        """A clip as the pack gives it back: float32 (samples,) in [-1, 1].

        Raises:
            IndexError: there is no such clip.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"there is no clip {index} among {len(self)}")
        if index >= len(self) - len(self._rows):
            self.flush()
        with reading(self.path):
            place = self._file["start"][index], self._file["length"][index]
            return part(self._file["waveform"], *place)

    def scored(self, teacher: str) -> int:
        """How many clips a teacher has scored, counted from the first one."""
        group = self._file.get(f"teacher/{teacher}")
        return (len(group["start"]) if group else 0) + len(self._scores.get(teacher, ()))

    def add_teacher(
        self, teacher: str, scores: NDArray[np.floating[Any]], segment: int, hop: int
    ) -> None:
        """Add a teacher's probabilities for the next clip that it has not scored yet.

        Args:
            teacher: its name, without a slash.
            scores: float (windows, classes) in [0, 1]; no windows for a clip that it leaves out.
            segment: samples in a window.
            hop: samples from one window to the next.

        Raises:
            ValueError: another shape, a name with a slash, or more scores than clips.
            PackError: the teacher has scored other windows before.
        """
        classes = len(self.vocabulary)
        if scores.ndim != 2 or scores.shape[1] != classes:
            raise ValueError(f"scores have shape (windows, {classes}), not {scores.shape}")
        if self.scored(teacher) >= len(self):
            raise ValueError(f"{teacher} has scored all {len(self)} clips already")
        with writing(self.path, PackError), uninterrupted():
            group = self._file.require_group("teacher").get(teacher) or self._new_teacher(
                teacher, segment, hop
            )
        known = int(group.attrs["segment"]), int(group.attrs["hop"])
        if known != (segment, hop):
            raise PackError(
                f"{self.path} holds scores of {teacher} on segments of {known[0]} samples, one"
                f" each {known[1]}, not {segment} and {hop}; use another name for the teacher."
            )
        # In one step, as in add: an interruption finds a clip whole or not at all.
        self._scores[teacher] = [*self._scores.get(teacher, ()), scores.astype(np.float16)]
        if sum(1 + len(each) for each in self._scores[teacher]) >= FLUSH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Put on disk all that was added; if that fails, the pack is closed as it was before."""
        if not (self._rows or self._scores):
            return
        try:
            with writing(self.path, PackError), uninterrupted():
                self._write()
        except BaseException:
            self._let_go()
            raise
        self._rows, self._scores = [], {}

    def close(self) -> None:
        """Flush, and let others open the file."""
        if not self._disk.closed:
            self.flush()
            self._let_go()

    def _write(self) -> None:
        if self._rows:
            if WARNING not in self._file:
                empty(self._file, WARNING, h5py.string_dtype())
                self._file[WARNING].resize(len(self._file["name"]), axis=0)
            append(self._file, "waveform", [row["waveform"] for row in self._rows])
            for name in ("fold", "target", *TEXTS, WARNING):
                grow(self._file[name], [row[name] for row in self._rows])
        for teacher, scores in self._scores.items():
            append(self._file["teacher"][teacher], "scores", scores)
        self._file.flush()
        self._disk.commit()

    def _let_go(self) -> None:
        with self._disk, uninterrupted():
            self._file.close()  # what HDF5 still writes is not committed, nor needed

    def _new_teacher(self, name: str, segment: int, hop: int) -> h5py.Group:
        if "/" in name:
            raise ValueError(f"the name of a teacher has no slash, and {name!r} has")
        group = self._file["teacher"].create_group(name)
        group.attrs.update(segment=segment, hop=hop)
        empty(group, "start", np.int64)
        empty(group, "length", np.int64)
        empty(group, "scores", np.float16, len(self.vocabulary), chunk=64)
        return group
