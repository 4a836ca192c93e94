"""Convolutions of narrow maps, as few products of matrices.

The last maps of Cnn14 are a few columns wide and hundreds of channels deep. There a convolution
along frequency is a small bilinear problem: each column of output is a sum of taps times columns of
input. Winograd's minimal filtering (Lavin and Gray 2016, "Fast algorithms for convolutional neural
networks") and, for two columns between zeros, Karatsuba's algorithm need fewer products: sums of
columns, a product of matrices for each, sums of the products. The taps along time are adjacent in
these matrices, so each weight is read from memory once.

A map here is (batch, frames, columns, channels).
"""

from dataclasses import dataclass

import numpy as np

from epanns.conversion.folding import Array, Convolution
from epanns.conversion.graph_builder import GraphBuilder

END = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Columns:
    """A map (batch, frames, columns, channels), and how many columns it has."""

    name: str
    width: int


@dataclass(frozen=True, slots=True)
class Filtering:
    """How to filter tiles of columns with three taps: outputs @ ((filters @ taps) * (inputs @ d)).

    Attributes:
        inputs: float64 (products, tile + 2), for the columns of a tile and one to each side.
        filters: float64 (products, 3).
        outputs: float64 (tile, products).
    """

    inputs: Array
    filters: Array
    outputs: Array


# Four columns from six products instead of twelve: interpolation at 0, 1, -1, 2, -2 and infinity.
FOUR = Filtering(
    np.array(
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ]
    ),
    np.array(
        [
            [1 / 4, 0, 0],
            [-1 / 6, -1 / 6, -1 / 6],
            [-1 / 6, 1 / 6, -1 / 6],
            [1 / 24, 1 / 12, 1 / 6],
            [1 / 24, -1 / 12, 1 / 6],
            [0, 0, 1],
        ]
    ),
    np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]),
)
# Two columns from four products instead of six: interpolation at 0, 1, -1 and infinity.
TWO = Filtering(
    np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]),
    np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]),
    np.array([[1, 1, 1, 0], [0, 1, -1, -1]]),
)
# Two columns between zeros, k1 x0 + k2 x1 and k0 x0 + k1 x1, from three products.
PAIR = Filtering(
    np.array([[0, 1, 1, 0], [0, 0, 1, 0], [0, 1, 0, 0]]),
    np.array([[0, 1, 0], [0, -1, 1], [1, -1, 0]]),
    np.array([[1, 1, 0], [1, 0, 1]]),
)


def from_image(graph: GraphBuilder, image: str, width: int) -> Columns:
    """The map of an image (batch, channels, frames, columns)."""
    return Columns(graph.add("Transpose", image, perm=[0, 2, 3, 1]), width)


def block(
    graph: GraphBuilder, columns: Columns, layers: list[Convolution], pooled: bool
) -> Columns:
    """A block of PANNs: two convolutions, each with a ReLU, and average pooling.

    Args:
        graph: to add to.
        columns: the map.
        layers: the convolutions.
        pooled: whether frames and columns are halved.
    """
    first, second = layers
    columns = convolve(graph, columns, first)
    columns = convolve(graph, columns, second, scale=0.25 if pooled else 1.0)
    return _halve(graph, columns) if pooled else columns


def convolve(
    graph: GraphBuilder, columns: Columns, layer: Convolution, scale: float = 1.0
) -> Columns:
    """A 3x3 convolution and its ReLU, times a scale, of a map of 2, 4, 8 ... columns."""
    filtering = {2: PAIR, 4: TWO}.get(columns.width, FOUR)
    tile, products = filtering.outputs.shape
    spread, gather = _over_tiles(filtering, columns.width // tile)
    inputs = _taps(graph, graph.add("MatMul", graph.constant(spread), columns.name))
    parts = graph.split(inputs, products, axis=2)
    # (products, 3 x inputs, outputs), the taps along time in the order of _taps
    weights = scale * np.einsum("pf,oitf->ptio", filtering.filters, layer.weight)
    weights = weights.reshape(products, -1, len(layer.bias))
    multiplied = [
        graph.add("MatMul", part, graph.constant(weight))
        for part, weight in zip(parts, weights, strict=True)
    ]
    stacked = graph.add("Concat", *multiplied, axis=2)
    summed = graph.add("MatMul", graph.constant(gather), stacked)
    shifted = graph.add("Add", summed, graph.constant(scale * layer.bias))
    return Columns(graph.add("Relu", shifted), columns.width)


def _halve(graph: GraphBuilder, columns: Columns) -> Columns:
    """The sums over 2x2; a last frame without a pair is dropped."""
    name = columns.name
    for axis in (1, 2):  # sums; the quarter is in the convolution before
        name = graph.add("Add", *_halves(graph, name, axis))
    return Columns(name, columns.width // 2)


def _over_tiles(filtering: Filtering, tiles: int) -> tuple[Array, Array]:
    """The sums of a filtering for every tile of a map that is padded with zeros.

    Returns:
        The matrix from the columns to the factors, (products x tiles, width), and the matrix from
        the products to the columns, (width, products x tiles).
    """
    tile, products = filtering.outputs.shape
    width = tile * tiles
    spread = np.zeros((products, tiles, width + 2))
    gather = np.zeros((width, products, tiles))
    for i in range(tiles):
        spread[:, i, tile * i : tile * i + tile + 2] = filtering.inputs
        gather[tile * i : tile * (i + 1), :, i] = filtering.outputs
    return spread[:, :, 1:-1].reshape(-1, width), gather.reshape(width, -1)


def _taps(graph: GraphBuilder, columns: str) -> str:
    """The channels of the frame before, of the frame and of the one after, along the last axis."""
    padded = graph.add("Pad", columns, graph.constant([0, 1, 0, 0, 0, 1, 0, 0]))
    cuts = ((0, -2), (1, -1), (2, END))
    parts = [graph.cut(padded, start, stop, axis=1) for start, stop in cuts]
    return graph.add("Concat", *parts, axis=3)


def _halves(graph: GraphBuilder, columns: str, axis: int) -> list[str]:
    """The elements at even and at odd places of an axis; a last one without a pair is dropped."""
    return [
        graph.cut(columns, 0, -1, axis, step=2),
        graph.cut(columns, 1, END, axis, step=2),
    ]
