"""Writing a recording session so that it survives a crash of the program or the computer.

HDF5's own mode for one writer and many readers (SWMR) keeps a file readable where the program is
killed, but not where the power fails: it relies on the disk to keep the order of writes. It leaves
a mark that other programs refuse, and a full disk stops it half-way. So a session is written by
commits (epanns/storage/journal.py): each is a whole HDF5 file, closed, and on the disk all at once
or not at all.
"""

import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from epanns.audio.int16 import to_int16
from epanns.audio.ring_buffer import Gap
from epanns.errors import writing
from epanns.paths import numbered
from epanns.prediction import Prediction
from epanns.sessions.session_format import (
    CHUNK_SAMPLES,
    DEFLATE,
    LIBVER,
    SessionError,
    create,
    encoded,
    set_classes,
)
from epanns.storage.shared import SharedFile
from epanns.storage.tables import grow
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


class SessionWriter:
    """A new session, open for adding to it; a context manager. No thread may share it.

    What was committed is kept after any crash. Sound is committed in whole chunks of half a second;
    the rest waits in memory for the next commit or the end.

    Attributes:
        path: the file.
        samples: of sound so far, missing ones included.
        predictions: how many so far.
        is_kept: whether anything is on disk; a file to which nothing came is removed at the end.

    Raises:
        SessionError: there is a file of that name, or it cannot be written; by every method.
    """

    def __init__(
        self, path: Path, attributes: Mapping[str, str | int], renames: bool = False
    ) -> None:
        """Make the file.

        Args:
            path: where; nothing may be there.
            attributes: began, first_sample, source, settings, versions; see session_format.py.
            renames: whether the file gets a number where something is there already, such as the
                recording of another program that began in the same second.
        """
        self.is_kept = False
        self.samples = self.predictions = 0
        self._chunks: dict[int, NDArray[np.int16]] = {}  # of sound, not committed; by number
        self._scores: list[NDArray[np.float16]] = []
        self._vocabulary: Vocabulary = AUDIOSET
        self._new_classes = False  # whether the file must be told them
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._extended_gap = False  # whether the first of the gaps replaces the last one written
        with writing(path, SessionError):
            path.parent.mkdir(parents=True, exist_ok=True)
            self.path = _created(path, attributes, renames)
            try:
                self._disk = SharedFile(self.path)
            except BaseException:
                self.path.unlink(missing_ok=True)
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._disk.close()
        if not self.is_kept:
            self.path.unlink(missing_ok=True)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        with writing(self.path, SessionError):
            return self.path.stat().st_size

    def add_sound(self, waveform: NDArray[np.float32]) -> None:
        """Append a waveform, float32 (samples,) at 32 kHz in [-1, 1]."""
        steps = to_int16(waveform)
        while steps.size:
            number, at = divmod(self.samples, CHUNK_SAMPLES)
            chunk = self._chunks.setdefault(number, np.zeros(CHUNK_SAMPLES, "<i2"))
            piece, steps = np.split(steps, [CHUNK_SAMPLES - at])
            chunk[at : at + piece.size] = piece
            self.samples += piece.size

    def skip(self, samples: int) -> None:
        """Append a stretch of `samples` that are missing."""
        self.samples += samples

    def add_prediction(self, prediction: Prediction) -> None:
        """Append a Prediction, whose sample numbers are counted as in this session.

        Raises:
            SessionError: its classes are not those of the predictions before.
        """
        vocabulary = prediction.network.vocabulary
        if vocabulary != self._vocabulary:
            if self.predictions:
                raise SessionError(f"{self.path} has scores of other classes; record into another.")
            self._vocabulary, self._new_classes = vocabulary, True
        self._scores.append(prediction.scores.astype(np.float16))
        row = prediction.start, prediction.end, prediction.level_dbfs, prediction.seconds
        self._rows.setdefault("predictions", []).append(row)
        self.predictions += 1

    def add_gap(self, gap: Gap, extends: bool = False) -> None:
        """Append a gap.

        Args:
            gap: its sample numbers are counted as in this session.
            extends: whether it is the last one, which has become longer.
        """
        rows = self._rows.setdefault("gaps", [])
        if extends and rows:
            rows.pop()
        elif extends:
            self._extended_gap = True
        rows.append((gap.position, gap.samples, encoded(gap.reason)))

    def add_device(self, name: str) -> None:
        """Note which device is heard from here on."""
        self._rows.setdefault("devices", []).append((self.samples, encoded(name)))

    def add_network(self, name: str, title: str, sha256: str) -> None:
        """Note which network scores from here on.

        Args:
            name: in the zoo, or the name of its file.
            title: in a few words.
            sha256: checksum of its weights file, "" where it is not known.
        """
        row = self.predictions, encoded(name), encoded(title), encoded(sha256)
        self._rows.setdefault("networks", []).append(row)

    def commit(self) -> None:
        """Put on disk what was added, all at once."""
        self._commit(self.samples // CHUNK_SAMPLES * CHUNK_SAMPLES)

    def finish(self, ended: str) -> None:
        """Put everything on disk, and why the recording ended; nothing may be added after."""
        self._commit(self.samples, ended)

    def _commit(self, until: int, ended: str = "") -> None:
        """Write the sound before sample `until` and everything else."""
        whole = [number for number in self._chunks if number * CHUNK_SAMPLES < until]
        packed = {number * CHUNK_SAMPLES: _packed(self._chunks.pop(number)) for number in whole}
        with writing(self.path, SessionError):
            with h5py.File(self._disk, "r+", libver=LIBVER) as file:
                file["waveform"].resize(until, 0)
                for position, chunk in packed.items():
                    file["waveform"].id.write_direct_chunk((position,), chunk)
                if self._new_classes:
                    set_classes(file, self._vocabulary)
                    self._new_classes = False
                grow(file["scores"], self._scores)
                for name, rows in self._rows.items():
                    again = int(name == "gaps" and self._extended_gap)
                    grow(file[name], np.array(rows, file[name].dtype), again)
                if ended:
                    file.attrs["ended"] = ended
            self._disk.commit()
            self.is_kept = True
        self._scores, self._rows, self._extended_gap = [], {}, False


def _created(path: Path, attributes: Mapping[str, str | int], renames: bool) -> Path:
    """Make a session of a name that no file has; see SessionWriter."""
    for free in numbered(path) if renames else (path,):
        with suppress(FileExistsError):
            create(free, attributes)
            return free
    raise SessionError(f"{path} is there already; choose another name.")


def _packed(chunk: NDArray[np.int16]) -> bytes:
    """A chunk, int16 (samples,), after HDF5's shuffle and deflate; zlib releases the GIL."""
    shuffled = chunk.view(np.uint8).reshape(-1, chunk.itemsize).T
    return zlib.compress(shuffled.tobytes(), DEFLATE)
