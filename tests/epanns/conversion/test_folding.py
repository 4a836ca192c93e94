"""Batch norms folded into convolutions."""

import numpy as np
import torch
from torch import nn

from epanns.conversion.folding import folded


def test_a_folded_convolution_is_the_convolution_and_its_batch_norm() -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm1d(5, eps=1e-3)
    pair = nn.Sequential(nn.Conv1d(3, 5, 3, bias=False), norm).eval()
    for value in (norm.running_mean, norm.running_var, norm.weight, norm.bias):
        assert value is not None
        nn.init.uniform_(value, 0.5, 2.0)
    state = {name: value.detach().numpy() for name, value in pair.state_dict().items()}
    layer = folded(state, "0", "1", epsilon=1e-3)
    image = torch.randn(2, 3, 9)
    weight, bias = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)
    found = nn.functional.conv1d(image.double(), weight, bias)
    with torch.no_grad():
        np.testing.assert_allclose(found, pair(image), atol=1e-6)
    scaled = torch.from_numpy(layer.scaled(0.5).weight)
    halved = nn.functional.conv1d(2 * image.double(), scaled, bias)
    np.testing.assert_allclose(halved, found, atol=1e-6)
