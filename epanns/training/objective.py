"""What the network is to say about a crop: the teacher's scores around it, the clip's labels."""

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from epanns.training.crops import Crop
from epanns.training.dataset import Pack, Teacher
from epanns.training.recipe import Recipe

Floats = NDArray[np.float32]

INAUDIBLE = 40.0  # dB below the loudest second of a clip


class Targets:
    """The targets of crops.

    With a teacher they are its scores around the crop. The clip's labels raise them where the crop
    is loud: a label need not hold for the quiet seconds of a clip, but a teacher may miss it in its
    loud ones. Without a teacher, and for clips that it left out, they are the labels, but for crops
    in which next to nothing is left of the clip.
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
        return np.maximum(said, labels * np.float32(self._recipe.label_target))


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


def loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Clipwise binary cross entropy, the mean over the batch and the classes.

    Args:
        logits: (batch, classes).
        targets: float32 (batch, classes) in [0, 1].
    """
    return F.binary_cross_entropy_with_logits(logits.float(), targets)
