"""The scores that views show: the network's, or silence where a segment is too quiet."""

import numpy as np
from numpy.typing import NDArray

from epanns.prediction import Prediction


def shown_scores(prediction: Prediction, silence_dbfs: float) -> NDArray[np.float32]:
    """The scores to show for a Prediction, float32 (classes,) in [0, 1].

    They are the network's, except that a segment below `silence_dbfs` is the class for silence, if
    there is one, and nothing else: so far below speech, the input is only the noise of the
    microphone.
    """
    if prediction.level_dbfs >= silence_dbfs:
        return prediction.scores
    silent = np.zeros_like(prediction.scores)
    silence = prediction.network.vocabulary.silence
    if silence is not None:
        silent[silence] = 1.0
    return silent
