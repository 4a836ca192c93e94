"""The interface of the runtimes that run a network."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from epanns.networks.architecture import Architecture
from epanns.vocabulary.vocabulary import Vocabulary

Floats = NDArray[np.float32]


class NetworkOutput(NamedTuple):
    """The outputs of a network for a batch of waveforms; all float32.

    Attributes:
        scores: (batch, classes) in [0, 1].
        logits: (batch, classes); the scores are their sigmoid.
        embedding: (batch, embedding), the last hidden layer.
        framewise: scores (batch, frames, classes) in [0, 1], a frame for each hop of the front end,
            or None if the network scores clips as a whole.
    """

    scores: Floats
    logits: Floats
    embedding: Floats
    framewise: Floats | None


class Runtime(Protocol):
    """Runs a network: OnnxRuntime, or TorchRuntime as the reference.

    Attributes:
        architecture: of the network.
        vocabulary: its classes.
        embedding_width: how many numbers an embedding has.
        learnt: how many parameters it has learnt; None if that is not known.
        title: the network in a few words.
        summary: its properties, one a line.
        remark: what the user should know about how it was opened; "" for nothing.
    """

    architecture: Architecture
    vocabulary: Vocabulary
    embedding_width: int
    learnt: int | None
    title: str
    summary: str
    remark: str

    def run(self, waveforms: Floats, start: int | None = None) -> NetworkOutput:
        """Score waveforms.

        Args:
            waveforms: float32 (batch, samples) in [-1, 1] at the architecture's rate, from 1
                sample.
            start: the number of the first sample in a stream, for a batch of one segment of it:
                frames shared with the segment before are not computed again. Else None.
        """
