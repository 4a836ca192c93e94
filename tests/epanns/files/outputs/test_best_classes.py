"""The best classes of segments, kept in little memory."""

import numpy as np
import pytest

from epanns.files.outputs.best_classes import BestOfSegments
from epanns.files.segments import SegmentScores
from epanns.vocabulary.vocabulary import Vocabulary


@pytest.mark.parametrize("classes", [1, 200, 40_000, 70_000])
def test_best_classes_of_segments_are_named_however_many_there_are(classes: int) -> None:
    vocabulary = Vocabulary([f"class {index}" for index in range(classes)])
    best = BestOfSegments(2, vocabulary)
    scores = np.linspace(0, 1, classes, dtype=np.float32)[None]
    best.add(SegmentScores(0, 1, scores, scores[:, :0], np.zeros(1, np.float32)))
    (segment,) = best
    assert [name for name, _ in segment.top] == [
        f"class {index}" for index in range(classes - 1, max(classes - 3, -1), -1)
    ]
