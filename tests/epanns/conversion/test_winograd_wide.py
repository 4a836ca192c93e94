"""Minimal filtering of wide maps against convolution as it is defined."""

import numpy as np
import onnxruntime
import pytest
import torch.nn.functional as F
from numpy.typing import NDArray

from epanns.conversion import winograd_wide
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


def deal(graph: GraphBuilder, channels: int, tiles: int) -> Planes:
    """The map "image" in two planes: its even columns and its odd ones."""
    names = [graph.cut("image", start, 2 * tiles, axis=3, step=2) for start in (0, 1)]
    return Planes(names, channels, "frames", tiles)


@pytest.mark.parametrize("frames", [2, 3, 12, 25])
@pytest.mark.parametrize(("inputs", "middle", "outputs"), [(16, 32, 16), (3, 5, 4)])
def test_block_is_two_convolutions_and_average_pooling(
    inputs: int, middle: int, outputs: int, frames: int
) -> None:
    layers = [layer(inputs, middle), layer(middle, outputs)]
    image = RANDOM.normal(0, 1, (2, inputs, frames, 16))
    graph = GraphBuilder()
    found = winograd_wide.block(graph, deal(graph, inputs, 8), layers, "half")
    assert (found.channels, found.frames, found.tiles) == (outputs, "half", 4)
    image_out = run(graph, image, winograd_wide.join(graph, found))
    np.testing.assert_allclose(image_out, F.avg_pool2d(convolve(image, layers), 2), atol=1e-5)


@pytest.mark.parametrize("frames", [31, 100, 101])
def test_first_block_takes_an_image_of_one_channel(frames: int) -> None:
    layers = [layer(1, 16), layer(16, 32)]
    image = RANDOM.normal(0, 1, (2, 1, frames, 64))
    graph = GraphBuilder()
    found = winograd_wide.first_block(graph, "image", layers, ("frames", "half"))
    image_out = run(graph, image, winograd_wide.join(graph, found))
    np.testing.assert_allclose(image_out, F.avg_pool2d(convolve(image, layers), 2), atol=1e-5)
