"""Convolutions as they are defined, with the shortcuts that onnxruntime adds within them."""

import numpy as np
import onnxruntime
import pytest
import torch
import torch.nn.functional as F

from epanns.conversion import direct
from epanns.conversion.direct import Image
from epanns.conversion.folding import Convolution
from epanns.conversion.graph_builder import GraphBuilder

RANDOM = np.random.default_rng(5)
IMAGE = Image("image", 16, "height", 8)


def run(graph: GraphBuilder, made: Image, values: torch.Tensor) -> torch.Tensor:
    shape = ("batch", made.channels, "rows", made.width)
    model = graph.model({"image": IMAGE.shape}, {made.name: shape}, {})
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return torch.from_numpy(session.run(None, {"image": values.numpy()})[0])


@pytest.mark.parametrize("halves", [False, True])
@pytest.mark.parametrize("activation", ["Relu", "HardSwish", ""])
@pytest.mark.parametrize(("kernel", "inputs"), [(1, 16), (3, 16), (5, 1)])
def test_convolution(kernel: int, inputs: int, activation: str, halves: bool) -> None:
    weight = RANDOM.normal(0, 0.2, (16, inputs, kernel, kernel))
    layer = Convolution(weight, RANDOM.normal(0, 1, 16))
    values = torch.randn(2, 16, 11, 8)
    graph = GraphBuilder()
    halved = ("half", 4) if halves else None
    found = direct.convolve(graph, IMAGE, layer, activation=activation, halved=halved)
    expected = F.conv2d(
        values.double(), torch.from_numpy(weight), torch.from_numpy(layer.bias),
        stride=2 if halves else 1, padding=kernel // 2, groups=16 // inputs,
    )  # fmt: skip
    activations = {"Relu": F.relu, "HardSwish": F.hardswish, "": lambda x: x}
    assert found.shape == ("batch", 16, "half" if halves else "height", expected.shape[3])
    np.testing.assert_allclose(
        run(graph, found, values), activations[activation](expected), atol=1e-4
    )


def test_a_shortcut_is_added_before_the_activation() -> None:
    layer = Convolution(RANDOM.normal(0, 0.2, (16, 16, 3, 3)), RANDOM.normal(0, 1, 16))
    values = torch.randn(2, 16, 11, 8)
    graph = GraphBuilder()
    found = direct.convolve(graph, IMAGE, layer, plus=IMAGE)
    weight, bias = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)
    expected = F.relu(F.conv2d(values.double(), weight, bias, padding=1) + values)
    np.testing.assert_allclose(run(graph, found, values), expected, atol=1e-4)


def test_halving_gives_means() -> None:
    values = torch.randn(2, 16, 11, 8)
    graph = GraphBuilder()
    found = direct.halve(graph, IMAGE, "half", 4)
    np.testing.assert_allclose(run(graph, found, values), F.avg_pool2d(values, 2), atol=1e-6)
