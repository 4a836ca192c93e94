"""The criteria by which filters are kept, by hand-computed cases."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from epanns.training.filter_importance import (
    CRITERIA,
    RANDOM,
    criterion,
    geometric_median,
    l1_norm,
    passive,
)

Floats = NDArray[np.float32]


def weight(*filters: Sequence[Sequence[float]]) -> Floats:
    """Of filters, each a list of inputs, each a list of taps, which become a kernel of 1 x n."""
    return np.array(filters, np.float32)[:, :, None]


# --- passive filter pruning


def test_taps_along_the_first_direction_less_their_mean_are_squared() -> None:
    # The mean of the three filters is (1, 1). Less that they are (2, 0), (-1, 0) and (-1, 0), all
    # along (1, 0): 2, -1 and -1, whose squares are 4, 1 and 1.
    filters = weight([[3, 1]], [[0, 1]], [[0, 1]])
    assert passive(filters) == pytest.approx([1, 0.25, 0.25])


def test_only_the_strongest_direction_of_an_input_counts() -> None:
    # Less their mean (5, 7): (2, 0), (-2, 0), (0, 1) and (0, -1). The singular values are the roots
    # of 8, along (1, 0), and of 2, along (0, 1), which the last two filters have all of theirs in.
    filters = weight([[7, 7]], [[3, 7]], [[5, 8]], [[5, 6]])
    assert passive(filters) == pytest.approx([1, 1, 0, 0])


# Of one input the filters are 2, -1 and -1 along its direction, of the other -1, 2 and -1 or, as a
# singular vector may as well point the other way, 1, -2 and 1. The first filter decides: it must
# not be negative, so the sums are 3, -3 and 0. The other way round they were 1, 1 and -2.
FIRST_INPUT = [[3, 1], [0, 1], [0, 1]]
SECOND_INPUT = [[0, -1], [0, 2], [0, -1]]


@pytest.mark.parametrize("turned", [1, -1])
def test_directions_are_turned_so_that_the_first_filter_is_not_negative(turned: int) -> None:
    filters = weight(
        *(
            [first, [turned * tap for tap in second]]
            for first, second in zip(FIRST_INPUT, SECOND_INPUT, strict=True)
        )
    )
    assert passive(filters) == pytest.approx([1, 1, 0])


def test_the_sign_is_that_of_the_first_filter_not_of_the_largest_one() -> None:
    # By the first filter: 1 + 1, -3 + 2, 2 - 3 are 2, -1, -1. By the largest: -1 + 1 = 0 first.
    filters = weight(*([[value], [other]] for value, other in ((-1, 1), (3, 2), (-2, -3))))
    assert passive(filters) == pytest.approx([1, 0.25, 0.25])


def test_the_definition_gives_the_same_for_random_filters() -> None:
    filters = np.random.default_rng(3).normal(0, 1, (7, 4, 3, 3)).astype(np.float32)
    sums = np.zeros(7)
    for place in range(4):
        taps = filters[:, place].reshape(7, 9).astype(np.float64)
        centred = taps - taps.mean(axis=0)
        # The first right singular vector is the first eigenvector of the taps' products.
        direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
        along = centred @ direction
        sums += along * np.sign(along[0])
    assert passive(filters) == pytest.approx(sums**2 / (sums**2).max(), abs=1e-9)


def test_scores_do_not_depend_on_the_scale_or_on_what_all_filters_share() -> None:
    filters = np.random.default_rng(4).normal(0, 1, (6, 3, 3, 3)).astype(np.float32)
    assert passive(8 * filters + 0.5) == pytest.approx(passive(filters), abs=1e-5)


def test_equal_filters_are_equally_unimportant() -> None:
    assert passive(np.ones((3, 2, 3, 3), np.float32)).tolist() == [0, 0, 0]


# --- the others


def test_the_l1_norm_is_of_all_weights_of_a_filter() -> None:
    assert l1_norm(weight([[1, -2], [0, 3]], [[0, 0], [0.5, -0.25]])).tolist() == [6, 0.75]


def test_the_filter_in_the_midst_of_the_others_is_the_least_important() -> None:
    # At 0, 1 and 10: 1 + 10, 1 + 9 and 10 + 9 from the others; at the origin and (3, 4): 5.
    filters = weight([[0, 0]], [[1, 0]], [[10, 0]])
    assert geometric_median(filters) == pytest.approx([11, 10, 19])
    assert geometric_median(weight([[0], [0]], [[3], [4]])) == pytest.approx([5, 5])


def test_a_seed_gives_the_same_filters_and_others_in_each_layer() -> None:
    filters = np.zeros((50, 1, 3, 3), np.float32)
    first, second, other = criterion(RANDOM, 1), criterion(RANDOM, 1), criterion(RANDOM, 2)
    layers = [first(filters) for _ in range(2)]
    assert np.array_equal(layers, [second(filters) for _ in range(2)])
    assert not np.array_equal(layers[0], layers[1])
    assert not np.array_equal(layers[0], other(filters))


@pytest.mark.parametrize("name", [*CRITERIA, RANDOM])
def test_every_criterion_takes_kernels_of_one_and_of_two_dimensions(name: str) -> None:
    filters = np.random.default_rng(5).normal(0, 1, (6, 3, 4)).astype(np.float32)
    scores = criterion(name)(filters)
    assert scores.shape == (6,) and np.isfinite(scores).all() and scores.min() >= 0
    assert np.allclose(scores, criterion(name)(filters.reshape(6, 3, 2, 2)))
