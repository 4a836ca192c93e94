"""The surest sound: the one class to name when there is room for one only."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from epanns.views.ranking import SILENCE, RankedClass
from epanns.vocabulary.audioset import AUDIOSET

CLEAR = 0.4  # score from which a class is sure enough to be named
FADED = 0.2  # score below which one that is named has ended
AHEAD = 0.1  # how much surer another class must be to take its place
HELD = 1.0  # seconds that a name stays at least, so that it can be read
NO_SOUND = {SILENCE, *AUDIOSET.subset("Acoustic environment")}  # a room is heard all the time


class TopClass:
    """Names one class for as long as it is heard, without flickering.

    It is the most specific class that is clearly heard: from the class with the highest score down
    the ontology, as long as one below it is clearly heard as well.

    Attributes:
        row: the class named now, with its present score; None if nothing is clearly heard.
    """

    def __init__(self) -> None:
        self.row: RankedClass | None = None
        self._since = 0.0

    def clear(self) -> None:
        """Forget what was heard, as when another source begins."""
        self.row = None

    def update(self, rows: Sequence[RankedClass], now: float) -> RankedClass | None:
        """Take in what is heard; give the class to name.

        Args:
            rows: the classes with the highest scores, smoothed.
            now: the time of the sound in seconds; going back means that another source began.
        """
        best = most_specific(row for row in rows if row.score >= CLEAR)
        if self.row is None or now < self._since:
            return self._take(best, now)
        scores = {row.index: row.score for row in rows}
        self.row = replace(self.row, score=scores.get(self.row.index, 0.0))
        if now - self._since < HELD:
            return self.row
        if self.row.score < FADED or (best is not None and _displaces(best, self.row)):
            return self._take(best, now)
        return self.row

    def _take(self, row: RankedClass | None, now: float) -> RankedClass | None:
        self.row, self._since = row, now
        return row


def most_specific(rows: Iterable[RankedClass]) -> RankedClass | None:
    """Of classes that are heard: the one with the highest score, or the one far below it."""
    heard = [row for row in rows if row.index not in NO_SOUND]
    best = None
    while heard:
        best = max(heard, key=lambda row: row.score)
        heard = [row for row in heard if best.index in AUDIOSET.above(row.index)]
    return best


def _displaces(row: RankedClass, named: RankedClass) -> bool:
    """Whether a class takes the place of the one that is named and still heard."""
    if row.index in (named.index, *AUDIOSET.above(named.index)):
        return False
    return named.index in AUDIOSET.above(row.index) or row.score > named.score + AHEAD
