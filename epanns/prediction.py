"""The scores of one segment of sound, and the network that made them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """Which network made a Prediction.

    Attributes:
        name: in the zoo, or the name of its weights file; "" if that is not known.
        title: in a few words.
        checksum: sha256 of its weights file; "" if that is not known.
        vocabulary: its classes, in the order of the scores.
        embedding_width: the length of an embedding; 0 if that is not known.
        learnt: how many parameters it has learnt; None if that is not known.
    """

    name: str = ""
    title: str = ""
    checksum: str = ""
    vocabulary: Vocabulary = AUDIOSET
    embedding_width: int = 0
    learnt: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The scores of one segment; immutable, so that any thread may read it.

    Attributes:
        start, end: first sample of the segment and the one after its last, counted at 32 kHz
            since the source started.
        scores: (classes,) float32 in [0, 1], read-only, in the order of the network's vocabulary.
        level_dbfs: RMS level of the segment in dB below full scale; -inf for digital silence.
        seconds: how long scoring took.
        network: the network that made the scores.
    """

    start: int
    end: int
    scores: NDArray[np.float32]
    level_dbfs: float
    seconds: float
    network: NetworkInfo

    def __post_init__(self) -> None:
        self.scores.setflags(write=False)

    def top(self, k: int) -> list[tuple[str, float]]:
        """The k classes with the highest scores, best first, as (name, score)."""
        names = self.network.vocabulary.names
        order = np.argsort(-self.scores, kind="stable")[:k]
        return [(names[i], float(self.scores[i])) for i in order]
