"""The best classes of each segment: what text outputs keep of a recording until it is complete."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.files.segments import SegmentScores
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.vocabulary import Vocabulary

Floats = NDArray[np.float32]
Label = tuple[str, float]


class Segment(NamedTuple):
    """A segment and its best classes.

    Attributes:
        start: in seconds.
        level: in dBFS.
        top: (name, score), best first.
    """

    start: float
    level: float
    top: list[Label]


class BestOfSegments:
    """Collects the best classes of segments, at about 6 bytes a class.

    Args:
        top_k: how many of each segment.
        vocabulary: the classes, in the order of the scores.
    """

    def __init__(self, top_k: int, vocabulary: Vocabulary) -> None:
        self._top_k, self._names = top_k, vocabulary.names
        self._index = np.min_scalar_type(len(vocabulary) - 1)  # one or two bytes as a rule
        self._hop = 0
        self._rows: list[tuple[NDArray[np.unsignedinteger], Floats, Floats]] = []

    def __len__(self) -> int:
        return sum(len(levels) for _, _, levels in self._rows)

    def add(self, scores: SegmentScores) -> None:
        """Take in the next segments."""
        classes = ranked(scores.scores, self._top_k)
        values = np.take_along_axis(scores.scores, classes, axis=1)
        self._hop = scores.hop
        self._rows.append((classes.astype(self._index), values, scores.levels))

    def __iter__(self) -> Iterator[Segment]:
        index = 0
        for classes, values, levels in self._rows:
            for best, score, level in zip(classes, values, levels, strict=True):
                top = [(self._names[i], exact(s)) for i, s in zip(best, score, strict=True)]
                yield Segment(index * self._hop / SAMPLE_RATE, float(level), top)
                index += 1


def ranked(scores: Floats, top_k: int) -> NDArray[np.intp]:
    """The classes with the highest scores.

    Args:
        scores: float32 (..., classes) in [0, 1].
        top_k: how many.

    Returns:
        Indices, intp (..., top_k), fewer where there are fewer classes; the highest score first.
    """
    return np.argsort(-scores, axis=-1, kind="stable")[..., :top_k]


def exact(score: np.float32) -> float:
    """The float with the fewest digits that tell a score from other float32 numbers."""
    return float(str(score))
