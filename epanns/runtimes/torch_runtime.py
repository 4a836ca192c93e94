"""The reference: a network run by PyTorch, with torchlibrosa's front end."""

from pathlib import Path

import numpy as np
import torch

from epanns.networks.architecture import Architecture
from epanns.networks.checkpoint import load_checkpoint
from epanns.runtimes.runtime import Floats, NetworkOutput


class TorchRuntime:
    """A checkpoint as PyTorch runs it; the number of threads is PyTorch's.

    Args:
        checkpoint: the weights file.
        architecture: what the weights are for; see epanns.networks.checkpoint.load_checkpoint.

    Attributes:
        architecture, vocabulary, embedding_width, learnt, title, summary, remark: see
            epanns.runtimes.runtime.Runtime.

    Raises:
        WeightsError: the weights cannot be read.
    """

    def __init__(self, checkpoint: Path, architecture: Architecture | None = None) -> None:
        self._network = network = load_checkpoint(checkpoint, architecture)
        self.architecture, self.vocabulary = network.architecture, network.vocabulary
        self.embedding_width = network.embedding_width
        self.learnt: int | None = network.learnt
        self.title, self.summary, self.remark = network.title, network.summary, ""

    def run(self, waveforms: Floats, start: int | None = None) -> NetworkOutput:
        """Score waveforms, each by itself; see epanns.runtimes.runtime.Runtime."""
        with torch.inference_mode():
            # Copied: torch does not take arrays that are read-only or run backwards.
            output = self._network(torch.from_numpy(np.array(waveforms, order="C")))
            framewise = None if output.framewise is None else output.framewise.numpy()
            scores = torch.sigmoid(output.logits).numpy()
            return NetworkOutput(scores, output.logits.numpy(), output.embedding.numpy(), framewise)
