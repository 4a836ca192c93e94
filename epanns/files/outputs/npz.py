"""Embeddings as NPZ: a folder with one file a recording, complete or not there.

The name of each is that of its recording with .npz after it, in folders like those of the
recordings. It holds embedding (float32 (segments, embedding)), start (s) and level (dBFS) of each
segment, and file, duration, warning, model, segment, hop; track and channel where one was chosen;
bytes and modified_ns of the recording's file where all of it was read.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from epanns.audio.selection import SoundSelection
from epanns.errors import cause, writing
from epanns.files.outputs.output import (
    OutputError,
    ScoringRun,
    check_absent,
    check_run,
    files_in,
    key_of,
    name_of,
)
from epanns.files.outputs.spool import Spool
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.storage.atomic import replacing
from epanns.storage.existence import exists
from epanns.storage.file_state import FileState, is_outdated

ENDING = ".npz"


class NpzFolder:
    """Writes a folder of NPZ files, an epanns.files.outputs.output.RecordingOutput.

    Args:
        folder: the folder; made if need be.
        run: what the recordings are scored with.
        paths: all recordings of the run; names leave out the folder that all of them are in.
        resume: whether recordings whose file exists already are left out, instead of refused.

    Raises:
        OutputError: a file cannot be written, or exists already.
    """

    def __init__(self, folder: Path, run: ScoringRun, paths: Iterable[Path], resume: bool) -> None:
        self._folder, self._run, self._resume = folder, run, resume
        self._files = files_in(folder, paths, ENDING)
        self._spools: dict[Path, Spool] = {}

    def holds(self, path: Path) -> bool:
        """Whether a recording need not be done again."""
        file = self._files[path]
        if not exists(file):
            return False
        if not self._resume:
            check_absent(file)
        about = _read_about(file)
        known = about["model"], about["segment"], about["hop"]
        run = ScoringRun(*known, selection=SoundSelection.chosen(about))
        check_run(run, self._run, file)
        if key_of(about["file"]) != key_of(name_of(path)):
            raise OutputError(
                f"{file} holds the embeddings of {about['file']}, not of {name_of(path)}; name"
                " another folder."
            )
        state = [about[name] for name in FileState._fields if name in about]
        return not is_outdated(path, FileState(*state) if state else None)

    def add(self, path: Path, scores: SegmentScores) -> None:
        """Take some segments of a recording."""
        if scores.first == 0:
            self._forget(path)
            with writing(self._folder, OutputError):
                self._folder.mkdir(parents=True, exist_ok=True)
            self._spools[path] = Spool(self._folder)
        with writing(self._folder, OutputError):
            self._spools[path].add(scores)

    def finish(self, path: Path, tags: RecordingTags) -> None:
        """Write the file of a recording."""
        self._write(path, tags, self._spools[path])
        self._forget(path)

    def fail(self, path: Path, error: str) -> None:
        """Drop the parts of a recording that cannot be read: it has no file, nor an older one."""
        self._forget(path)
        with writing(self._files[path], OutputError):
            self._files[path].unlink(missing_ok=True)

    def close(self) -> None:
        """End; recordings that are not complete are dropped."""
        for path in list(self._spools):
            self._forget(path)

    def _write(self, path: Path, tags: RecordingTags, spool: Spool) -> None:
        about: dict[str, Any] = {
            "file": name_of(path), "duration": tags.seconds, "warning": " ".join(tags.warnings),
            **(tags.state._asdict() if tags.state else {}),
        }  # fmt: skip
        file = self._files[path]
        with writing(file, OutputError):
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as draft, zipfile.ZipFile(draft, "w") as archive:
                for name, value in (about | self._run.about()).items():
                    _put(archive, name, np.array(value))
                _put(archive, "start", np.arange(spool.rows) * spool.hop / SAMPLE_RATE)
                _stream(archive, "level", spool, "levels")
                _stream(archive, "embedding", spool, "embeddings")

    def _forget(self, path: Path) -> None:
        if path in self._spools:
            self._spools.pop(path).close()


def _read_about(file: Path) -> dict[str, Any]:
    """What a file says of its recording and of its run.

    Raises:
        OutputError: it is no such file.
    """
    names = ("file", "model", "segment", "hop")
    others = ("track", "channel", *FileState._fields)
    try:
        with np.load(file) as there:
            present = [*names, *(name for name in others if name in there)]
            about = {name: there[name][()].item() for name in present}
            kinds = {"file": str, "model": str, "segment": float, "hop": float}
            return about | {name: kind(about[name]) for name, kind in kinds.items()}
    except Exception as error:  # a broken ZIP file raises many kinds of errors
        raise OutputError(f"{file} holds no embeddings ({cause(error)}); remove it.") from None


def _put(archive: zipfile.ZipFile, name: str, array: "np.ndarray[Any, Any]") -> None:
    with archive.open(f"{name}.npy", "w") as file:
        np.lib.format.write_array(file, array, allow_pickle=False)


def _stream(archive: zipfile.ZipFile, name: str, spool: Spool, source: str) -> None:
    """Write an array without having all of it in memory."""
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        shape = spool.shape(source)
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for piece in spool.pieces(source):
            file.write(piece.tobytes())
