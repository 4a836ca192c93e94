"""The top class: the one to name when there is room for one only."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from epanns.views.ranking import RankedClass

CLEAR = 0.4  # score from which a class is named
FADED = 0.2  # score below which one that is named has ended
AHEAD = 0.1  # by how much the score of another class must be higher to take its place
HELD = 1.0  # seconds that a name stays at least, so that it can be read


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
        """Take in what is heard; return the class to name.

        Args:
            rows: the classes with the highest scores, smoothed; of another vocabulary than before
                when another network scores.
            now: the time of the sound in seconds; going back means that another source began.
        """
        best = most_specific(row for row in rows if row.score >= CLEAR)
        if self.row is None or now < self._since or _others(rows, self.row):
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
    heard = [row for row in rows if row.index not in row.vocabulary.background]
    best = None
    while heard:
        best = max(heard, key=lambda row: row.score)
        above = best.vocabulary.above
        heard = [row for row in heard if best.index in above(row.index)]
    return best


def _others(rows: Sequence[RankedClass], named: RankedClass) -> bool:
    """Whether rows are of another vocabulary than the class that is named."""
    return bool(rows) and rows[0].vocabulary != named.vocabulary


def _displaces(row: RankedClass, named: RankedClass) -> bool:
    """Whether a class takes the place of the one that is named and still heard."""
    if row.index in (named.index, *named.vocabulary.above(named.index)):
        return False
    return named.index in row.vocabulary.above(row.index) or row.score > named.score + AHEAD
