"""The worker: scores the latest segment at every hop, for as long as there is sound."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from epanns.audio.source import Source
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.runtimes.energy import EnergyMeter
from epanns.runtimes.pace import PaceMeter
from epanns.status import Pace, SourcePhase

IDLE_WAIT = 0.05  # seconds between looks while there is no source or no network
SHORTEST_WAIT = 0.01  # seconds between looks for sound that is due
NICER = 10  # by how much a worker is that gives way; 19 is the most


class SegmentTagger(Protocol):
    """What the worker needs of a network; epanns.tagger.AudioTagger is one."""

    def tag(self, waveform: NDArray[np.float32], *, start: int) -> Prediction:
        """Score a waveform, float32 (samples,) at 32 kHz, whose first sample has number `start`."""


class Worker:
    """A thread that reads a source's ring buffer and publishes a Prediction every hop.

    Segments end at multiples of the hop, so a recording is cut alike at every playing. The worker
    never queues: where scoring takes longer than a hop, the segments in between are left out and
    counted. Segments never reach over a gap in the capture; after one, and at the start, half a
    segment must be there before it is scored. The last samples of a source that ends are always
    scored.

    Attributes:
        source, tagger: what to listen to and what to score with; None for not yet. May be replaced
            at any time from any thread.
        skipped: segments left out so far.
        failure: why the network could not score, as one sentence; "" if all is well.
        thread: the thread, to be joined after stop().
    """

    def __init__(
        self,
        segment: float,
        hop: float,
        publish: Callable[[Prediction], None],
        meter: EnergyMeter,
        gives_way: bool = False,
    ) -> None:
        """Build everything and start nothing.

        Args:
            segment: seconds of sound scored at a time.
            hop: seconds from one scored segment to the next.
            publish: called with each Prediction, on this thread; must not block.
            meter: measures the energy of updates.
            gives_way: whether other updates come first: it waits for them, a hop at most, and on
                Linux its thread is nicer than the others.
        """
        self.source: Source | None = None
        self.tagger: SegmentTagger | None = None
        self.skipped = 0
        self.failure = ""
        self._segment = round(segment * SAMPLE_RATE)
        self._hop = round(hop * SAMPLE_RATE)
        self._publish = publish
        self._scored: tuple[Source, int] | None = None  # which source, and up to which sample
        self._meter = meter
        self._gives_way = gives_way
        self._pace = PaceMeter()
        self._stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name="live tagger", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self.thread.start()

    def stop(self) -> None:
        """Let the thread end once the segment at hand is scored; returns at once."""
        self._stopping.set()

    def pace(self) -> Pace:
        """How often it scores, and what that takes, over the last seconds."""
        return self._pace.pace()

    @property
    def done(self) -> bool:
        """Whether the source has ended and all of it has been scored."""
        source = self.source
        return (
            source is not None
            and source.state.phase is SourcePhase.ENDED
            and self._scored in (None, (source, source.ring.position))
        )

    def _run(self) -> None:
        if self._gives_way:
            _be_nice()
        due = 0
        while not self._stopping.is_set():
            source, tagger = self.source, self.tagger
            if source is None or tagger is None:
                self._stopping.wait(IDLE_WAIT)
                continue
            ended = source.state.phase is SourcePhase.ENDED  # asked before how far it has come
            position = source.ring.position
            if self._scored is None or self._scored[0] is not source:
                self._scored, due = (source, 0), 0
            if position == self._scored[1] or (position < due and not ended):
                self._stopping.wait(max((due - position) / SAMPLE_RATE, SHORTEST_WAIT))
                continue
            due = self._score(source, tagger, ended)
        self.tagger = None  # large; this object may be referenced for long

    def _score(self, source: Source, tagger: SegmentTagger, ended: bool) -> int:
        """Score the latest segment; return the position at which the next one is due."""
        position = source.ring.position
        end = position if ended else position // self._hop * self._hop
        try:
            stretch = source.ring.latest(self._segment, end)
        except ValueError:  # this thread was held up until the ring buffer had gone round
            self.skipped += 1
            return self._due(position + 1)
        if stretch.waveform.size < self._segment // 2 and not ended:
            return self._due(stretch.start + self._segment // 2)
        beginning = self._meter.begin(self._hop / SAMPLE_RATE if self._gives_way else 0.0)
        try:
            prediction = tagger.tag(stretch.waveform, start=stretch.start)
        except Exception as error:  # of any kind: the window stays, and says so
            if self.tagger is tagger:
                self.tagger = None
                self.failure = f"Scoring failed ({type(error).__name__}: {error})."
            return 0
        finally:
            joules = self._meter.end(beginning)
        self._pace.add(prediction.seconds, joules)
        if self.source is source:
            self._publish(prediction)
        self._scored = (source, stretch.end)
        # Segments are due at multiples of the hop; those that passed meanwhile are left out.
        passed = source.ring.position // self._hop - stretch.end // self._hop
        self.skipped += max(passed - 1, 0)
        return self._due(stretch.end + 1)

    def _due(self, position: int) -> int:
        """The first multiple of the hop that is not before a position."""
        return -(-position // self._hop) * self._hop


def _be_nice() -> None:
    """Give way to other threads; on Linux a thread has a niceness of its own."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            thread = threading.get_native_id()
            niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICER
            os.setpriority(os.PRIO_PROCESS, thread, min(niceness, 19))
