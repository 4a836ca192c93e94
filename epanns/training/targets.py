"""The targets of a crop: the teacher's scores around it, and the clip's labels."""

import numpy as np
from numpy.typing import NDArray

from epanns.datasets.pack import Pack, Teacher
from epanns.files.segments import mean_and_max
from epanns.training.crops import Crop
from epanns.training.recipe import Recipe
from epanns.vocabulary.vocabulary import Vocabulary

Floats = NDArray[np.float32]

INAUDIBLE = 40.0  # dB below the loudest second of a clip


class Targets:
    """The targets of crops.

    With a teacher they are its scores around the crop. The clip's labels raise them where the crop
    is loud: a label need not hold for the quiet seconds of a clip, but a teacher may miss it in its
    loud ones. Its scores of classes that are not related to the labels may count for less there.
    Without a teacher, and for clips that it left out, they are the labels, but for crops in which
    next to nothing is left of the clip.

    Args:
        pack: the clips; its vocabulary tells which classes are related.
        teacher: whose scores are the targets; None for the labels alone.
        recipe: the options of the run.
    """

    def __init__(self, pack: Pack, teacher: Teacher | None, recipe: Recipe) -> None:
        self._pack = pack
        self._teacher = teacher
        self._recipe = recipe
        self._below = below(pack.vocabulary)

    def __call__(self, crop: Crop) -> Floats:
        """The targets of a crop, float32 (classes,) in [0, 1]."""
        labels: Floats = self._pack.targets(crop.clip)
        scores = None if self._teacher is None else self._teacher.scores(crop.clip)
        if self._teacher is None or scores is None or not len(scores):
            return labels if crop.below < INAUDIBLE else np.zeros_like(labels)
        targets = around(scores, crop.start, len(crop.waveform), self._teacher)
        if crop.below > self._recipe.label_within:
            return targets
        if self._recipe.unlisted != 1.0 and labels.any():
            lowered = targets * np.float32(self._recipe.unlisted)
            targets = np.where(self._related(labels), targets, lowered)
        raised = labels * np.float32(self._recipe.label_target)
        raised[self._general(labels)] *= np.float32(self._recipe.general)
        return np.maximum(targets, raised)

    def _related(self, labels: Floats) -> NDArray[np.bool_]:
        """Labels (classes,) and all classes above or below one of them, (classes,)."""
        named = np.flatnonzero(labels)
        return np.asarray(self._below[named].any(axis=0) | self._below.T[named].any(axis=0))

    def _general(self, labels: Floats) -> NDArray[np.bool_]:
        """The classes that are above another label, (classes,)."""
        named = np.flatnonzero(labels)
        return np.asarray(self._below[:, named].sum(axis=1) > (labels > 0))


def around(scores: Floats, start: int, samples: int, teacher: Teacher) -> Floats:
    """A teacher's scores of a part of a clip.

    The windows that count are those whose middles are in the part, or else the one whose middle is
    nearest to that of the part. Of several, the mean and the maximum are averaged, as evaluate does
    with the seconds of a clip.

    Args:
        scores: float32 (windows, classes) in [0, 1], of the whole clip, at least one window.
        start: the first sample of the part in the clip; below 0 for silence before the clip.
        samples: how long the part is.
        teacher: whose windows they are.

    Returns:
        float32 (classes,) in [0, 1].
    """
    middles = np.arange(len(scores)) * teacher.hop + teacher.segment // 2
    inside = (middles >= start) & (middles < start + samples)
    if not inside.any():
        inside[np.argmin(np.abs(middles - (start + samples // 2)))] = True
    return mean_and_max(scores[inside])


def below(vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Which classes are below which in the ontology.

    Returns:
        bool (classes, classes): of each class (row) whether another (column) is below it, or is it
        itself; without an ontology each class is related to itself alone.
    """
    table = np.eye(len(vocabulary), dtype=np.bool_)
    for index in range(len(vocabulary)):
        table[list(vocabulary.above(index)), index] = True
    return table
