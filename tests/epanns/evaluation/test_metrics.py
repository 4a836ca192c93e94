"""Average precision, AUC, d-prime and top-k accuracy: worked out by hand, and by scikit-learn."""

import math

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from epanns.evaluation.metrics import (
    d_prime,
    macro_f1,
    mean_average_precision,
    measure,
    top_k_accuracy,
)


def one_class(labels: list[int], scores: list[float]) -> tuple[float, float]:
    """The average precision and AUC of a single class."""
    measured = measure(np.array(labels, bool)[:, None], np.array(scores)[:, None])
    return measured.average_precision[0], measured.auc[0]


@pytest.mark.parametrize(
    ("labels", "scores", "precision", "auc"),
    [
        ([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], (1 + 2 / 3) / 2, 3 / 4),
        ([1, 1, 0, 0], [0.9, 0.8, 0.7, 0.1], 1.0, 1.0),
        ([0, 0, 1], [0.9, 0.8, 0.1], 1 / 3, 0.0),
        # Equal scores are one step: the order they happen to stand in must not matter.
        ([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], 1 / 4, 1 / 2),
        ([1, 0, 1, 0], [0.5, 0.5, 0.9, 0.1], 1 / 2 + 1 / 2 * 2 / 3, 7 / 8),
    ],
)
def test_a_class_is_measured_as_worked_out_by_hand(
    labels: list[int], scores: list[float], precision: float, auc: float
) -> None:
    assert one_class(labels, scores) == pytest.approx((precision, auc), abs=1e-12)
    assert one_class(labels[::-1], scores[::-1]) == pytest.approx((precision, auc), abs=1e-12)


def test_the_means_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(1)
    targets = random.random((200, 40)) < 0.1
    scores = random.random((200, 40)).round(2) + 0.3 * targets  # rounded, so that some are equal
    measured = measure(targets, scores)
    assert measured.classes == 40
    precision = sklearn_metrics.average_precision_score(targets, scores, average="macro")
    auc = sklearn_metrics.roc_auc_score(targets, scores, average="macro")
    assert measured.mean_average_precision == pytest.approx(precision, abs=1e-9)
    assert measured.mean_auc == pytest.approx(auc, abs=1e-9)
    top3 = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    labelled = targets.any(axis=1)
    hits = [targets[row, top3[row]].any() for row in np.flatnonzero(labelled)]
    assert measured.top3 == pytest.approx(np.mean(hits), abs=1e-9)


def test_classes_that_cannot_be_measured_are_left_out_and_counted() -> None:
    targets = np.array([[1, 0, 1, 1], [0, 0, 1, 0], [0, 0, 1, 1]], bool)
    scores = np.array([[0.9, 0.1, 0.2, np.nan], [0.1, 0.8, 0.5, np.nan], [0.2, 0.1, 0.2, np.nan]])
    measured = measure(targets, scores)
    assert list(measured.positives) == [1, 0, 3, 2]
    assert list(measured.measurable) == [True, False, False, False]
    assert (measured.classes, measured.always, measured.unknown) == (1, 1, 1)
    assert measured.mean_average_precision == 1.0


def test_without_any_class_the_means_are_no_numbers() -> None:
    measured = measure(np.zeros((3, 2), bool), np.zeros((3, 2)))
    figures = (measured.mean_average_precision, measured.mean_auc, measured.d_prime, measured.top1)
    assert all(math.isnan(figure) for figure in figures)


@pytest.mark.parametrize(
    ("auc", "expected"),
    # CNN14 has an AUC of 0.973 and a d-prime of 2.73; 0.841345 of a normal lies below one sigma.
    [(0.5, 0.0), (0.973, 2.725), (0.8413447460685429, math.sqrt(2)), (1.0, math.inf)],
)
def test_d_prime(auc: float, expected: float) -> None:
    assert d_prime(auc) == pytest.approx(expected, abs=1e-3)
    assert d_prime(1 - auc) == pytest.approx(-expected, abs=1e-3)


def test_d_prime_of_nothing_is_nothing() -> None:
    assert math.isnan(d_prime(math.nan))


def test_d_prime_of_a_perfect_class_does_not_swallow_the_others() -> None:
    targets = np.array([[1, 1], [0, 1], [0, 0], [0, 0]], bool)
    scores = np.array([[0.9, 0.4], [0.1, 0.2], [0.1, 0.3], [0.1, 0.1]])
    measured = measure(targets, scores)
    assert list(measured.auc) == [1.0, 0.75]
    assert measured.d_prime == pytest.approx(d_prime(0.875))


def test_any_label_of_a_clip_counts_among_its_highest_scores() -> None:
    targets = np.array([[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]], bool)
    scores = np.array([[0.1, 0.9, 0.2, 0.3], [0.5, 0.4, np.nan, 0.0], [0.9, 0.1, 0.1, 0.1]])
    assert top_k_accuracy(targets, scores, 1) == 1 / 2  # the clip without a label is left out
    assert top_k_accuracy(targets, scores, 2) == 1 / 2
    assert top_k_accuracy(targets, scores, 3) == 1.0  # a class that is not known comes last


def test_of_equal_scores_the_lower_index_is_the_higher() -> None:
    scores = np.random.default_rng(6).choice([0.2, 0.5, 0.9], (1, 500))
    ranked = sorted(range(500), key=lambda index: -scores[0, index])  # keeps the order of equals
    for place in (0, 100, 250, 499):
        targets = np.arange(500)[None] == ranked[place]
        assert top_k_accuracy(targets, scores, place) == 0.0
        assert top_k_accuracy(targets, scores, place + 1) == 1.0


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 2\) and \(2, 3\)"):
        measure(np.zeros((3, 2), bool), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="clips, classes"):
        measure(np.zeros((0, 2), bool), np.zeros((0, 2)))


def test_macro_f1_is_the_mean_over_the_classes_that_occur() -> None:
    targets = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0]], bool)
    scores = np.array([[0.9, 0.6, 0.9], [0.4, 0.7, 0.1], [0.2, 0.5, 0.1]])
    # Of the first class one of two is found and nothing else, of the second both and one other;
    # no clip has the third.
    assert macro_f1(targets, scores) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert macro_f1(targets, scores, threshold=0.95) == 0.0
    assert math.isnan(macro_f1(targets[:, 2:], scores[:, 2:]))


def test_the_map_alone_is_that_of_all_metrics() -> None:
    random = np.random.default_rng(0)
    targets, scores = random.random((40, 6)) < 0.3, random.random((40, 6))
    targets[:, 1], targets[:, 2] = False, True  # cannot be measured
    expected = measure(targets, scores).mean_average_precision
    assert mean_average_precision(targets, scores) == pytest.approx(expected, rel=1e-12)
    assert math.isnan(mean_average_precision(targets[:, 1:3], scores[:, 1:3]))
