"""Which kind of sound is taken for which, where each clip is of one kind."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

MOST = 60  # kinds; more cannot be drawn


class Confusion(NamedTuple):
    """A confusion matrix.

    Attributes:
        names: of the kinds.
        counts: int64 (kinds, kinds), clips by what they are (rows) and what scored highest.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]


def confusion(
    targets: NDArray[np.bool_], scores: NDArray[np.floating], vocabulary: Vocabulary = AUDIOSET
) -> Confusion | None:
    """Count what clips of each kind are taken for, if the set is of single kinds.

    Clips with the same labels are of one kind, and each kind must have labels that no other has
    (ESC-10's dog has Bark and Dog; Animal, which the rooster has too, does not count). The score
    of a kind is the highest of its own labels.

    Args:
        targets: bool (clips, classes).
        scores: float (clips, classes), NaN for classes that the scorer does not know.
        vocabulary: the classes.

    Returns:
        The matrix, or None if the labels overlap in another way, or there are fewer than two kinds
        or more than MOST.
    """
    kinds, kind_of = np.unique(targets, axis=0, return_inverse=True)
    own = kinds & (kinds.sum(axis=0) == 1)
    if not 2 <= len(kinds) <= MOST or not own.any(axis=1).all():
        return None
    known = np.nan_to_num(scores, nan=-np.inf)
    highest = np.stack([known[:, its].max(axis=1) for its in own], axis=1).argmax(axis=1)
    counts = np.zeros((len(kinds), len(kinds)), np.int64)
    np.add.at(counts, (kind_of.reshape(-1), highest), 1)
    return Confusion(tuple(_name(its, vocabulary) for its in own), counts)


def _name(own: NDArray[np.bool_], vocabulary: Vocabulary) -> str:
    """The most specific of the labels, bool (classes,), that only this kind has."""
    labels = [vocabulary.names[index] for index in np.flatnonzero(own)]
    above = {name for index in np.flatnonzero(own) for name in vocabulary.parents(int(index))}
    return next((name for name in labels if name not in above), labels[0])
