"""Recording what is heard: a thread between the ring buffer and a session on disk.

Importing this module is quick: h5py is imported when a recording begins.
"""

import json
import platform
import queue
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import epanns
from epanns.audio.ring_buffer import Gap
from epanns.audio.source import Source
from epanns.errors import reason
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.paths import DISTRIBUTION
from epanns.prediction import NetworkInfo, Prediction
from epanns.status import (
    DiskNearlyFull,
    NoticeContent,
    RecordingEnded,
    RecordingOutcome,
    RecordingState,
)

if TYPE_CHECKING:
    from epanns.sessions.session_writer import SessionWriter

LOOK_EVERY = 0.2  # seconds
COMMIT_EVERY = 0.7  # seconds; with what waits for its chunk and for a look, less than 2 s
BYTES_PER_SECOND = 75_000.0  # noise cannot be packed
SPARE = 4_000_000  # bytes of the disk that are left free, so that a recording can end in order
WARN_AT = (600.0, 60.0)  # seconds of recording that there is room for
MOST_WAITING = 10_000  # predictions, for a disk that stands still
LIBRARIES = ("numpy", "h5py", "onnxruntime", "soxr", "soundfile", "PyAudio")


class Recorder:
    """Writes one source's sound, and its Predictions, to a session, from a thread of its own.

    No other thread waits for it: it takes the sound from the ring buffer, which holds the last
    minute, and Predictions from a queue. It ends by stop(), or by itself where it cannot write.

    Attributes:
        source: what is recorded.
        path: the file that was asked for.
        state: how far it is; None when the recording has ended. Replaced as a whole, so any thread
            may read it.
        thread: the thread, to be joined after stop().
    """

    def __init__(
        self,
        source: Source,
        wanted: str,
        path: Path,
        settings: str,
        tell: Callable[[NoticeContent], None],
        renames: bool = False,
    ) -> None:
        """Record from this moment on; the file is made when there is sound.

        Args:
            source: what to record.
            wanted: what the user asked to hear: microphone, sample, or the path of a sound file.
            path: the file, where none may be yet unless `renames`.
            settings: of the program, as JSON.
            tell: called with what the user should know, on the recorder's thread.
            renames: whether the file gets a number where there is one already.
        """
        self.source = source
        self.state: RecordingState | None = RecordingState(path)
        self.path = path
        self._wanted, self._settings, self._renames = wanted, settings, renames
        self._tell = tell
        self._first = self._next = source.ring.position
        self._gaps: dict[str, Gap] = {}  # the last ones taken over, all at one position
        self._device = ""
        self._network: NetworkInfo | None = None  # of the last one written
        self._predictions: queue.SimpleQueue[Prediction] = queue.SimpleQueue()
        self._warnings = list(WARN_AT)
        self._room: float | None = None
        self._ended = ""
        self._stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self.thread.start()

    def add(self, prediction: Prediction) -> None:
        """Take in a Prediction of the source; never waits."""
        if not self._stopping.is_set() and self._predictions.qsize() < MOST_WAITING:
            self._predictions.put(prediction)

    def stop(self, why: str) -> None:
        """End the recording with what has been heard up to now; returns at once.

        Args:
            why: kept in the session, in a few words.
        """
        self._ended = self._ended or why
        self._stopping.set()

    def _run(self) -> None:
        kept: Path | None = None
        try:
            while self.source.ring.position == self._first and not self._stopping.wait(LOOK_EVERY):
                pass
            if self.source.ring.position == self._first:
                self._tell(RecordingEnded(RecordingOutcome.NOTHING_HEARD))
                return
            from epanns.sessions.session_writer import SessionWriter

            heard = (self.source.ring.position - self._first) / SAMPLE_RATE
            began = datetime.now().astimezone() - timedelta(seconds=heard)
            attributes = about(began, self._first, self._wanted, self._settings)
            with SessionWriter(self.path, attributes, self._renames) as writer:
                try:
                    self._record(writer)
                finally:
                    kept = writer.path if writer.is_kept else None
        except Exception as error:  # of any kind: the program goes on, and says so
            self._tell(RecordingEnded(RecordingOutcome.FAILED, kept, reason=reason(error)))
        finally:
            self._stopping.set()
            self.state = None

    def _record(self, writer: "SessionWriter") -> None:
        """Write until it is over."""
        due = 0.0
        while not self._stopping.wait(LOOK_EVERY):
            self._look(writer)
            if time.monotonic() >= due:
                due = time.monotonic() + COMMIT_EVERY
                writer.commit()
                self._watch_disk(writer)
        self._look(writer)
        writer.finish(self._ended)
        seconds = writer.samples / SAMPLE_RATE
        self._tell(RecordingEnded(RecordingOutcome.SAVED, writer.path, seconds, writer.size))

    def _look(self, writer: "SessionWriter") -> None:
        """Write what is new."""
        if self.source.state.name != self._device:
            self._device = self.source.state.name
            writer.add_device(self._device)
        stretch = self.source.ring.since(self._next)
        missed = Gap(self._next, stretch.start - self._next, "the disk was too slow")
        writer.skip(missed.samples)
        writer.add_sound(stretch.waveform)
        self._next = stretch.end
        self._take_gaps(writer, missed)
        self._take_predictions(writer)
        self.state = RecordingState(
            writer.path, writer.samples / SAMPLE_RATE, writer.size, self._room
        )

    def _take_gaps(self, writer: "SessionWriter", missed: Gap) -> None:
        """Keep the ring buffer's gaps, and what was missed here unless one of them is why."""
        gaps = [gap for gap in tuple(self.source.ring.gaps) if gap.position < self._next]
        if missed.samples and not any(_covers(gap, missed) for gap in gaps):
            gaps = sorted([*gaps, missed])
        for gap in gaps:
            newest = max((each.position for each in self._gaps.values()), default=self._first)
            if gap.position < newest or self._gaps.get(gap.reason) == gap:
                continue
            if gap.position > newest:
                self._gaps = {}
            longer = gap.reason in self._gaps
            self._gaps[gap.reason] = gap
            writer.add_gap(gap._replace(position=gap.position - self._first), longer)

    def _take_predictions(self, writer: "SessionWriter") -> None:
        with suppress(queue.Empty):
            while True:
                prediction = self._predictions.get_nowait()
                if prediction.end > self._first:  # else heard before
                    write_scored(writer, prediction, self._network, self._first)
                    self._network = prediction.network

    def _watch_disk(self, writer: "SessionWriter") -> None:
        """Warn before the disk is full, and end the recording in time."""
        free = shutil.disk_usage(writer.path.parent).free - SPARE
        seconds = writer.samples / SAMPLE_RATE
        left = free / max(BYTES_PER_SECOND, writer.size / max(seconds, 1.0))
        self._room = left if left < WARN_AT[0] else None
        if left <= 0:
            self._tell(
                RecordingEnded(RecordingOutcome.DISK_FULL, writer.path, seconds, writer.size)
            )
            self.stop("the disk was full")
        elif self._warnings and left < self._warnings[0]:
            self._warnings = [limit for limit in self._warnings if limit <= left]
            self._tell(DiskNearlyFull(left))


