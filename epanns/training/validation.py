"""Measuring a network while it is being trained: by the loudest second of each clip."""

import numpy as np
import torch
from numpy.typing import NDArray

from epanns.audio.int16 import from_int16, to_int16
from epanns.datasets.pack import Pack
from epanns.evaluation.clip_scores import loudest_second
from epanns.evaluation.metrics import measure
from epanns.networks.network import TrainableNetwork

BATCH = 64


class Validation:
    """Clips to measure with; 64 kB are kept of each.

    Args:
        pack: the clips.
        indices: int64 (clips,), which; if there are none, the mAP is NaN.
    """

    def __init__(self, pack: Pack, indices: NDArray[np.int64]) -> None:
        self._targets = pack.targets(indices) > 0
        self._seconds = [to_int16(loudest_second(pack.waveform(int(index)))) for index in indices]

    def mean_average_precision(self, network: TrainableNetwork, device: torch.device) -> float:
        """Macro mAP over the classes that can be measured; leaves the network in training mode.

        Args:
            network: of the pack's classes.
            device: where it is.
        """
        if not self._seconds:
            return float("nan")
        network.eval()
        scores = []
        with torch.inference_mode():
            for first in range(0, len(self._seconds), BATCH):
                steps = np.concatenate(self._seconds[first : first + BATCH])
                waveforms = torch.from_numpy(from_int16(steps)).to(device)
                padded = network.padded(waveforms)
                levels = network.levels(padded)
                output = network.from_levels(levels, padded, change=lambda image: image)
                scores.append(output.logits.sigmoid().cpu().numpy())
        network.train()
        return measure(self._targets, np.concatenate(scores)).mean_average_precision
