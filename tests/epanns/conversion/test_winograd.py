"""Minimal filtering against convolution as it is defined."""

import numpy as np
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from epanns.conversion import winograd
from epanns.conversion.builder import GraphBuilder
from epanns.conversion.winograd import Convolution, Planes

RANDOM = np.random.default_rng(3)


def layer(inputs: int, outputs: int) -> Convolution:
    weight = RANDOM.normal(0, (inputs * 9) ** -0.5, (outputs, inputs, 3, 3))
    return Convolution(weight, RANDOM.normal(0, 0.1, outputs))


def convolve(image: NDArray[np.float64], layers: list[Convolution]) -> torch.Tensor:
    x = torch.from_numpy(image)
    for each in layers:
        weight, bias = torch.from_numpy(each.weight), torch.from_numpy(each.bias)
        x = F.relu(F.conv2d(x, weight, bias, padding=1))
    return x


def run(graph: GraphBuilder, image: NDArray[np.float64], output: str) -> NDArray[np.float32]:
    shape = ("batch", image.shape[1], "frames", image.shape[3])
    model = graph.model({"image": shape}, {output: ("a", "b", "c", "d")[:4]}, {})
    session = onnxruntime.InferenceSession(model.SerializeToString())
    found: NDArray[np.float32] = session.run(None, {"image": image.astype(np.float32)})[0]
    return found


def deal(graph: GraphBuilder, channels: int, tiles: int) -> Planes:
    """The map "image" in two planes: its even columns and its odd ones."""
    axis, step = graph.constant([3]), graph.constant([2])
    end = graph.constant([10**6])
    names = [graph.add("Slice", "image", graph.constant([i]), end, axis, step) for i in (0, 1)]
    return Planes(names, channels, "frames", tiles)


@pytest.mark.parametrize("frames", [2, 3, 12, 25])
@pytest.mark.parametrize(("inputs", "middle", "outputs"), [(16, 32, 16), (3, 5, 4)])
def test_block_is_two_convolutions_and_average_pooling(
    inputs: int, middle: int, outputs: int, frames: int
) -> None:
    layers = [layer(inputs, middle), layer(middle, outputs)]
    image = RANDOM.normal(0, 1, (2, inputs, frames, 16))
    graph = GraphBuilder()
    planes = winograd.block(graph, deal(graph, inputs, 8), layers, "half")
    assert (planes.channels, planes.frames, planes.tiles) == (outputs, "half", 4)
    found = run(graph, image, winograd.join(graph, planes))
    np.testing.assert_allclose(found, F.avg_pool2d(convolve(image, layers), 2), atol=1e-5)


@pytest.mark.parametrize("frames", [31, 100, 101])
def test_first_block_takes_an_image_of_one_channel(frames: int) -> None:
    layers = [layer(1, 16), layer(16, 32)]
    image = RANDOM.normal(0, 1, (2, 1, frames, 64))
    graph = GraphBuilder()
    planes = winograd.first_block(graph, "image", layers, ("frames", "half"))
    found = run(graph, image, winograd.join(graph, planes))
    np.testing.assert_allclose(found, F.avg_pool2d(convolve(image, layers), 2), atol=1e-5)


@pytest.mark.parametrize("frames", [1, 3, 7])
def test_two_columns_are_convolved_and_averaged(frames: int) -> None:
    layers = [layer(6, 8), layer(8, 5)]
    image = RANDOM.normal(0, 1, (2, 6, frames, 2))
    graph = GraphBuilder()
    output = winograd.two_columns(graph, "image", layers)
    shape = ("batch", 6, "frames", 2)
    model = graph.model({"image": shape}, {output: ("batch", "frames", 5)}, {})
    session = onnxruntime.InferenceSession(model.SerializeToString())
    found = session.run(None, {"image": image.astype(np.float32)})[0]
    expected = convolve(image, layers).mean(dim=3).transpose(1, 2)
    np.testing.assert_allclose(found, expected, atol=1e-5)
