"""From Predictions to the rows a person reads: smoothed, filtered, in a steady order.

Every view has a Ranking of its own; the Predictions themselves stay untouched.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.views.class_selection import ClassSelection
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.views.shown_scores import shown_scores
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.languages import class_names
from epanns.vocabulary.vocabulary import Vocabulary

CLEARLY_AHEAD = 0.03
WORTH_A_ROW = 0.002  # a class below it is not worth showing
PEAK_FALL = 0.25  # a second
STILL_THERE = 0.7  # of its threshold: what has covered a class covers it down to this score


@dataclass(frozen=True, slots=True)
class RankedClass:
    """One shown class.

    Attributes:
        index: in the vocabulary of the network.
        name: in the user's language, for display only; look classes up by the index.
        score: as shown, in [0, 1].
        peak: the highest that score was recently; it falls by PEAK_FALL a second.
        heard: whether the score reaches the threshold of this class.
        pinned: whether it is shown at any score.
        vocabulary: whose class it is.
    """

    index: int
    name: str
    score: float
    peak: float = 0.0
    heard: bool = True
    pinned: bool = False
    vocabulary: Vocabulary = AUDIOSET


class Ranking:
    """The top-K classes over time.

    Scores are smoothed by an exponential average over the sound's own time, so that the result does
    not depend on how often predictions come. A class takes another's place only when it is clearly
    ahead of it. Pinned classes stand above all others and do not move.

    A network of another vocabulary begins anew, with what the specification means for its classes.

    Attributes:
        top_k: how many rows to give; may be changed at any time.
        selection: which classes to show, and how; may be changed at any time.
        heard: whether any row of the last update reaches the threshold of its class.
        fired: the watched classes that reach theirs, with a row or not.
    """

    def __init__(
        self,
        options: RankingOptions,
        spec: SelectionSpec,
        selection: ClassSelection | None = None,
    ) -> None:
        """Begin without scores.

        Args:
            options: how scores become rows.
            spec: which classes to show, and how.
            selection: what the user made of that since; None for what it says.
        """
        self.top_k = options.top_k
        self.selection = selection or ClassSelection.of(spec)
        self.heard = False
        self.fired: tuple[int, ...] = ()
        self._options, self._spec = options, spec
        self._vocabulary = self.selection.vocabulary  # of the scores so far
        self._scores: NDArray[np.float32] | None = None
        self._peaks: NDArray[np.float32] | None = None
        self._covering = np.zeros(len(self._vocabulary), bool)
        self._end = 0
        self._order: list[int] = []

    def clear(self) -> None:
        """Forget everything, as when another source begins."""
        self._scores = self._peaks = None
        self._covering = np.zeros(len(self._vocabulary), bool)
        self._order = []
        self.heard, self.fired = False, ()

    def update(self, prediction: Prediction) -> tuple[RankedClass, ...]:
        """Take in a Prediction; return the rows to show, from the top, at most top_k."""
        vocabulary = prediction.network.vocabulary
        if vocabulary != self.selection.vocabulary:
            self.selection = ClassSelection.of(self._spec, vocabulary)
        if vocabulary != self._vocabulary:
            self._vocabulary = vocabulary
            self.clear()
        self._smooth(prediction)
        assert self._scores is not None and self._peaks is not None
        selection, scores = self.selection, self._scores
        names = class_names(self._options.language, vocabulary)
        thresholds = np.array(selection.thresholds, scores.dtype)
        firing = scores >= thresholds
        self._covering = scores >= thresholds * np.where(self._covering, STILL_THERE, 1)
        self._choose_members(scores)
        self._sort(scores)
        pinned = selection.pinned[: self.top_k]
        shown = (*pinned, *(i for i in self._order if scores[i] >= WORTH_A_ROW))
        rows = tuple(
            RankedClass(
                i,
                names[i],
                float(scores[i]),
                float(self._peaks[i]),
                heard=bool(firing[i]),
                pinned=i in selection.pinned,
                vocabulary=vocabulary,
            )
            for i in shown
        )
        self.heard = any(row.heard for row in rows)
        self.fired = tuple(i for i in sorted(selection.watched) if firing[i])
        return rows

    def _smooth(self, prediction: Prediction) -> None:
        new = shown_scores(prediction, self._options.silence_dbfs)
        elapsed = (prediction.end - self._end) / SAMPLE_RATE
        self._end = prediction.end
        if self._scores is None or elapsed < 0 or not self._options.smoothing:
            self._scores = new.copy()
        else:
            weight = np.float32(-math.expm1(-elapsed / self._options.smoothing))
            self._scores += weight * (new - self._scores)
        if self._peaks is None or elapsed < 0:
            self._peaks = self._scores.copy()
        else:
            fallen = self._peaks - np.float32(PEAK_FALL * elapsed)
            self._peaks = np.maximum(fallen, self._scores)

    def _choose_members(self, scores: NDArray[np.float32]) -> None:
        """Decide which classes are shown: newcomers replace members they are clearly ahead of."""
        selection = self.selection
        covered = selection.covered(int(i) for i in np.flatnonzero(self._covering))
        open_to = np.array(sorted(selection.shown.difference(covered, selection.pinned)), int)
        best = [int(i) for i in open_to[np.argsort(-scores[open_to], kind="stable")]]
        wanted = max(0, min(self.top_k - len(selection.pinned), len(best)))
        self._order = [i for i in self._order if i in best][:wanted]
        outsiders = [i for i in best if i not in self._order] if wanted else []
        while len(self._order) < wanted:
            self._order.append(outsiders.pop(0))
        for newcomer in outsiders:
            weakest = min(range(wanted), key=lambda place: scores[self._order[place]])
            if scores[newcomer] <= scores[self._order[weakest]] + CLEARLY_AHEAD:
                break
            self._order[weakest] = newcomer

    def _sort(self, scores: NDArray[np.float32]) -> None:
        """Swap neighbours until none is clearly ahead of the one above."""
        swapped = True
        while swapped:
            swapped = False
            for place in range(1, len(self._order)):
                above, below = self._order[place - 1 : place + 1]
                if scores[below] > scores[above] + CLEARLY_AHEAD:
                    self._order[place - 1 : place + 1] = [below, above]
                    swapped = True
