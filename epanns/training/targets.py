"""What the network is to say about a crop: the teacher's scores around it, the clip's labels."""

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from epanns.datasets.pack import Pack, Teacher
from epanns.training.crops import Crop
from epanns.training.recipe import Recipe
from epanns.vocabulary.audioset import AUDIOSET

Floats = NDArray[np.float32]

INAUDIBLE = 40.0  # dB below the loudest second of a clip
UNSURE = 1e-4  # targets nearer to 0 or 1 are not told apart when they are softened


class Targets:
    """The targets of crops.

    With a teacher they are its scores around the crop. The clip's labels raise them where the crop
    is loud: a label need not hold for the quiet seconds of a clip, but a teacher may miss it in its
    loud ones. What else it takes a loud crop for may count for less. Without a teacher, and for
    clips that it left out, they are the labels, but for crops in which next to nothing is left of
    the clip.
    """

    def __init__(self, pack: Pack, teacher: Teacher | None, recipe: Recipe) -> None:
        self._pack = pack
        self._teacher = teacher
        self._recipe = recipe

    def __call__(self, crop: Crop) -> Floats:
        """The targets of a crop, float32 (527,) in [0, 1]."""
        labels: Floats = self._pack.targets(crop.clip)
        scores = None if self._teacher is None else self._teacher.scores(crop.clip)
        if self._teacher is None or scores is None or not len(scores):
            return labels if crop.below < INAUDIBLE else np.zeros_like(labels)
        said = around(scores, crop.start, len(crop.waveform), self._teacher)
        if crop.below > self._recipe.label_within:
            return said
        if self._recipe.unlisted != 1.0 and labels.any():
            said = np.where(_related(labels), said, said * np.float32(self._recipe.unlisted))
        raised = labels * np.float32(self._recipe.label_target)
        raised[_general(labels)] *= np.float32(self._recipe.general)
        return np.maximum(said, raised)


def around(scores: Floats, start: int, samples: int, teacher: Teacher) -> Floats:
    """What a teacher says about a part of a clip, from its scores (windows, 527) of the clip.

    The windows that count are those whose middles lie in the part, or else the one whose middle is
    nearest to that of the part. Of several, the mean and the maximum are averaged, as evaluate does
    with the seconds of a clip.
    """
    middles = np.arange(len(scores)) * teacher.hop + teacher.segment // 2
    inside = (middles >= start) & (middles < start + samples)
    if not inside.any():
        inside[np.argmin(np.abs(middles - (start + samples // 2)))] = True
    counted = scores[inside]
    said: Floats = (counted.mean(axis=0) + counted.max(axis=0)) / 2
    return said


def loss(logits: Tensor, targets: Tensor, temperature: float = 1.0) -> Tensor:
    """Clipwise binary cross entropy, the mean over the batch and the classes.

    With a temperature above 1 that of the softened logits is added (Hinton, Vinyals and Dean, 2015,
    section 2), once the temperature: its gradients are smaller by that. So the many classes that a
    teacher thinks unlikely, some of them far less than others, teach as well.

    Args:
        logits: (batch, classes).
        targets: float32 (batch, classes) in [0, 1].
        temperature: from 1, which softens nothing.
    """
    logits = logits.float()
    hard = F.binary_cross_entropy_with_logits(logits, targets)
    if temperature == 1.0:
        return hard
    softened = torch.sigmoid(torch.logit(targets, UNSURE) / temperature)
    soft = F.binary_cross_entropy_with_logits(logits / temperature, softened)
    return hard + temperature * soft


def _related(labels: Floats) -> NDArray[np.bool_]:
    """Labels (527,) and all classes above or below one of them, (527,)."""
    named = np.flatnonzero(labels)
    return np.asarray(below()[named].any(axis=0) | below().T[named].any(axis=0))


def _general(labels: Floats) -> NDArray[np.bool_]:
    """The classes that are above another label, (527,)."""
    named = np.flatnonzero(labels)
    return np.asarray(below()[:, named].sum(axis=1) > (labels > 0))


@cache
def below() -> NDArray[np.bool_]:
    """Of each class (row) whether another (column) is below it in the ontology, or it itself."""
    table = np.zeros((len(AUDIOSET), len(AUDIOSET)), np.bool_)
    for index, identifier in enumerate(AUDIOSET.ids):
        table[index, list(AUDIOSET.subset(identifier))] = True
    return table
