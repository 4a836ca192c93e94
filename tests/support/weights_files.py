"""Weights files of tests: what they hold, what a network gives, how a file is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from epanns import load_checkpoint
from epanns.errors import WeightsError
from epanns.networks.network import Network, TorchOutput

State = dict[str, Tensor]
Save = Callable[..., Path]


def logits(network: Network) -> Tensor:
    waveform = np.random.default_rng(0).normal(0, 0.1, (1, 16000)).astype(np.float32)
    with torch.inference_mode():
        output: TorchOutput = network(torch.from_numpy(waveform))
    return output.logits


def refusal(path: Path) -> str:
    """The one sentence that a file is refused with."""
    with pytest.raises(WeightsError) as caught:
        load_checkpoint(path)
    sentence = str(caught.value)
    assert str(path) in sentence and sentence.endswith(".") and "\n" not in sentence
    return sentence
