"""Calibrate a trained network: bring its scores near to how often they are right.

Platt scaling (Platt, 1999): each class gets a line of its own for its logits,
logit' = scale * logit + shift, found by logistic regression on segments held out of training. A
line keeps the order within a class, and it folds into the network's last layer, so that nothing
has to be known about it where the network is used.

A few hundred segments cannot tell for 527 classes. The regression is therefore a hierarchical one:
one line is fitted to all classes together, and that of each class is drawn to it by a normal prior,
the more strongly the fewer positives the class has. Of none, it is the shared line: many quiet
negatives would only say that the class is rare in this collection, not that the network overrates
it. The shared line keeps the order across classes, too; the lines of classes do as far as they are
alike, so they must stay near the shared one (REACH). Without that, classes that this collection has
much of, such as Music, would win over others wherever the network is in doubt.

What the targets should be: the labels of ../shared/audio name what a recording certainly holds,
and are silent about the rest (a barking dog is labelled Bark, whether or not somebody speaks). A
class that is not listed counts as often as the teacher hears it (see `believed`). Counting it as
absent would teach the network to doubt what it rightly hears: a guitar labelled Guitar is Music,
and a dog labelled Dog may go Bow-wow. The teacher's scores of short segments are rather too low
than too high, so this errs on the side of caution. Segments should be those that labels hold for,
such as each clip's loudest second.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize
from torch import Tensor

from epanns.labels import VOCABULARY

Array = NDArray[Any]
Doubles = NDArray[np.float64]

# Of scale and shift; those of scales as shares of the shared one. The wider the reach, the better
# the fit, but the more the order across classes suffers: of the first starter model, calibrated on
# 190 clips, ESC-10's top-3 fell from 0.86 to 0.82 with this reach and to 0.79 with 0.3 and 0.25.
SPREAD = np.array([[0.1], [0.3]])  # standard deviations among the classes
REACH = np.array([[0.1], [0.1]])  # how far from the shared ones they may be
PSEUDO = 5.0  # positives at which a class is drawn to the shared line with twice its least force
THRESHOLD = 0.3
ABOVE = 0.05  # scores that count in the calibration error: those that the window shows
BINS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)


class Lines(NamedTuple):
    """What calibrates the logits of each class.

    Attributes:
        scale: float64 (classes,), positive.
        shift: float64 (classes,).
    """

    scale: Doubles
    shift: Doubles

    def __call__(self, logits: Array) -> Doubles:
        """Calibrated logits (segments, classes) of the network's own."""
        calibrated: Doubles = logits * self.scale + self.shift
        return calibrated


def believed(labels: NDArray[np.bool_], teacher: Array) -> Doubles:
    """What to take for true: 1 for a class that is labelled, the teacher's score for others.

    Args:
        labels: bool (segments, classes).
        teacher: scores (segments, classes) in [0, 1].
    """
    return np.where(labels, 1.0, teacher)


