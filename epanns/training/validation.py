"""Measuring a network while it is being trained: by the loudest second of each clip."""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from epanns.audio.int16 import from_int16, to_int16
from epanns.datasets.pack import Pack
from epanns.evaluation.clip_scores import loudest_second
from epanns.evaluation.metrics import macro_f1, mean_average_precision, measure
from epanns.networks.network import TrainableNetwork

BATCH = 64


class Measured(NamedTuple):
    """What a network reaches on some clips.

    Attributes:
        mean_average_precision, auc, d_prime, macro_f1: see epanns.evaluation.metrics.
        average_precision: of each class, float64 (classes,), NaN for those that cannot be measured.
    """

    mean_average_precision: float
    auc: float
    d_prime: float
    macro_f1: float
    average_precision: NDArray[np.float64]


class Validation:
    """Clips to measure with; 64 kB are kept of each.

    Args:
        pack: the clips.
        indices: int64 (clips,), which; may be empty.
    """

    def __init__(self, pack: Pack, indices: NDArray[np.int64]) -> None:
        self._targets = pack.targets(indices) > 0
        self._seconds = [to_int16(loudest_second(pack.waveform(int(index)))) for index in indices]

    def measure(self, network: TrainableNetwork, device: torch.device) -> Measured:
        """What the network reaches, NaN where there are no clips; leaves it in training mode.

        Args:
            network: of the pack's classes.
            device: where it is.
        """
        if not self._seconds:
            nothing = np.full(self._targets.shape[1], np.nan)
            return Measured(math.nan, math.nan, math.nan, math.nan, nothing)
        scores = self._scores(network, device)
        found = measure(self._targets, scores)
        return Measured(
            found.mean_average_precision,
            found.mean_auc,
            found.d_prime,
            macro_f1(self._targets, scores),
            found.average_precision,
        )

    def mean_average_precision(self, network: TrainableNetwork, device: torch.device) -> float:
        """As measure(), the mAP alone, which takes a part of its time."""
        if not self._seconds:
            return math.nan
        return mean_average_precision(self._targets, self._scores(network, device))

    @torch.inference_mode()
    def _scores(self, network: TrainableNetwork, device: torch.device) -> NDArray[np.float32]:
        network.eval()
        scores = []
        for first in range(0, len(self._seconds), BATCH):
            steps = np.concatenate(self._seconds[first : first + BATCH])
            waveforms = network.padded(torch.from_numpy(from_int16(steps)).to(device))
            levels = network.levels(waveforms)
            output = network.from_levels(levels, waveforms, change=lambda image: image)
            scores.append(output.logits.sigmoid().cpu().numpy())
        network.train()
        return np.concatenate(scores)
