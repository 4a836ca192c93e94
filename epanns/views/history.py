"""What was heard in the last seconds: the predictions of one source, for looking back."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.views.class_selection import ClassSelection
from epanns.views.shown_scores import shown_scores


class ScoredMoment(NamedTuple):
    """A prediction, and its scores float32 (classes,) in [0, 1] after shown_scores()."""

    prediction: Prediction
    scores: NDArray[np.float32]


class History:
    """The moments of the last seconds, oldest first; a source that begins anew replaces them.

    Args:
        seconds: of sound, before the newest moment.
        silence_dbfs: level below which a segment is shown as Silence.
    """

    def __init__(self, seconds: float, silence_dbfs: float) -> None:
        self._samples = round(seconds * SAMPLE_RATE)
        self._silence_dbfs = silence_dbfs
        self._moments: deque[ScoredMoment] = deque()

    def add(self, prediction: Prediction | None) -> bool:
        """Take in the newest prediction, if there is one that was not taken in yet; says if so."""
        last = self._moments[-1].prediction if self._moments else None
        if prediction is None or prediction is last:
            return False
        other = last is not None and last.network.vocabulary != prediction.network.vocabulary
        if last is not None and (prediction.end <= last.end or other):
            self._moments.clear()
        self._moments.append(ScoredMoment(prediction, shown_scores(prediction, self._silence_dbfs)))
        while self._moments[0].prediction.end <= prediction.end - self._samples:
            self._moments.popleft()
        return True

    def clear(self) -> None:
        """Forget everything."""
        self._moments.clear()

    def moments(self) -> tuple[ScoredMoment, ...]:
        """All that there is now; what comes later does not change it."""
        return tuple(self._moments)


def heard(moments: Sequence[ScoredMoment], selection: ClassSelection) -> NDArray[np.float32]:
    """The scores of the classes that count as heard, 0 for all others.

    Args:
        moments: from a History, of the selection's vocabulary.
        selection: its thresholds, and whether classes give way to those below them.

    Returns:
        float32 (moments, classes) in [0, 1].
    """
    scores = np.array([moment.scores for moment in moments]).reshape(-1, len(selection.vocabulary))
    fires = scores >= np.array(selection.thresholds, np.float32)
    scores *= fires
    if selection.most_specific:
        for index in np.flatnonzero(fires.any(axis=0)).tolist():
            scores[:, sorted(selection.covered([index]))] *= ~fires[:, [index]]
    return scores
