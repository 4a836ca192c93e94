"""Recordings as HDF5: one file with a row a recording, and a row a segment.

Strings are UTF-8; times are in seconds, levels in dBFS. The attributes of the file are those of
FORMAT, model, segment and hop, and track and channel where one was chosen.

    class                   strings: the names of the network's classes, in the order of the columns
    file, warning           strings, a row a recording, as are all up to `count`
    duration, level         float64, float32
    bytes, modified_ns      int64: the state of the file, if all of it was read, else -1
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
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from epanns.audio.selection import SoundSelection
from epanns.errors import EpannsError, cause, writing
from epanns.files.outputs.output import OutputError, ScoringRun, check_new, key_of, name_of
from epanns.files.outputs.spool import Spool
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags, ScoringPlan
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.storage.claims import own_texts
from epanns.storage.existence import exists
from epanns.storage.file_state import FileState, is_outdated
from epanns.storage.journal import JournalledFile
from epanns.storage.tables import created, grow, uninterrupted
from epanns.storage.text_heaps import check_attributes
from epanns.vocabulary.vocabulary import Vocabulary

FORMAT = {"format": "epanns recordings", "version": 2, "sample_rate": SAMPLE_RATE}
TEXT = h5py.string_dtype()

CHUNK_NUMBERS = 1 << 14  # numbers in a chunk, which is written as a whole: 64 KiB or so
CHUNK_ROWS = 1024  # at most
AT_A_TIME = 64  # chunks copied
OF_SEGMENTS = ("start", "segment_level", "scores", "embedding")  # what has a row a segment
NOT_WHOLE = FileState(-1, -1)


class Hdf5Output:
    """Writes recordings to HDF5, an epanns.files.outputs.output.RecordingOutput.

    Args:
        out: the file.
        run: what the recordings are scored with.
        plan: which scores it keeps.
        vocabulary: the classes of the network.
        resume: whether to go on with a file that exists.
        recordings: of this run; those that are to be read again are removed from the file.

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
        recordings: Iterable[Path] = (),
    ) -> None:
        self._out, self._plan, self._vocabulary = out, plan, vocabulary
        self._spools: dict[Path, Spool] = {}
        goes_on = resume and exists(out)
        if goes_on:
            self._drop_outdated(run, recordings)
        else:
            check_new(out)
            with writing(out, OutputError):
                _create(out, run, plan, vocabulary)
        with _reading(out), ExitStack() as stack:
            self._disk = stack.enter_context(JournalledFile(out))
            self._file = stack.enter_context(h5py.File(self._disk, "r+"))
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
            **(tags.state or NOT_WHOLE)._asdict(),
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

    def _drop_outdated(self, run: ScoringRun, recordings: Iterable[Path]) -> None:
        """Remove the recordings from the file that are to be read again."""
        paths = {key_of(name_of(path)): path for path in recordings}
        with (
            _reading(self._out),
            JournalledFile(self._out) as disk,
            h5py.File(disk, "r+") as file,
        ):
            check_attributes(self._out)
            _check(file, self._out, run, self._plan, self._vocabulary)
            states = zip(*(file[name][:].tolist() for name in FileState._fields), strict=True)
            kept = np.ones(len(file["file"]), np.bool_)
            names, _ = (own_texts(file, each, self._out) for each in ("file", "warning"))
            for row, (name, state) in enumerate(zip(names, states, strict=True)):
                path = paths.get(key_of(name))
                kept[row] = path is None or not is_outdated(path, FileState(*state))
            if not kept.all():
                _keep(file, kept)
                file.flush()
                disk.commit()

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
        for name in FileState._fields:
            _dataset(file, name, np.int64)
        for name in rows:
            _dataset(file, name, np.float32, len(vocabulary))
        if plan.scores or plan.embeddings:
            for name in ("first", "count"):
                _dataset(file, name, np.int64)
            _dataset(file, "start", np.float64)
        for name in ("file", "error"):
            _dataset(file.require_group("unreadable"), name, TEXT)


def _keep(file: h5py.File, kept: NDArray[np.bool_]) -> None:
    """Remove the recordings that are not to be kept, bool (recordings,), in bounded memory."""
    rows = dict.fromkeys(file.keys() - {"class", "unreadable"}, kept)
    if "count" in rows:
        rows |= dict.fromkeys(rows.keys() & OF_SEGMENTS, np.repeat(kept, file["count"]))
    for name, wanted in rows.items():
        dataset, end = file[name], 0
        step = AT_A_TIME * dataset.chunks[0]
        for first in range(0, len(wanted), step):
            piece = slice(first, first + step)
            moved = dataset[piece][wanted[piece]]
            dataset[end : end + len(moved)] = moved
            end += len(moved)
        dataset.resize(end, 0)
    if "count" in rows:
        counts = file["count"][:]
        file["first"][:] = np.cumsum(counts) - counts


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
    known = (*expected, "track", "channel")
    found = {key: file.attrs[key] for key in known if key in file.attrs}
    if found != expected:
        raise OutputError(
            f"{out} holds {_words(found)}, not {_words(expected)}; go on with the same, or name"
            " another."
        )
    if own_texts(file, "class", out) != vocabulary.names:
        raise OutputError(f"{out} holds scores of other classes; name another.")


def _words(contents: dict[str, Any]) -> str:
    words = "{holds} by {model} on segments of {segment:g} s, one each {hop:g} s".format(**contents)
    chosen = SoundSelection.chosen(contents).about()
    return words + "".join(f", {name} {choice}" for name, choice in chosen.items())


@contextmanager
def _reading(out: Path) -> Iterator[None]:
    """Turn an error while a file is opened into an OutputError with one sentence."""
    try:
        yield
    except BlockingIOError:
        raise OutputError(f"{out} is in use by another program; wait until that is done.") from None
    except EpannsError:
        raise
    except Exception as error:  # HDF5 raises many kinds of errors on a broken file
        raise OutputError(f"{out} cannot be gone on with ({cause(error)}); name another.") from None
