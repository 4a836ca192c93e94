"""How important each filter of a convolution is, by its weights alone.

Each function takes the weight of a convolution, float32 (filters, inputs, *kernel), of a kernel of
one or two dimensions, and returns float64 (filters,), from 0, larger for filters to keep.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

Importance = Callable[[NDArray[np.float32]], NDArray[np.float64]]


def passive(weight: NDArray[np.float32]) -> NDArray[np.float64]:
    """Passive filter pruning: how much a filter gives to what its convolution passes on most.

    Of each input channel, the taps of all filters less their mean are a matrix, whose first right
    singular vector is the direction that it amplifies most. A filter's score is the square of the
    sum, over the input channels, of its taps along that direction; the largest of a layer is 1.
    Singular vectors have no sign of their own: here the first entry of the left one is positive, so
    that the taps of the first filter do not point against the direction.

    Singh and Plumbley 2025, "Efficient CNNs via passive filter pruning", arXiv 2304.02319.
    """
    taps = weight.astype(np.float64).reshape(*weight.shape[:2], -1)
    along = np.zeros(len(weight))
    for matrix in taps.swapaxes(0, 1):  # (filters, taps) of an input channel
        centred = matrix - matrix.mean(axis=0)
        left, _, right = np.linalg.svd(centred, full_matrices=False)
        along += centred @ (right[0] if left[0, 0] >= 0 else -right[0])
    scores: NDArray[np.float64] = along**2
    largest = scores.max()
    return scores / largest if largest > 0 else scores  # it is 0 where all filters are equal


def l1_norm(weight: NDArray[np.float32]) -> NDArray[np.float64]:
    """The sum of the absolute weights of a filter.

    Li et al. 2017, "Pruning filters for efficient ConvNets", arXiv 1608.08710.
    """
    total: NDArray[np.float64] = np.abs(_flat(weight)).sum(axis=1)
    return total


def geometric_median(weight: NDArray[np.float32]) -> NDArray[np.float64]:
    """The sum of a filter's distances from all others.

    Those with the smallest are nearest to the geometric median of the layer: others can stand in
    for them. He et al. 2019, "Filter pruning via geometric median for deep convolutional neural
    networks acceleration", arXiv 1811.00250.
    """
    filters = _flat(weight)
    squares = (filters**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * filters @ filters.T
    total: NDArray[np.float64] = np.sqrt(distances.clip(min=0)).sum(axis=1)
    return total


def by_chance(random: np.random.Generator, weight: NDArray[np.float32]) -> NDArray[np.float64]:
    """Random numbers, to compare the others with."""
    return random.random(len(weight))


RANDOM = "random"
CRITERIA: dict[str, Importance] = {
    "passive": passive,
    "l1": l1_norm,
    "geometric-median": geometric_median,
}


def criterion(name: str, seed: int = 0) -> Importance:
    """The function of a name.

    Args:
        name: RANDOM or one of CRITERIA.
        seed: of RANDOM, which gives the same filters of the same layers each time.
    """
    if name == RANDOM:
        return partial(by_chance, np.random.default_rng(seed))
    return CRITERIA[name]


def _flat(weight: NDArray[np.float32]) -> NDArray[np.float64]:
    return weight.astype(np.float64).reshape(len(weight), -1)