def doubtful(labels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Classes of which labels say nothing: not listed, but above or below one in the ontology.

    A dog may or may not bark, a piano may or may not be Music.

    Args:
        labels: bool (segments, classes).

    Returns:
        bool (segments, classes).
    """
    below = np.zeros((len(VOCABULARY), len(VOCABULARY)), np.bool_)
    for index, identifier in enumerate(VOCABULARY.ids):
        below[index, list(VOCABULARY.subset(identifier))] = True
    related: NDArray[np.bool_] = (labels @ below) | (labels @ below.T)
    return related & ~labels


def fit(logits: Array, targets: Array, weights: Array | None = None) -> Lines:
    """Find the line of each class.

    Args:
        logits: (segments, classes) of the network, on segments that it was not trained on.
        targets: (segments, classes) in [0, 1], how likely each class is to be heard.
        weights: (segments,), how much each counts; None for all the same.

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
    rows = np.ones(len(logits)) if weights is None else np.asarray(weights, np.float64)
    rows = rows[:, None] / rows.mean()
    logits, targets = logits.astype(np.float64), targets.astype(np.float64)
    positives = (rows * targets).sum(axis=0)
    shared = _shared(logits, targets, rows)
    unit = np.array([[shared.scale[0]], [1.0]])  # scales are compared by their ratio
    force = 1.0 + PSEUDO / np.maximum(positives, 1e-6)
    spread, reach = unit * SPREAD, unit * REACH
    return _solve(logits, targets, rows, np.array(shared), force / spread**2, reach)


def _shared(logits: Doubles, targets: Doubles, rows: Doubles) -> Lines:
    """The one line that fits all classes together, as if they were one."""
    weights = np.broadcast_to(rows, logits.shape)
    return _solve(
        logits.reshape(-1, 1),
        targets.reshape(-1, 1),
        weights.reshape(-1, 1),
        centre=np.array([[1.0], [0.0]]),
        precision=np.zeros((2, 1)),
        reach=np.array([[0.999], [np.inf]]),  # scales stay positive
    )


def _solve(
    logits: Doubles,
    targets: Doubles,
    rows: Doubles,
    centre: Doubles,
    precision: Doubles,
    reach: Doubles,
) -> Lines:
    """The lines of least cross entropy with normal priors; convex, and separate for each class.

    Args:
        logits: (segments, classes).
        targets: (segments, classes).
        rows: (segments, 1), the weight of each segment.
        centre: (2, classes), the means of the priors of scale and shift.
        precision: (2, classes), how strongly these draw.
        reach: (2, classes), how far from the means scale and shift may be.
    """
    shape = (2, logits.shape[1])
    centre = np.broadcast_to(centre, shape)

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        scale, shift = flat.reshape(shape)
        calibrated = logits * scale + shift
        entropy = rows * (np.logaddexp(0.0, calibrated) - targets * calibrated)
        error = rows * (_sigmoid(calibrated) - targets)
        away = flat.reshape(shape) - centre
        gradient = np.stack([(error * logits).sum(axis=0), error.sum(axis=0)])
        total = entropy.sum() + (precision * away**2).sum() / 2
        return float(total), (gradient + precision * away).ravel()

    found = minimize(
        loss,
        centre.ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds((centre - reach).ravel(), (centre + reach).ravel()),
        options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-10},
    )
    return Lines(*found.x.reshape(shape))


def fold(state: Mapping[str, Tensor], lines: Lines) -> dict[str, Tensor]:
    """A network's state with the lines in its last layer, so that its scores are calibrated.

    Args:
        state: a state dict of Cnn14; is left as it is.
        lines: of its classes.

    Returns:
        A new state dict of the same keys, shapes and precisions.
    """
    scale, shift = (torch.from_numpy(each) for each in lines)
    weight, bias = state["fc_audioset.weight"], state["fc_audioset.bias"]
    return {
        **state,
        "fc_audioset.weight": (weight.double() * scale[:, None]).to(weight.dtype),
        "fc_audioset.bias": (bias.double() * scale + shift).to(bias.dtype),
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
        and the share of positives. A figure that no case can tell is None.
    """
    chosen = np.ones(scores.shape, np.bool_) if counted is None else counted
    score, target = scores[chosen].astype(np.float64), targets[chosen].astype(np.float64)
    heard = score > THRESHOLD
    bins = [_bin(low, high, score, target) for low, high in pairwise(BINS)]
    filled = [each for each in bins if each["cases"]]
    cases = sum(each["cases"] for each in filled)
    apart = sum(each["cases"] * abs(each["mean_score"] - each["share_right"]) for each in filled)
    return {
        "calibration_error": apart / cases if cases else None,
        "precision": float(target[heard].mean()) if heard.any() else None,
        "recall": float(target[heard].sum() / target.sum()) if target.sum() else None,
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


def _sigmoid(logits: Doubles) -> Doubles:
    scores: Doubles = 1.0 / (1.0 + np.exp(-np.clip(logits, -500.0, 500.0)))
    return scores
