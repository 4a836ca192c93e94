"""How often a network scores, and what that takes."""

import statistics
import time
from collections import deque
from typing import NamedTuple

from epanns.status import Pace

SEGMENT, HOP = 1.0, 0.1  # seconds that are scored, and from one to the next, if nothing else is set
RATE_OVER = 3.0  # seconds that the pace is taken over
MOST = 1000  # updates in that time


class _Update(NamedTuple):
    when: float
    seconds: float
    joules: float | None


class PaceMeter:
    """Measures the pace of updates; one thread adds them, any may ask."""

    def __init__(self) -> None:
        self._recent: deque[_Update] = deque(maxlen=MOST)
        self._joules: float | None = None  # of an update, when that could be told last

    def add(self, seconds: float, joules: float | None = None) -> None:
        """Count an update that is made now.

        Args:
            seconds: that it took.
            joules: the energy that it took; None where that was not measured.
        """
        self._recent.append(_Update(time.monotonic(), seconds, joules))

    def pace(self) -> Pace:
        """How often there were updates, and what they took, over the last seconds."""
        horizon = time.monotonic() - RATE_OVER
        recent = [update for update in tuple(self._recent) if update.when > horizon]
        if not recent:
            return Pace()
        if joules := [update.joules for update in recent if update.joules is not None]:
            self._joules = statistics.fmean(joules)
        seconds = statistics.median(update.seconds for update in recent)
        return Pace(len(recent) / RATE_OVER, seconds, self._joules)
