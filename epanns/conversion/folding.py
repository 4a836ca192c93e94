"""Batch norms in evaluation, folded into the convolutions before them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
State = Mapping[str, NDArray[np.float32]]  # the state dict of a network

EPSILON = 1e-5  # of PyTorch's batch norms, if none is given


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution with its batch norm folded in.

    Attributes:
        weight: float64 (outputs, inputs of a group, *kernel).
        bias: float64 (outputs,).
    """

    weight: Array
    bias: Array

    def scaled(self, factor: float) -> "Convolution":
        """The same for an image that is to be multiplied by a factor first."""
        return Convolution(factor * self.weight, self.bias)


def normalisation(state: State, name: str, epsilon: float = EPSILON) -> tuple[Array, Array]:
    """A batch norm as a factor and a summand for each channel, float64 (channels,) each."""
    weight, bias, mean, variance = (
        state[f"{name}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = weight / np.sqrt(variance + epsilon)
    return scale, bias - mean * scale


def folded(state: State, convolution: str, norm: str, epsilon: float = EPSILON) -> Convolution:
    """A convolution without a bias of its own and the batch norm behind it, by their names."""
    scale, shift = normalisation(state, norm, epsilon)
    weight = state[f"{convolution}.weight"]
    return Convolution(weight * scale.reshape(-1, *[1] * (weight.ndim - 1)), shift)


def folded_block(state: State, name: str) -> list[Convolution]:
    """The two convolutions of a block of PANNs."""
    return [folded(state, f"{name}.conv{layer}", f"{name}.bn{layer}") for layer in (1, 2)]
