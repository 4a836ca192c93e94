"""Few products of matrices against convolution as it is defined."""

import numpy as np
import onnxruntime
import pytest
import torch.nn.functional as F

from epanns.conversion import winograd_narrow
from epanns.conversion.graph_builder import GraphBuilder
from epanns.conversion.winograd_narrow import FOUR, PAIR, TWO, Filtering
from tests.support.conversion_layers import convolve, layer

RANDOM = np.random.default_rng(4)


@pytest.mark.parametrize("filtering", [FOUR, TWO])
def test_filtering_is_correlation_with_three_taps(filtering: Filtering) -> None:
    tile = len(filtering.outputs)
    d, taps = RANDOM.normal(0, 1, tile + 2), RANDOM.normal(0, 1, 3)
    found = filtering.outputs @ ((filtering.filters @ taps) * (filtering.inputs @ d))
    np.testing.assert_allclose(found, np.correlate(d, taps, "valid"), atol=1e-12)
    assert len(filtering.filters) < 3 * tile


def test_pair_is_correlation_between_zeros() -> None:
    d, taps = np.array([0, 1.7, -0.4, 0]), RANDOM.normal(0, 1, 3)
    found = PAIR.outputs @ ((PAIR.filters @ taps) * (PAIR.inputs @ d))
    np.testing.assert_allclose(found, np.correlate(d, taps, "valid"), atol=1e-12)


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("width", [2, 4, 8, 16])
@pytest.mark.parametrize("frames", [2, 3, 7])
def test_block_is_two_convolutions_and_average_pooling(
    frames: int, width: int, pooled: bool
) -> None:
    layers = [layer(6, 8), layer(8, 5)]
    image = RANDOM.normal(0, 1, (2, 6, frames, width))
    graph = GraphBuilder()
    columns = winograd_narrow.from_image(graph, "image", width)
    output = winograd_narrow.block(graph, columns, layers, pooled).name
    shapes = {"image": ("batch", 6, "frames", width)}, {output: ("batch", "after", "columns", 5)}
    session = onnxruntime.InferenceSession(graph.model(*shapes, {}).SerializeToString())
    found = session.run(None, {"image": image.astype(np.float32)})[0]
    expected = convolve(image, layers)
    if pooled:
        expected = F.avg_pool2d(expected, 2)
    np.testing.assert_allclose(found, expected.permute(0, 2, 3, 1), atol=1e-5)
