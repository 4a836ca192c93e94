"""How well scores agree with labels: average precision, AUC, d-prime, top-k accuracy.

Clipwise: one row a clip. A class is measured by itself and the classes are averaged with equal
weight (macro). A class that no clip has, or that all clips have, or that a scorer does not know,
cannot be measured: it is left out and counted.
"""

import math
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score


@dataclass(frozen=True, eq=False)
class ClipMetrics:
    """The metrics of one scorer on a set of clips.

    Attributes:
        clips: how many there are.
        positives: int64 (classes,), how many clips have each class.
        average_precision, auc: float64 (classes,), NaN for classes that are left out.
        unknown: how many classes that occur the scorer does not know.
        always: how many classes all clips have.
        top1, top3: see top_k_accuracy.
    """

    clips: int
    positives: NDArray[np.int64]
    average_precision: NDArray[np.float64] = field(repr=False)
    auc: NDArray[np.float64] = field(repr=False)
    unknown: int
    always: int
    top1: float
    top3: float

    @property
    def measurable(self) -> NDArray[np.bool_]:
        """Which classes the means are over, bool (classes,)."""
        return ~np.isnan(self.average_precision)

    @property
    def classes(self) -> int:
        """How many classes the means are over."""
        return int(self.measurable.sum())

    @property
    def mean_average_precision(self) -> float:
        """Macro mAP: the mean of the average precisions; NaN if no class can be measured."""
        return self.mean_over(self.measurable)

    @property
    def mean_auc(self) -> float:
        """The mean of the AUCs; NaN if no class can be measured."""
        return float(self.auc[self.measurable].mean()) if self.classes else float("nan")

    @property
    def d_prime(self) -> float:
        """d-prime of the mean AUC, as the PANNs paper (Kong et al., 2020) reports it.

        The mean of the classes' own would be infinite as soon as one class is ranked perfectly.
        """
        return d_prime(self.mean_auc)

    def mean_over(self, classes: NDArray[np.bool_]) -> float:
        """The mean of the average precisions of some classes.

        Args:
            classes: bool (classes,), which.

        Returns:
            In [0, 1]; NaN for none.
        """
        return float(self.average_precision[classes].mean()) if classes.any() else float("nan")


def measure(targets: NDArray[np.bool_], scores: NDArray[np.floating]) -> ClipMetrics:
    """Compare scores with labels.

    Args:
        targets: bool (clips, classes).
        scores: float (clips, classes), higher is more certain; a column of NaN is a class that the
            scorer does not know.

    Raises:
        ValueError: the shapes differ, or there are no clips.
    """
    if targets.shape != scores.shape or not len(targets):
        raise ValueError(
            f"Targets and scores must both have the shape (clips, classes); found {targets.shape}"
            f" and {scores.shape}."
        )
    positives = targets.sum(axis=0)
    known = ~np.isnan(scores).any(axis=0)
    average_precision, auc = np.full((2, targets.shape[1]), np.nan)
    for index in np.flatnonzero(known & (positives > 0) & (positives < len(targets))):
        labels, column = targets[:, index], scores[:, index]
        average_precision[index] = average_precision_score(labels, column)
        auc[index] = roc_auc_score(labels, column)
    return ClipMetrics(
        clips=len(targets),
        positives=positives,
        average_precision=average_precision,
        auc=auc,
        unknown=int(((positives > 0) & ~known).sum()),
        always=int((positives == len(targets)).sum()),
        top1=top_k_accuracy(targets, scores, 1),
        top3=top_k_accuracy(targets, scores, 3),
    )


def mean_average_precision(targets: NDArray[np.bool_], scores: NDArray[np.floating]) -> float:
    """The macro mAP alone, over the classes that some clips have and others not.

    Args:
        targets: bool (clips, classes).
        scores: float (clips, classes).

    Returns:
        In [0, 1]; NaN for no class.
    """
    counts = targets.sum(axis=0)
    measurable = (counts > 0) & (counts < len(targets))
    if not measurable.any():
        return float("nan")
    return float(average_precision_score(targets[:, measurable], scores[:, measurable]))


def macro_f1(
    targets: NDArray[np.bool_], scores: NDArray[np.floating], threshold: float = 0.5
) -> float:
    """The mean over the classes of F1, the harmonic mean of precision and recall.

    Args:
        targets: bool (clips, classes).
        scores: float (clips, classes).
        threshold: from which on a class counts as found.

    Returns:
        In [0, 1], over the classes that any clip has; NaN for none.
    """
    present = targets.any(axis=0)
    if not present.any():
        return float("nan")
    found = scores[:, present] >= threshold
    return float(f1_score(targets[:, present], found, average="macro", zero_division=0.0))


def d_prime(auc: float) -> float:
    """The distance of two normal distributions of unit width that would give an AUC.

    sqrt(2) times the inverse of the normal distribution: 0 for chance (0.5), inf for a perfect
    AUC of 1, -inf for 0, NaN for NaN.
    """
    if 0.0 < auc < 1.0:
        return math.sqrt(2.0) * NormalDist().inv_cdf(auc)
    return math.copysign(math.inf, auc - 0.5) if auc in (0.0, 1.0) else math.nan


def top_k_accuracy(targets: NDArray[np.bool_], scores: NDArray[np.floating], k: int) -> float:
    """The share of clips with any of their labels among their k highest scores.

    Of equal scores the class of the lower index counts as the higher. Clips without a label are
    left out; NaN if none is left.

    Args:
        targets: bool (clips, classes).
        scores: float (clips, classes); classes of NaN come last.
        k: how many of a clip's scores count.

    Returns:
        In [0, 1], or NaN.
    """
    labelled = targets.any(axis=1)
    if not labelled.any():
        return float("nan")
    ranked = np.argsort(-np.nan_to_num(scores[labelled], nan=-np.inf), axis=1, kind="stable")
    hits = np.take_along_axis(targets[labelled], ranked[:, :k], axis=1)
    return float(hits.any(axis=1).mean())
