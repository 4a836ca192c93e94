"""The teacher of the starter: two published networks, one on single seconds, one on 3 s around.

EfficientAT mn04_as was trained on 10 s and recognises little by 1 s alone; YAMNet was trained on
0.975 s. On the loudest seconds of 900 clips of the training split, macro mAP was: mn04_as on 1 s
0.340, on 3 s 0.448; YAMNet on 1 s 0.327; the mean used here (twice mn04_as on 3 s, once YAMNet)
0.456. Figures by epanns.evaluation.metrics.measure.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from epanns.datasets.pack_writer import PackWriter
from epanns.frontend.parameters import SAMPLE_RATE
from starter.cores import on_all_cores
from teachers import Mn04, YAMNet

Floats = NDArray[np.float32]

NAME = "mn04-yamnet"
SEGMENT, HOP = SAMPLE_RATE, SAMPLE_RATE // 2
INAUDIBLE = 10 ** (-54 / 10)  # mean power; the teacher scores noise, too, however soft
AROUND = 3 * SAMPLE_RATE  # samples that mn04_as scores, around each whole second
WIDE_WEIGHT = 2 / 3
BATCH = 32


class Ensemble:
    """Scores every half second of a clip.

    Args:
        folder: of the weights, ../shared/models.

    Raises:
        EpannsError: something that it needs is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._wide, self._narrow = Mn04(folder), YAMNet(folder)

    def __call__(self, waveform: Floats) -> Floats:
        """Score a clip.

        Args:
            waveform: float32 (samples,) at 32 kHz in [-1, 1].

        Returns:
            float32 (windows, 527) in [0, 1]. Window i begins at sample i * HOP; those that would be
            mostly after the end are left out.
        """
        count = max(1, 1 + round((len(waveform) - SEGMENT) / HOP))
        padded = np.pad(waveform, (0, max(0, (count - 1) * HOP + SEGMENT - len(waveform))))
        starts = np.arange(count) * HOP
        segments = np.stack([padded[start : start + SEGMENT] for start in starts])
        narrow = self._narrow(segments)
        wide = self._around(waveform, starts // SEGMENT * SEGMENT + SEGMENT // 2)
        unknown = np.isnan(narrow)  # YAMNet lacks six classes
        scores = np.where(unknown, wide, WIDE_WEIGHT * wide + (1 - WIDE_WEIGHT) * narrow)
        scores[np.square(segments).mean(axis=1) < INAUDIBLE] = 0
        return scores

    def _around(self, waveform: Floats, middles: NDArray[np.int64]) -> Floats:
        """The scores of mn04_as of the 3 s around some places, or of all of a shorter clip."""
        length = min(AROUND, len(waveform))
        starts = np.clip(middles - length // 2, 0, len(waveform) - length)
        places, which = np.unique(starts, return_inverse=True)
        cuts = np.stack([waveform[place : place + length] for place in places])
        cuts = np.pad(cuts, ((0, 0), (0, max(0, SEGMENT - length))))
        parts = [self._wide(cuts[first : first + BATCH]) for first in range(0, len(cuts), BATCH)]
        scores: Floats = np.concatenate(parts)[which]
        return scores


def teach(writer: PackWriter, folder: Path) -> None:
    """Let the teacher score the clips of a pack that it has not scored yet.

    Args:
        writer: the pack.
        folder: of the weights, ../shared/models.
    """
    left = range(writer.scored(NAME), len(writer))
    waveforms = ((writer.waveform(index),) for index in left)
    for scores in on_all_cores(_score, waveforms, _prepare, (folder,)):
        writer.add_teacher(NAME, scores, SEGMENT, HOP)
    writer.flush()


_ensemble: Ensemble  # of a process of the pool


def _prepare(folder: Path) -> None:
    global _ensemble
    torch.set_num_threads(1)
    _ensemble = Ensemble(folder)


def _score(waveform: Floats) -> Floats:
    return _ensemble(waveform)
