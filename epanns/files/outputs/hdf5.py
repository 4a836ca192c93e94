"""Recordings as HDF5: one file with a row a recording, and a row a segment.

Strings are UTF-8; times are in seconds, levels in dBFS. The attributes of the file are those of
FORMAT, and model, segment and hop.

    class                   strings: the names of the network's classes, in the order of the columns
    file, warning           strings, a row a recording, as are all up to `count`
    duration, level         float64, float32
    mean, max, at_once      float32 (recordings, classes), NaN in at_once for more than 30 s
    first, count            int64: where its segments begin in what follows, and how many there are
    start                   float64, a row a segment: where it begins in its recording
    segment_level           float32
    scores                  float32 (segments, classes)
    embedding               float32 (segments, embedding)
    unreadable/file, error  strings: what could not be read, and why

What the plan of a run does not keep is left out: mean, max and at_once without tags, the rows of
segments without scores or embeddings.

The file is written through a journal (epanns/storage/journal.py): after a kill it is as it was
when the last recording was complete.
"""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from epanns.errors import cause, writing
from epanns.files.outputs.output import OutputError, ScoringRun, check_new, key_of, name_of
from epanns.files.outputs.spool import Spool
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags, ScoringPlan
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.storage.claims import ClaimError, own_texts
from epanns.storage.existence import exists
from epanns.storage.journal import JournalledFile
from epanns.storage.tables import created, grow, uninterrupted
from epanns.vocabulary.vocabulary import Vocabulary

FORMAT = {"format": "epanns recordings", "version": 1, "sample_rate": SAMPLE_RATE}
TEXT = h5py.string_dtype()

CHUNK_NUMBERS = 1 << 14  # numbers in a chunk, which is written as a whole: 64 KiB or so
CHUNK_ROWS = 1024  # at most


class Hdf5Output:
    """Writes recordings to HDF5, an epanns.files.outputs.output.RecordingOutput.

    Args:
        out: the file.
        run: what the recordings are scored with.
        plan: which scores it keeps.
        vocabulary: the classes of the network.
        resume: whether to go on with a file that exists.

    Raises:
        OutputError: it cannot be written, exists already, or is no such file; by every method.
    """

    def __init__(
        self,
        out: Path,
        run: ScoringRun,
        plan: ScoringPlan,
        vocabulary: Vocabulary,
        resume: bool = False,
    ) -> None:
        self._out, self._plan, self._vocabulary = out, plan, vocabulary
        self._spools: dict[Path, Spool] = {}
        goes_on = resume and exists(out)
        if not goes_on:
            check_new(out)
            with writing(out, OutputError):
                _create(out, run, plan, vocabulary)
        with _reading(out), ExitStack() as stack:
            self._disk = stack.enter_context(JournalledFile(out))
            self._file = stack.enter_context(h5py.File(self._disk, "r+"))
            if goes_on:
                _check(self._file, out, run, plan, vocabulary)
            self._done = frozenset(map(key_of, own_texts(self._file, "file", out)))
            for dataset in self._file["unreadable"].values():
                dataset.resize(0, 0)
            stack.pop_all()

    def holds(self, path: Path) -> bool:
        """Whether a recording need not be done again."""
        return key_of(name_of(path)) in self._done

    def add(self, path: Path, scores: SegmentScores) -> None:
        """Take some segments of a recording."""
        if scores.first == 0:
            self._forget(path)
            self._spools[path] = Spool(self._out.parent)
        with writing(self._out, OutputError):
            self._spools[path].add(scores)

    def finish(self, path: Path, tags: RecordingTags) -> None:
        """Keep a recording, on the disk."""
        with self._committing():
            self._write(path, tags)
        self._forget(path)

    def fail(self, path: Path, error: str) -> None:
        """Note that a recording cannot be read, on the disk."""
        with self._committing():
            _append(self._file["unreadable"], {"file": name_of(path), "error": error})
        self._forget(path)

    def close(self) -> None:
        """Let others open the file."""
        for path in list(self._spools):
            self._forget(path)
        with self._disk, uninterrupted():
            self._file.close()  # what HDF5 still writes is not committed, nor needed

    @contextmanager
    def _committing(self) -> Iterator[None]:
        """Write something as a whole: a kill leaves all of it or nothing."""
        with writing(self._out, OutputError), uninterrupted():
            yield
            self._file.flush()
            self._disk.commit()

    def _write(self, path: Path, tags: RecordingTags) -> None:
        row: dict[str, Any] = {
            "file": name_of(path),
            "warning": " ".join(tags.warnings),
            "duration": tags.seconds,
            "level": tags.level,
        }
        if self._plan.tags:
            absent = np.full(len(self._vocabulary), np.nan, np.float32)
            at_once = absent if tags.at_once is None else tags.at_once
            row |= {"mean": tags.mean, "max": tags.max, "at_once": at_once}
        if path in self._spools:
            spool = self._spools[path]
            row |= {"first": len(self._file["start"]), "count": spool.rows}
            self._write_segments(spool)
        _append(self._file, row)

    def _write_segments(self, spool: Spool) -> None:
        grow(self._file["start"], np.arange(spool.rows) * spool.hop / SAMPLE_RATE)
        for name, dataset in (
            ("levels", "segment_level"), ("scores", "scores"), ("embeddings", "embedding")
        ):  # fmt: skip
            for piece in spool.pieces(name):
                if dataset not in self._file:
                    _dataset(self._file, dataset, np.float32, *piece.shape[1:])
                grow(self._file[dataset], piece)

    def _forget(self, path: Path) -> None:
        if path in self._spools:
            self._spools.pop(path).close()


