"""Which clips a run draws: functions of the seed and the number of the draw, and of nothing else.

So there is no state to save: draw 64,000 of a run is the same whether it was interrupted or not,
and whichever thread asks for it.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Draw = Callable[[int], int]  # from the number of a draw to the index of a clip

PASSES, CYCLES, CLIPS = range(3)  # what is shuffled: kept apart in the keys of generators


def in_passes(clips: NDArray[np.int64], seed: int) -> Draw:
    """Draw every clip once before any comes again, in another order each time.

    Args:
        clips: int64 (clips,), indices, at least one.
        seed: from 0.
    """

    def draw(number: int) -> int:
        passed, place = divmod(number, len(clips))
        return int(clips[_shuffled(len(clips), seed, PASSES, passed)[place]])

    return draw


def by_class(clips: NDArray[np.int64], targets: NDArray[np.float32], seed: int) -> Draw:
    """Draw every class that occurs once before any comes again, as PANNs does (Kong et al., 2020).

    The clips of a class are drawn in passes of their own, so rarer classes come as often as others
    and their clips more often.

    Args:
        clips: int64 (clips,), indices; those without a label are never drawn.
        targets: float32 (clips, classes), above 0 for the labels of each; at least one.
        seed: from 0.
    """
    of_class = {int(each): clips[targets[:, each] > 0] for each in np.flatnonzero(targets.any(0))}
    classes = list(of_class)

    def draw(number: int) -> int:
        cycle, place = divmod(number, len(classes))
        drawn = classes[_shuffled(len(classes), seed, CYCLES, cycle)[place]]
        own = of_class[drawn]
        passed, place = divmod(cycle, len(own))  # a class is drawn once a cycle
        return int(own[_shuffled(len(own), seed, CLIPS, drawn, passed)[place]])

    return draw


def blended(first: Draw, second: Draw, share: float) -> Draw:
    """Draw from the first by a share, evenly spread, and else from the second.

    Args:
        first: one way to draw.
        second: the other.
        share: of the draws that are from the first, in [0, 1].
    """

    def draw(number: int) -> int:
        before, after = int(number * share), int((number + 1) * share)
        return first(before) if after > before else second(number - before)

    return draw


@lru_cache(maxsize=1024)
def _shuffled(size: int, *key: int) -> NDArray[np.int64]:
    return np.random.default_rng(key).permutation(size)
