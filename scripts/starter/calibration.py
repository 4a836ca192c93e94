"""Calibrate a trained network: bring its scores near to how often they are right.

Platt scaling (Platt, 1999) by one line for the logits of all classes, logit' = scale * logit +
shift, found by logistic regression on segments held out of training. It folds into the network's
last layer, so that nothing has to be known about it where the network is used.

A line for each class fits better, but a few hundred segments are too few for 527 classes, and it
changes the order across them: of the first starter model, calibrated on 190 clips, such lines took
ESC-10's top-3 from 0.86 to 0.79, and even when they were held within a tenth of the shared line to
0.82, while nearly all of what the calibration error gained came from the shared line.

What the targets should be: the labels of ../shared/audio name what a recording certainly holds,
and not what else it may hold (a barking dog is labelled Bark, whether or not a person speaks). A
class that is not listed counts with the teacher's score of it (see `soft_targets`). Counting it as
absent would lower right scores: a guitar labelled Guitar is Music, and a dog labelled Dog may go
Bow-wow. The teacher's scores of short segments are rather too low
than too high, so this errs on the side of caution. Segments should be those that labels hold for,
such as each clip's loudest second.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from torch import Tensor

from epanns.training.targets import below
from epanns.vocabulary.audioset import AUDIOSET

Array = NDArray[Any]
Doubles = NDArray[np.float64]

THRESHOLD = 0.3
ABOVE = 0.05  # scores that count in the calibration error: those that the window shows
BINS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)


class Line(NamedTuple):
    """A line that calibrates logits: scale * logit + shift."""

    scale: float
    shift: float

    def __call__(self, logits: Array) -> Array:
        """Calibrated logits.

        Args:
            logits: float (segments, classes), the network's own.

        Returns:
            The same shape.
        """
        return logits * self.scale + self.shift


def soft_targets(labels: NDArray[np.bool_], teacher: Array) -> Doubles:
    """The targets of calibration: 1 for a class that is labelled, the teacher's score for others.

    Args:
        labels: bool (segments, classes).
        teacher: scores (segments, classes) in [0, 1].

    Returns:
        float64 (segments, classes) in [0, 1].
    """
    return np.where(labels, 1.0, teacher)


def undecided(labels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Classes that labels leave open: not listed, but above or below one in the ontology.

    A dog may or may not bark, a piano may or may not be Music.

    Args:
        labels: bool (segments, AudioSet's classes).

    Returns:
        bool (segments, classes).
    """
    table = below(AUDIOSET)
    related: NDArray[np.bool_] = (labels @ table) | (labels @ table.T)
    return related & ~labels


def fit(logits: Array, targets: Array) -> Line:
    """Find the line of least cross entropy.

    Args:
        logits: (segments, classes) of the network, on segments that it was not trained on.
        targets: (segments, classes) in [0, 1], the probability that each class is there.

    Raises:
        ValueError: shapes that do not fit each other, or targets without a single positive.
    """
    if logits.shape != targets.shape or logits.ndim != 2:
        raise ValueError(
            "Logits and targets must both have the shape (segments, classes); found"
            f" {logits.shape} and {targets.shape}."
        )
    if targets.sum() <= 0:
        raise ValueError("The targets hold no positives, so there is nothing to calibrate on.")
    logits, targets = logits.astype(np.float64), targets.astype(np.float64)

    def loss(line: Doubles) -> tuple[float, Doubles]:
        calibrated = Line(*line)(logits)
        entropy = np.logaddexp(0.0, calibrated) - targets * calibrated
        error = expit(calibrated) - targets
        return float(entropy.mean()), np.array([(error * logits).mean(), error.mean()])

    bounds = [(1e-3, None), (None, None)]  # a scale below 0 would turn the order round
    found = minimize(loss, [1.0, 0.0], jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-12).x
    return Line(float(found[0]), float(found[1]))


def fold(state: Mapping[str, Tensor], line: Line) -> dict[str, Tensor]:
    """A network's state with the line in its last layer, so that its scores are calibrated.

    Args:
        state: a state dict of Cnn14; is left as it is.
        line: of its logits.

    Returns:
        A new state dict of the same keys, shapes and precisions.
    """
    weight, bias = state["fc_audioset.weight"], state["fc_audioset.bias"]
    return {
        **state,
        "fc_audioset.weight": (weight.double() * line.scale).to(weight.dtype),
        "fc_audioset.bias": (bias.double() * line.scale + line.shift).to(bias.dtype),
    }


def reliability(
    scores: Array, targets: Array, counted: NDArray[np.bool_] | None = None
) -> dict[str, Any]:
    """How well scores agree with how often they are right, each of segment and class a case.

    Args:
        scores: (segments, classes) in [0, 1].
        targets: (segments, classes) in [0, 1].
        counted: bool (segments, classes), the cases that count; None for all.

    Returns:
        `calibration_error`, the mean distance of score and share of positives over the bins of
        scores above 0.05, weighted by their cases (Naeini et al., 2015); `precision` and `recall`
        at a threshold of 0.3, over all cases; `bins`, for each how many cases, their mean score
        and the share of positives. A figure without cases is None.
    """
    chosen = np.ones(scores.shape, np.bool_) if counted is None else counted
    score, target = scores[chosen].astype(np.float64), targets[chosen].astype(np.float64)
    above = score > THRESHOLD
    bins = [_bin(low, high, score, target) for low, high in pairwise(BINS)]
    filled = [each for each in bins if each["cases"]]
    cases = sum(each["cases"] for each in filled)
    distance = sum(each["cases"] * abs(each["mean_score"] - each["share_right"]) for each in filled)
    return {
        "calibration_error": distance / cases if cases else None,
        "precision": float(target[above].mean()) if above.any() else None,
        "recall": float(target[above].sum() / target.sum()) if target.sum() else None,
        "bins": bins,
    }


def _bin(low: float, high: float, score: Doubles, target: Doubles) -> dict[str, Any]:
    """The cases with scores above `low` up to `high`."""
    inside = (score > low) & (score <= high)
    return {
        "above": low,
        "up_to": high,
        "cases": int(inside.sum()),
        "mean_score": float(score[inside].mean()) if inside.any() else None,
        "share_right": float(target[inside].mean()) if inside.any() else None,
    }
