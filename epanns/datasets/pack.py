"""The pack: one HDF5 file that holds recordings, their labels and the scores of teachers."""

import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from epanns.datasets.pack_format import WARNING, PackError, check, check_places, part, reading
from epanns.datasets.pack_writer import PackWriter
from epanns.storage.claims import own_texts
from epanns.storage.locks import open_to_read
from epanns.storage.shared import complete

__all__ = ["Pack", "PackError", "PackWriter", "Teacher"]


DIGEST_ROWS = 16384  # windows read at a time


class Teacher:
    """The scores of one teacher on the clips of a pack.

    Attributes:
        segment: samples in a window.
        hop: samples from one window to the next.
    """

    def __init__(self, group: h5py.Group, path: Path) -> None:
        self._path = path
        with reading(path):
            check_places(group, "scores", path.stat().st_size)
            self.segment = int(group.attrs["segment"])
            self.hop = int(group.attrs["hop"])
            self._start: NDArray[np.int64] = group["start"][:]
            self._length: NDArray[np.int64] = group["length"][:]
            self._scores = group["scores"]

    def __len__(self) -> int:
        """How many clips it has scored, counted from the first one."""
        return len(self._start)

    def scores(self, index: int) -> NDArray[np.float32]:
        """The probabilities of one clip: float32 (windows, classes) in [0, 1]."""
        start, length = self._start[index], self._length[index]
        with reading(self._path):
            return self._scores[start : start + length].astype(np.float32)

    def digest(self) -> bytes:
        """A checksum of all its scores."""
        digest = hashlib.sha256(repr((self.segment, self.hop)).encode())
        digest.update(self._start.tobytes() + self._length.tobytes())
        with reading(self._path):
            for first in range(0, len(self._scores), DIGEST_ROWS):
                digest.update(self._scores[first : first + DIGEST_ROWS].tobytes())
        return digest.digest()


class Pack:
    """A pack, open for reading; a context manager. Indices count clips from 0.

    Attributes:
        path: of the file.
        vocabulary: the classes of its labels, and of the scores of its teachers.

    Raises:
        PackError: there is no such file, it is no pack, broken, or being written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path):
            complete(path)
            self._file = open_to_read(path)
        with reading(path):
            self.vocabulary = check(self._file, path)
            self._start: NDArray[np.int64] = self._file["start"][:]
            self._length: NDArray[np.int64] = self._file["length"][:]
            self._waveform = self._file["waveform"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._start)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The unique name of each clip."""
        return self._texts("name")

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Where each clip is from."""
        return self._texts("source")

    @cached_property
    def licences(self) -> tuple[str, ...]:
        """The licence of each clip, in the words of its source."""
        return self._texts("licence")

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """What each clip is for: train, test, unlabelled, or another word of its listing."""
        return self._texts("split")

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the recording of each clip, in sentences; "" for nothing."""
        with reading(self.path):
            known = WARNING in self._file
        return self._texts(WARNING) if known else ("",) * len(self)

    @cached_property
    def folds(self) -> NDArray[np.int16]:
        """The fold of each clip, int16 (clips,); -1 for none."""
        return self._column("fold")

    def targets(self, indices: ArrayLike) -> NDArray[np.float32]:
        """The labels of some clips.

        Args:
            indices: which, of any shape.

        Returns:
            float32 (..., classes): 1 for each class that applies, else 0.
        """
        rows = self._packed_targets[np.asarray(indices, np.int64)]
        return np.unpackbits(rows, axis=-1, count=len(self.vocabulary)).astype(np.float32)

    @cached_property
    def labelled(self) -> NDArray[np.bool_]:
        """Which clips have a label: bool (clips,)."""
        return np.asarray(self._packed_targets.any(axis=1))

    def length(self, index: int) -> int:
        """Samples of one clip."""
        return int(self._length[index])

    def waveform(
        self, index: int, start: int = 0, samples: int | None = None
    ) -> NDArray[np.float32]:
        """A clip or a part of it: float32 (samples,) in [-1, 1].

        Args:
            index: which clip.
            start: where in the clip to begin, in samples.
            samples: how many; zeros follow the end of the clip. None: up to its end.

        Raises:
            IndexError: there is no such clip.
            ValueError: a start or a number of samples below 0.
            PackError: the file is damaged there.
        """
        if start < 0 or (samples or 0) < 0:
            raise ValueError(f"a part of a clip cannot start at {start} with {samples} samples")
        first, length = self._start[index], self._length[index]  # a wrong index is no damage
        with reading(self.path):
            return part(self._waveform, first, length, start, samples)

    def teacher(self, name: str) -> Teacher | None:
        """The scores of a teacher; None if there is none of this name."""
        with reading(self.path):
            group = self._file.get(f"teacher/{name}")
        return None if group is None else Teacher(group, self.path)

    def select(self, split: str | Iterable[str]) -> NDArray[np.int64]:
        """The clips of a split, or of several, as ascending indices."""
        splits = [split] if isinstance(split, str) else list(split)
        return np.flatnonzero(np.isin(self.splits, splits))

    @cached_property
    def _packed_targets(self) -> NDArray[np.uint8]:
        return self._column("target")

    def _column(self, name: str) -> Any:
        with reading(self.path):
            return self._file[name][:]

    def _texts(self, name: str) -> tuple[str, ...]:
        with reading(self.path):
            return own_texts(self._file, name, self.path)
