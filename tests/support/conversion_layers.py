"""Convolutions to try conversions on, and what they are by definition."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from epanns.conversion.folding import Convolution

RANDOM = np.random.default_rng(3)


def layer(inputs: int, outputs: int) -> Convolution:
    weight = RANDOM.normal(0, (inputs * 9) ** -0.5, (outputs, inputs, 3, 3))
    return Convolution(weight, RANDOM.normal(0, 0.1, outputs))


def convolve(image: NDArray[np.float64], layers: list[Convolution]) -> torch.Tensor:
    """Each convolution and its ReLU, of an image (batch, channels, frames, columns)."""
    x = torch.from_numpy(image)
    for each in layers:
        weight, bias = torch.from_numpy(each.weight), torch.from_numpy(each.bias)
        x = F.relu(F.conv2d(x, weight, bias, padding=1))
    return x