def about(began: datetime, first: int, source: str, settings: str) -> dict[str, str | int]:
    """What a session says about itself.

    Args:
        began: when its first sample was heard.
        first: the number of that sample.
        source: what the user asked to hear.
        settings: of the program, as JSON.
    """
    return {
        "began": began.isoformat(timespec="milliseconds"),
        "first_sample": first,
        "source": source,
        "settings": settings,
        "versions": json.dumps(versions()),
    }


def write_scored(
    writer: "SessionWriter", prediction: Prediction, last: NetworkInfo | None, first: int
) -> None:
    """Append a Prediction to a session, and its network, if that is another one than the last.

    Args:
        writer: of the session.
        prediction: it counts samples as its source does.
        last: the network of the Prediction before; None for the first.
        first: the number of the session's first sample.
    """
    network = prediction.network
    if network != last:
        writer.add_network(network.name, network.title, network.checksum)
    start, end = prediction.start - first, prediction.end - first
    writer.add_prediction(replace(prediction, start=start, end=end))


def versions() -> dict[str, str]:
    """The versions of all that a recording depends on, by name."""
    found = {
        DISTRIBUTION: epanns.__version__,
        "Python": platform.python_version(),
        "system": platform.platform(),
    }
    for library in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found[library] = metadata.version(library)
    return found


def _covers(gap: Gap, other: Gap) -> bool:
    return gap.position <= other.position and (
        other.position + other.samples <= gap.position + gap.samples
    )
