"""The reference: a network run by PyTorch, with torchlibrosa's front end."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.cnn14_network import summarise, title
from epanns.runtimes.onnx_runtime import NetworkOutput


class TorchRuntime:
    """A checkpoint as PyTorch runs it; the number of threads is PyTorch's.

    Args:
        checkpoint: the weights file.
        framewise: which head they are for; see epanns.networks.checkpoint.load_checkpoint.

    Attributes:
        title, summary, remark: see epanns.runtimes.onnx_runtime.Runtime.

    Raises:
        WeightsError: the weights cannot be read.
    """

    remark = ""

    def __init__(self, checkpoint: Path, framewise: bool | None = None) -> None:
        self._network = load_checkpoint(checkpoint, framewise)
        self.title, self.summary = title(self._network), summarise(self._network)

    def run(self, waveforms: NDArray[np.float32], start: int | None = None) -> NetworkOutput:
        """Score waveforms, each by itself; see epanns.runtimes.onnx_runtime.Runtime."""
        with torch.inference_mode():
            # Copied: torch does not take arrays that are read-only or run backwards.
            output = self._network(torch.from_numpy(np.array(waveforms, order="C")))
            framewise = None if output.framewise is None else output.framewise.numpy()
            scores = torch.sigmoid(output.logits).numpy()
            return NetworkOutput(scores, output.logits.numpy(), output.embedding.numpy(), framewise)
