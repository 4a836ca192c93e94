"""The last minute of what was heard: in memory, and on disk only where the user asks for it.

Importing this module is quick: h5py is imported when a minute is kept.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from epanns.audio.ring_buffer import Gap, Stretch
from epanns.audio.source import RING_SECONDS, Source
from epanns.errors import reason
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.paths import new_path, why_elsewhere
from epanns.prediction import Prediction
from epanns.sessions.player import SessionSource
from epanns.sessions.recorder import about, write_scored
from epanns.status import NoticeContent, RecordingEnded, RecordingOutcome

MINUTE = RING_SECONDS * SAMPLE_RATE
ENDING = "_last-minute.h5"  # another name than a recording's that begins in the same second


class _Snapshot(NamedTuple):
    """All that a session takes, as it was at one moment."""

    stretch: Stretch
    began: datetime
    source: str
    device: str
    gaps: tuple[Gap, ...]
    scored: tuple[Prediction, ...]


class LastMinuteRecorder:
    """Remembers Predictions for as long as the ring buffer has their sound, and keeps both."""

    def __init__(self, settings: str, notice: Callable[[NoticeContent], None]) -> None:
        """Remember nothing yet.

        Args:
            settings: of the program, as JSON.
            notice: called with what the user should know, on any thread.
        """
        self._settings, self._notice = settings, notice
        self._source: Source | None = None  # also after Stop, until another one is heard
        self._wanted = ""
        self._scored: deque[Prediction] = deque()
        self._clock = (0, datetime.now().astimezone())  # a sample's number, and when it was heard
        self._thread = threading.Thread()

    def follow(self, source: Source, wanted: str) -> None:
        """Note the current source; called repeatedly on the engine's thread.

        Args:
            source: what is heard now.
            wanted: what the user asked to hear.
        """
        if source is not self._source:
            self._scored = deque()
            self._source, self._wanted = source, wanted
        if source.ring.position != self._clock[0]:
            self._clock = (source.ring.position, datetime.now().astimezone())

    def add(self, prediction: Prediction) -> None:
        """Remember a Prediction; called on the worker's thread."""
        scored = self._scored
        if scored and prediction.end <= scored[-1].end:
            scored.clear()  # those were of another source
        scored.append(prediction)
        while scored[0].end <= prediction.end - MINUTE:
            scored.popleft()

    def keep(self, path: Path | None) -> None:
        """Write the last minute as of now; returns at once, and notifies the user of the result.

        Args:
            path: the file, where none may be yet; None for a new one among the recordings.
        """
        source = self._source
        if source is None or source.ring.position == 0:
            self._notice(RecordingEnded(RecordingOutcome.NOTHING_HEARD, last_minute=True))
        elif isinstance(source, SessionSource):
            self._notice(RecordingEnded(RecordingOutcome.NOT_NEEDED, last_minute=True))
        elif not self._thread.is_alive():
            if path is None and (why := why_elsewhere()):
                self._notice(why)
            work = (self._now(source), path or new_path(ENDING), path is None)
            self._thread = threading.Thread(
                target=self._write, args=work, name="last minute", daemon=True
            )
            self._thread.start()

    def close(self, seconds: float) -> None:
        """Wait at most `seconds` for a file that is being written."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _now(self, source: Source) -> _Snapshot:
        stretch = source.ring.since(source.ring.position - MINUTE)
        position, when = self._clock
        began = when - timedelta(seconds=(position - stretch.start) / SAMPLE_RATE)
        gaps, scored = tuple(source.ring.gaps), tuple(self._scored)
        return _Snapshot(stretch, began, self._wanted, source.state.name, gaps, scored)

    def _write(self, heard: _Snapshot, path: Path, renames: bool) -> None:
        try:
            path, size = self._write_session(heard, path, renames)
        except Exception as error:  # of any kind: the program goes on, and says so
            failed = RecordingOutcome.FAILED
            self._notice(RecordingEnded(failed, reason=reason(error), last_minute=True))
        else:
            seconds = heard.stretch.waveform.size / SAMPLE_RATE
            saved = RecordingOutcome.SAVED
            self._notice(RecordingEnded(saved, path, seconds, size, last_minute=True))

    def _write_session(self, heard: _Snapshot, path: Path, renames: bool) -> tuple[Path, int]:
        """Write all of it, or nothing; return the file and its size in bytes."""
        from epanns.sessions.session_writer import SessionWriter

        first, end = heard.stretch.start, heard.stretch.end
        session = about(heard.began, first, heard.source, self._settings)
        with SessionWriter(path, session, renames) as writer:
            writer.add_device(heard.device)
            writer.add_sound(heard.stretch.waveform)
            for gap in _clipped(heard.gaps, first, end):
                writer.add_gap(gap)
            last = None
            for prediction in heard.scored:
                if first < prediction.end <= end:
                    write_scored(writer, prediction, last, first)
                    last = prediction.network
            writer.finish("the last minute was kept")
            return writer.path, writer.size


def _clipped(gaps: Iterable[Gap], first: int, end: int) -> Iterator[Gap]:
    """The parts of gaps in the samples from `first` up to `end`, counted from `first`."""
    for gap in gaps:
        start, stop = max(gap.position, first), min(gap.position + gap.samples, end)
        if start < stop or (first <= gap.position < end and not gap.samples):
            yield Gap(start - first, stop - start, gap.reason)
