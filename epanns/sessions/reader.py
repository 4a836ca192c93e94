"""Reading a recording session: its sound, its scores, and how they were made.

    with Session(Path("recordings/2025-11-21_14-03-07.h5")) as session:
        session.began, session.duration, session.source, session.networks
        session.waveform(0, 32000)  # the first second
        session.scores(0, 10)  # the first ten predictions

Written by epanns/sessions/recorder.py; epanns/sessions/session_format.py has the format.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from epanns.audio.int16 import from_int16
from epanns.audio.ring_buffer import Gap
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import NetworkInfo, Prediction
from epanns.sessions.session_format import (
    SessionError,
    check,
    reading,
    text,
    vocabulary_of,
)
from epanns.storage.claims import ClaimError, check_rows
from epanns.storage.locks import open_to_read
from epanns.storage.shared import complete

COMMIT_TAKES = 1.0  # seconds at most that a session that is being recorded cannot be opened
MOST_SAMPLES = 366 * 24 * 3600 * SAMPLE_RATE  # a year, missing ones included
LONGEST = 60 * SAMPLE_RATE  # samples; no segment is that long
PIECE = 512  # predictions read at a time


class Session:
    """A session, open for reading; a context manager. No thread may share it.

    A session that is still being recorded shows what was on disk when it was opened.

    Attributes:
        path: the file.
        began: when its first sample was heard, with the offset from UTC.
        samples: of sound, at 32 kHz.
        source: what was listened to: microphone, sample, or the path of a sound file.
        devices: (position, name) of each device that was heard, and from which sample on.
        networks: (row, network) of each that scored, and from which prediction on.
        vocabulary: the classes of the scores.
        gaps: where sound is missing, in order; zeros stand in for it.
        settings, versions: of the program that recorded it.
        ended: why the recording ended; "" where it goes on still, or was cut off.
        starts, ends: int64 (predictions,), each one's first sample and the one after its last. The
            first ones may have begun before the recording.
        levels: float32 (predictions,), RMS in dBFS.
        seconds: float32 (predictions,), how long scoring each took.

    Raises:
        SessionError: it is missing, broken, or no session; by every method.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path), ExitStack() as stack:
            complete(path)
            self._file = stack.enter_context(_open(path))
            check(self._file, path)
            self._read()
            stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        """How many predictions there are."""
        return len(self.ends)

    @property
    def duration(self) -> float:
        """Seconds of sound, missing ones included."""
        return self.samples / SAMPLE_RATE

    @property
    def device(self) -> str:
        """What was heard, in a few words."""
        return ", ".join(dict.fromkeys(name for _, name in self.devices)) or self.source

    def waveform(self, start: int, end: int) -> NDArray[np.float32]:
        """Sound from sample `start` up to `end`: float32 (samples,) in [-1, 1]; less at its end."""
        with reading(self.path):
            steps = self._file["waveform"][start:end]
        return from_int16(steps)

    def blocks(self, samples: int = 10 * SAMPLE_RATE) -> Iterator[NDArray[np.float32]]:
        """All sound, float32 (samples,) in [-1, 1], up to `samples` at a time."""
        for start in range(0, self.samples, samples):
            yield self.waveform(start, start + samples)

    def scores(self, first: int, end: int) -> NDArray[np.float32]:
        """Scores of predictions `first` to `end` - 1: float32 (n, classes) in [0, 1]."""
        with reading(self.path):
            scores = self._file["scores"][first:end].astype(np.float32)
        return np.nan_to_num(scores, posinf=1.0).clip(0.0, 1.0)

    def predictions(self, first: int = 0) -> Iterator[Prediction]:
        """The predictions from number `first` on, as they were recorded."""
        networks = list(self.networks)
        network = NetworkInfo(vocabulary=self.vocabulary)
        for begin in range(first, len(self), PIECE):
            for row, scores in enumerate(self.scores(begin, begin + PIECE), begin):
                while networks and networks[0][0] <= row:
                    network = networks.pop(0)[1]
                start, end = int(self.starts[row]), int(self.ends[row])
                level, seconds = float(self.levels[row]), float(self.seconds[row])
                yield Prediction(start, end, scores, level, seconds, network)

    def _read(self) -> None:
        """Read everything but sound and scores."""
        file, attributes = self._file, self._file.attrs
        self.began = datetime.fromisoformat(attributes["began"])
        self.samples = len(file["waveform"])
        self.source, self.ended = str(attributes["source"]), str(attributes["ended"])
        self.settings: dict[str, Any] = dict(json.loads(attributes["settings"]))
        self.versions: dict[str, str] = dict(json.loads(attributes["versions"]))
        self.devices = tuple((int(at), text(name)) for at, name in file["devices"][:])
        self.vocabulary = vocabulary_of(file, self.path)
        self.networks = tuple(
            (int(row), NetworkInfo(text(name), text(title), text(sha256), self.vocabulary))
            for row, name, title, sha256 in file["networks"][:]
        )
        self.gaps = tuple(self._gaps(file["gaps"][:]))
        self._check_samples()
        table = file["predictions"][:]
        self.starts: NDArray[np.int64] = table["start"]
        self.ends: NDArray[np.int64] = table["end"]
        self.levels: NDArray[np.float32] = table["level_dbfs"]
        self.seconds: NDArray[np.float32] = table["seconds"]
        self._check_order()

    def _check_samples(self) -> None:
        """Refuse more sound than can be in the file, but for what is missing by its gaps."""
        missing = end = 0
        for gap in self.gaps:
            missing += max(gap.position + gap.samples - max(gap.position, end), 0)
            end = max(end, gap.position + gap.samples)
        if self.samples > MOST_SAMPLES:
            raise ClaimError(f"it claims {self.samples:,} samples of sound")
        check_rows(self._file["waveform"], self.path.stat().st_size, missing)

    def _check_order(self) -> None:
        """Refuse times out of order or far outside the sound, as in a damaged file."""
        steps, lengths = np.diff(self.ends), self.ends - self.starts
        behind = self.ends.max(initial=0) - self.samples  # sound waits for its chunk, they do not
        if (
            (steps < 0).any()
            or not ((lengths > 0) & (lengths <= LONGEST)).all()
            or behind > LONGEST
        ):
            raise SessionError(f"{self.path} is damaged: its predictions are in disorder.")

    def _gaps(self, table: NDArray[Any]) -> Iterator[Gap]:
        """The gaps; what reaches beyond the sound, as where a recording was cut off, is cut."""
        end = 0
        for at, samples, why in table:
            if not (end <= at and samples >= 0):
                raise SessionError(f"{self.path} is damaged: its gaps are in disorder.")
            if at < self.samples:
                yield Gap(int(at), int(min(samples, self.samples - at)), text(why) or "unknown")
            end = at


def _open(path: Path) -> h5py.File:
    """Open the file; it is locked for a moment while a commit is brought in."""
    deadline = time.monotonic() + COMMIT_TAKES
    while True:
        try:
            return open_to_read(path)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
