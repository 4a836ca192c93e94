"""Minimal filtering of wide maps against convolution as it is defined."""

import numpy as np
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from epanns.conversion import winograd_wide
from epanns.conversion.folding import Convolution
from epanns.conversion.graph_builder import GraphBuilder
from epanns.conversion.winograd_wide import Planes
from tests.support.conversion_layers import convolve, layer

RANDOM = np.random.default_rng(3)


def run(graph: GraphBuilder, image: NDArray[np.float64], output: str) -> NDArray[np.float32]:
    shape = ("batch", image.shape[1], "frames", image.shape[3])
    model = graph.model({"image": shape}, {output: ("batch", "channels", "half", "columns")}, {})
    session = onnxruntime.InferenceSession(model.SerializeToString())
    found: NDArray[np.float32] = session.run(None, {"image": image.astype(np.float32)})[0]
    return found


def deal(graph: GraphBuilder, channels: int, tiles: int, planes: int = 2) -> Planes:
    """The map "image" in planes: of two, its even columns and its odd ones."""
    names = [
        graph.cut("image", start, planes * tiles, axis=3, step=planes) for start in range(planes)
    ]
    return Planes(names, channels, "frames", tiles)


def joined(graph: GraphBuilder, image: NDArray[np.float64], planes: Planes) -> torch.Tensor:
    return torch.from_numpy(run(graph, image, winograd_wide.join(graph, planes)))


def near(found: torch.Tensor, expected: torch.Tensor) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("planes", [2, 4])
@pytest.mark.parametrize("frames", [2, 3, 12, 25])
@pytest.mark.parametrize(("inputs", "middle", "outputs"), [(16, 32, 16), (3, 5, 4)])
def test_block_is_two_convolutions_and_average_pooling(
    inputs: int, middle: int, outputs: int, frames: int, planes: int
) -> None:
    layers = [layer(inputs, middle), layer(middle, outputs)]
    image = RANDOM.normal(0, 1, (2, inputs, frames, 16))
    graph = GraphBuilder()
    dealt = deal(graph, inputs, 16 // planes, planes)
    found = winograd_wide.block(graph, dealt, layers, "half")
    assert (found.channels, found.frames, found.tiles) == (outputs, "half", 4)
    near(joined(graph, image, found), F.avg_pool2d(convolve(image, layers), 2))


@pytest.mark.parametrize("inputs", [1, 4])
def test_first_convolution_takes_an_image(inputs: int) -> None:
    layers = [layer(inputs, 16)]
    image = RANDOM.normal(0, 1, (2, inputs, 31, 64))
    graph = GraphBuilder()
    found = winograd_wide.first_convolution(graph, "image", layers[0], "frames", 64)
    near(joined(graph, image, found), convolve(image, layers))


@pytest.mark.parametrize("kernel", [3, 1])
def test_a_shortcut_is_added_before_the_activation(kernel: int) -> None:
    made = layer(16, 16)
    image = RANDOM.normal(0, 1, (2, 16, 7, 16))
    graph = GraphBuilder()
    planes = deal(graph, 16, 4, planes=4)
    if kernel == 1:
        made = Convolution(made.weight[:, :, 1:2, 1:2], made.bias)
        found = winograd_wide.pointwise(graph, planes, made, plus=planes)
    else:
        found = winograd_wide.convolve(graph, planes, made, plus=planes)
    weight, bias = torch.from_numpy(made.weight), torch.from_numpy(made.bias)
    whole = torch.from_numpy(image)
    expected = F.relu(F.conv2d(whole, weight, bias, padding=kernel // 2) + whole)
    near(joined(graph, image, found), expected)


def test_a_pointwise_convolution_may_have_no_activation() -> None:
    made = Convolution(np.eye(3)[:, :, None, None], np.full(3, -1.0))
    image = RANDOM.normal(0, 1, (1, 3, 4, 8))
    graph = GraphBuilder()
    found = winograd_wide.pointwise(graph, deal(graph, 3, 4), made, activation="")
    near(joined(graph, image, found), torch.from_numpy(image) - 1)


def test_two_planes_become_four_of_the_same_map() -> None:
    image = RANDOM.normal(0, 1, (2, 3, 5, 16))
    graph = GraphBuilder()
    found = winograd_wide.quarter(graph, deal(graph, 3, 8))
    assert (len(found.names), found.tiles) == (4, 4)
    near(joined(graph, image, found), torch.from_numpy(image))


def test_channels_of_two_maps_are_concatenated() -> None:
    image = RANDOM.normal(0, 1, (2, 3, 5, 16))
    graph = GraphBuilder()
    planes = deal(graph, 3, 4, planes=4)
    found = winograd_wide.concatenated(graph, planes, planes)
    assert found.channels == 6
    near(joined(graph, image, found), torch.from_numpy(image).repeat(1, 2, 1, 1))


def test_frames_alone_may_be_halved() -> None:
    image = RANDOM.normal(0, 1, (2, 3, 5, 16))
    graph = GraphBuilder()
    found = winograd_wide.halve_frames(graph, deal(graph, 3, 4, planes=4), "half")
    near(joined(graph, image, found), F.avg_pool2d(torch.from_numpy(image), (2, 1)))
