"""What the tagger says about one segment of sound."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epanns.vocabulary.audioset import VOCABULARY


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The scores of one segment; immutable, so that any thread may read it.

    Attributes:
        start, end: first sample of the segment and the one after its last, counted at 32 kHz
            since the source started.
        scores: (527,) float32 in [0, 1], read-only, in AudioSet's class order.
        level_dbfs: RMS level of the segment in dB below full scale; -inf for digital silence.
        seconds: how long scoring took.
    """

    start: int
    end: int
    scores: NDArray[np.float32]
    level_dbfs: float
    seconds: float

    def __post_init__(self) -> None:
        self.scores.setflags(write=False)

    def top(self, k: int) -> list[tuple[str, float]]:
        """The k classes with the highest scores, best first, as (name, score)."""
        order = np.argsort(-self.scores, kind="stable")[:k]
        return [(VOCABULARY.names[i], float(self.scores[i])) for i in order]
