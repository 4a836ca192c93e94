"""The worker: scores the latest segment at every hop, for as long as there is sound."""

import statistics
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from epanns.audio.source import Source
from epanns.features import SAMPLE_RATE
from epanns.prediction import Prediction

IDLE_WAIT = 0.05  # seconds between looks while there is no source or no network
RATE_OVER = 3.0  # seconds that updates per second and inference time are taken over


class Tagger(Protocol):
    """What the worker needs of a network; epanns.tagger.AudioTagger is one."""

    def tag(self, waveform: NDArray[np.float32], *, start: int) -> Prediction:
        """Score a waveform (samples,) at 32 kHz whose first sample has the number `start`."""


class LiveTagger:
    """A thread that reads a source's ring buffer and publishes a Prediction every hop.

    It never queues: where scoring takes longer than a hop, the segments in between are left out and
    counted. Segments never reach over a gap in the capture; after one, and at the start, half a
    segment must be there before it is scored.

    Attributes:
        source, tagger: what to listen to and what to score with; None for not yet. May be replaced
            at any time from any thread.
        skipped: segments left out so far.
        failure: why the network could not score, as one sentence; "" if all is well.
        thread: the thread, to be joined after stop().
    """

    def __init__(self, segment: float, hop: float, publish: Callable[[Prediction], None]) -> None:
        self.source: Source | None = None
        self.tagger: Tagger | None = None
        self.skipped = 0
        self.failure = ""
        self._segment = round(segment * SAMPLE_RATE)
        self._hop = round(hop * SAMPLE_RATE)
        self._publish = publish
        self._recent: deque[tuple[float, float]] = deque(maxlen=1000)  # (when, seconds taken)
        self._stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name="live tagger", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self.thread.start()

    def stop(self) -> None:
        """Let the thread end once the segment at hand is scored; returns at once."""
        self._stopping.set()

    def pace(self) -> tuple[float, float]:
        """Updates per second and median seconds per inference, over the last seconds."""
        horizon = time.monotonic() - RATE_OVER
        recent = [seconds for when, seconds in tuple(self._recent) if when > horizon]
        return len(recent) / RATE_OVER, statistics.median(recent) if recent else 0.0

    def _run(self) -> None:
        source: Source | None = None
        tagger: Tagger | None = None
        due = 0
        while not self._stopping.is_set():
            if (self.source, self.tagger) != (source, tagger):
                source, tagger = self.source, self.tagger
                due = source.ring.position if source else 0
            if source is None or tagger is None:
                self._stopping.wait(IDLE_WAIT)
            elif source.ring.position < due:
                self._stopping.wait((due - source.ring.position) / SAMPLE_RATE)
            else:
                due = self._score(source, tagger, due)

    def _score(self, source: Source, tagger: Tagger, due: int) -> int:
        """Score the latest segment; return the position at which the next one is due."""
        stretch = source.ring.latest(self._segment)
        if stretch.waveform.size < self._segment // 2:
            return stretch.end + self._hop
        try:
            prediction = tagger.tag(stretch.waveform, start=stretch.start)
        except Exception as error:  # whatever it is: the window stays, and says so
            cause = f"{type(error).__name__}: {error}"
            self.failure = f"Scoring failed ({cause}); choose another model."
            self.tagger = None
            return due
        self._recent.append((time.monotonic(), prediction.seconds))
        self._publish(prediction)
        hops = max((source.ring.position - due) // self._hop, 1)
        self.skipped += hops - 1
        return due + hops * self._hop
