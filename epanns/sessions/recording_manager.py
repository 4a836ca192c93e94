"""The recordings that a user wants, one after the other, each of one source."""

import time
from collections.abc import Callable
from pathlib import Path

from epanns.audio.source import Source
from epanns.paths import new_path, why_elsewhere
from epanns.prediction import Prediction
from epanns.sessions.last_minute import LastMinuteRecorder
from epanns.sessions.player import SessionSource
from epanns.sessions.recorder import Recorder
from epanns.status import NoticeContent, RecordingEnded, RecordingOutcome, RecordingState

ENDS_WITHIN = 3.0  # seconds


class RecordingManager:
    """Begins and ends recordings, for the engine; nothing here waits but close()."""

    def __init__(self, settings: str, notice: Callable[[NoticeContent], None]) -> None:
        """Record nothing yet.

        Args:
            settings: of the program, as JSON.
            notice: called with what the user should know, on any thread.
        """
        self._settings, self._notice = settings, notice
        self._wanted: Path | None = None
        self._renames = False
        self._recorder: Recorder | None = None  # until its thread has ended
        self._last_minute = LastMinuteRecorder(settings, notice)

    @property
    def state(self) -> RecordingState | None:
        """The recording that is under way, or None."""
        recorder = self._recorder
        return recorder.state if recorder else None

    def begin(self, path: Path | None) -> None:
        """Record from now on into a file; None for a new one in the folder of recordings."""
        if path is None and (why := why_elsewhere()):
            self._notice(why)
        self._wanted, self._renames = path or new_path(), path is None

    def end(self) -> None:
        """Record no more."""
        self._wanted = None

    def keep_last_minute(self, path: Path | None) -> None:
        """Keep what was heard in the last minute; None for a new file among the recordings."""
        self._last_minute.keep(path)

    def update(self, heard: Source | None, source: str, goes_on: bool) -> None:
        """Begin or end recordings as the user asked; called repeatedly on the engine's thread.

        Args:
            heard: what is heard now.
            source: what the user asked to hear.
            goes_on: whether more of it will come.
        """
        if heard is not None:
            self._last_minute.follow(heard, source)
        recorder = self._recorder
        if recorder is None:
            if self._wanted is not None and heard is not None:
                self._start(heard, source, self._wanted)
            return
        if self._wanted != recorder.path:
            recorder.stop("stopped")
        elif heard is not recorder.source or not goes_on:
            recorder.stop("the sound ended")
        if not recorder.thread.is_alive():
            self._recorder = None
            if self._wanted == recorder.path:
                self._wanted = None

    def add(self, prediction: Prediction) -> None:
        """Add a Prediction to the recording; called on the worker's thread."""
        self._last_minute.add(prediction)
        if (recorder := self._recorder) is not None:
            recorder.add(prediction)

    def close(self) -> None:
        """End the recording in order; one whose disk hangs is abandoned after 3 s."""
        deadline = time.monotonic() + ENDS_WITHIN
        if (recorder := self._recorder) is not None:
            recorder.stop("stopped")
            recorder.thread.join(ENDS_WITHIN)
        self._last_minute.close(max(deadline - time.monotonic(), 0.0))

    def _start(self, heard: Source, source: str, path: Path) -> None:
        if isinstance(heard, SessionSource):
            self._wanted = None
            self._notice(RecordingEnded(RecordingOutcome.NOT_NEEDED))
        else:
            self._recorder = Recorder(
                heard, source, path, self._settings, self._notice, self._renames
            )
            self._recorder.start()