def _create(out: Path, run: ScoringRun, plan: ScoringPlan, vocabulary: Vocabulary) -> None:
    """Make a file without recordings; it gets its name when it is complete."""
    with created(out) as file:
        file.attrs.update(FORMAT | _contents(run, plan))
        file.create_dataset("class", data=np.array(vocabulary.names, object), dtype=TEXT)
        texts, rows = ["file", "warning"], ["mean", "max", "at_once"] * plan.tags
        for name in texts:
            _dataset(file, name, TEXT)
        _dataset(file, "duration", np.float64)
        _dataset(file, "level", np.float32)
        for name in rows:
            _dataset(file, name, np.float32, len(vocabulary))
        if plan.scores or plan.embeddings:
            for name in ("first", "count"):
                _dataset(file, name, np.int64)
            _dataset(file, "start", np.float64)
        for name in ("file", "error"):
            _dataset(file.require_group("unreadable"), name, TEXT)


def _dataset(group: h5py.Group, name: str, kind: Any, *row: int) -> None:
    """Make a dataset that grows by rows, without any.

    Not compressed: its last chunk is written again with each recording, and if compressed would be
    stored in a new place each time.
    """
    rows = max(1, min(CHUNK_ROWS, CHUNK_NUMBERS // math.prod(row)))
    group.create_dataset(name, (0, *row), kind, maxshape=(None, *row), chunks=(rows, *row))


def _append(group: h5py.Group, row: dict[str, Any]) -> None:
    for name, value in row.items():
        grow(group[name], [value])


def _contents(run: ScoringRun, plan: ScoringPlan) -> dict[str, Any]:
    """What a file says of itself."""
    holds = [name for name in ("tags", "scores", "embeddings") if getattr(plan, name)]
    return run.about() | {"holds": ", ".join(holds)}


def _check(
    file: h5py.File, out: Path, run: ScoringRun, plan: ScoringPlan, vocabulary: Vocabulary
) -> None:
    """Refuse a file that is no output of this run."""
    if {key: file.attrs.get(key) for key in FORMAT} != FORMAT:
        raise OutputError(f"{out} is no file of scores that can be gone on with; name another.")
    expected = _contents(run, plan)
    found = {key: file.attrs[key] for key in expected}
    if found != expected:
        raise OutputError(
            f"{out} holds {_words(found)}, not {_words(expected)}; go on with the same, or name"
            " another."
        )
    if own_texts(file, "class", out) != vocabulary.names:
        raise OutputError(f"{out} holds scores of other classes; name another.")


def _words(contents: dict[str, Any]) -> str:
    return "{holds} by {model} on segments of {segment:g} s, one each {hop:g} s".format(**contents)


@contextmanager
def _reading(out: Path) -> Iterator[None]:
    """Turn an error while a file is opened into an OutputError with one sentence."""
    try:
        yield
    except BlockingIOError:
        raise OutputError(f"{out} is in use by another program; wait until that is done.") from None
    except (OSError, RuntimeError, KeyError, ClaimError) as error:
        raise OutputError(f"{out} cannot be gone on with ({cause(error)}); name another.") from None
