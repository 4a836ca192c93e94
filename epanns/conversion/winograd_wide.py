"""Convolutions of wide maps with half the multiplications.

A 3x3 convolution of PANNs' wide maps is limited by the processor's rate of multiplications.
Winograd's minimal filtering along frequency (see winograd_narrow.py) computes four columns of
output from six products instead of twelve. Along time nothing changes, so any number of frames is
possible.

A map here is a list of planes of shape (batch, channels, frames, tiles): plane p of n holds the
columns p, n + p, 2n + p and so on. Sums of columns of a plane are computed as depthwise
convolutions, which keep onnxruntime's blocked layout of channels; a change of layout would take as
long as the products save.
"""

from dataclasses import dataclass

import numpy as np

from epanns.conversion.graph_builder import GraphBuilder
from epanns.conversion.winograd_narrow import FOUR, Convolution


@dataclass(frozen=True, slots=True)
class Planes:
    """Planes of one map, each (batch, channels, frames, tiles); see above for their columns."""

    names: list[str]
    channels: int
    frames: str  # the name of that size
    tiles: int


def block(graph: GraphBuilder, planes: Planes, layers: list[Convolution], pooled: str) -> Planes:
    """A ConvBlock of Cnn14, from two planes to two planes of half the tiles and frames."""
    first, second = layers
    middle = _convolve(graph, _spread_two(graph, planes), first)
    return _pool(graph, _convolve(graph, _spread_four(graph, middle), second, scale=0.5), pooled)


def first_block(
    graph: GraphBuilder, image: str, layers: list[Convolution], sizes: tuple[str, str]
) -> Planes:
    """The first ConvBlock, from an image (batch, 1, frames, 64) to two planes of 16 tiles.

    With one input channel its convolution needs few multiplications, so it is computed directly,
    even and odd columns separately. `sizes` are the names of the number of frames before and after
    pooling.
    """
    first, second = layers
    frames, pooled = sizes
    channels = len(first.bias)
    shape = ("batch", channels, frames, 32)
    weight, bias = graph.constant(first.weight), graph.constant(first.bias)
    names = [
        graph.add(
            "Relu",
            graph.add(
                "Conv", image, weight, bias, shape=shape,
                kernel_shape=[3, 3], strides=[1, 2], pads=[1, left, 1, 1 - left],
            ),
            shape=shape,
        )
        for left in (1, 0)
    ]  # fmt: skip
    spread = _spread_two(graph, Planes(names, channels, frames, 32))
    return _pool(graph, _convolve(graph, spread, second, scale=0.5), pooled)


def join(graph: GraphBuilder, planes: Planes) -> str:
    """The map (batch, channels, frames, columns) of which these are the planes."""
    axis = graph.constant([4])
    apart = [graph.add("Unsqueeze", name, axis) for name in planes.names]
    columns = len(planes.names) * planes.tiles
    shape = graph.constant([0, 0, 0, columns])
    return graph.add("Reshape", graph.add("Concat", *apart, axis=4), shape)


class _Mixer:
    """Weighted sums of neighbouring columns of planes that all have one shape."""

    def __init__(self, graph: GraphBuilder, channels: int, frames: str, tiles: int) -> None:
        self.graph = graph
        self.shape = ("batch", channels, frames, tiles)

    def mix(
        self,
        plane: str,
        taps: list[float],
        plus: str = "",
        stride: int = 1,
        pads: tuple[int, int] = (0, 0),
    ) -> str:
        """The weighted sum of neighbouring columns of a plane, plus another plane."""
        channels = self.shape[1]
        kernel = np.broadcast_to(np.array(taps, np.float32), (channels, 1, 1, len(taps)))
        mixed = self.graph.add(
            "Conv", plane, self.graph.constant(kernel), shape=self.shape, group=channels,
            kernel_shape=[1, len(taps)], strides=[1, stride], pads=[0, pads[0], 0, pads[1]],
        )  # fmt: skip
        return self.add(mixed, plus) if plus else mixed

    def add(self, plane: str, other: str) -> str:
        return self.graph.add("Add", plane, other, shape=self.shape)

    def relu(self, plane: str) -> str:
        return self.graph.add("Relu", plane, shape=self.shape)


def _spread_two(graph: GraphBuilder, planes: Planes) -> Planes:
    """The six inputs of F(4, 3) from a map in two planes, even columns and odd ones."""
    even, odd = planes.names
    tiles = planes.tiles // 2
    mix = _Mixer(graph, planes.channels, planes.frames, tiles).mix
    a = mix(odd, [-4, 1], stride=2)  # d4 - 4 d2
    c = mix(odd, [-1, 1], stride=2)  # d4 - d2
    names = [
        mix(odd, [4, -5, 1], stride=2, pads=(1, 0)),  # 4 d0 - 5 d2 + d4
        mix(even, [-4, 1], a, stride=2),
        mix(even, [4, -1], a, stride=2),
        mix(even, [-2, 2], c, stride=2),
        mix(even, [2, -2], c, stride=2),
        mix(even, [4, -5, 1], stride=2, pads=(0, 1)),  # 4 d1 - 5 d3 + d5
    ]
    return Planes(names, planes.channels, planes.frames, tiles)


def _spread_four(graph: GraphBuilder, planes: Planes) -> Planes:
    """The six inputs of F(4, 3) from a map in four planes: d1 to d4, d0 and d5 beside them."""
    d1, d2, d3, d4 = planes.names
    mixer = _Mixer(graph, planes.channels, planes.frames, planes.tiles)
    mix = mixer.mix
    a = mix(d2, [-4], d4)
    b = mix(d1, [-4], d3)
    c = mix(d2, [-1], d4)
    e = mix(d1, [-1], d3)
    names = [
        mix(d4, [4, 1], mix(d2, [-5]), pads=(1, 0)),  # d0 is d4 of the tile before
        mixer.add(a, b),
        mix(b, [-1], a),
        mix(e, [2], c),
        mix(e, [-2], c),
        mix(d1, [4, 1], mix(d3, [-5]), pads=(0, 1)),  # d5 is d1 of the tile after
    ]
    return Planes(names, planes.channels, planes.frames, planes.tiles)


def _convolve(
    graph: GraphBuilder, spread: Planes, layer: Convolution, scale: float = 1.0
) -> Planes:
    """Convolution and ReLU from the six inputs to a map in four planes, times a scale."""
    channels = len(layer.bias)
    mixer = _Mixer(graph, channels, spread.frames, spread.tiles)
    weights = scale * np.einsum("ri,octi->roct", FOUR.filters, layer.weight)[..., None]

    def product(row: int, *bias: str) -> str:
        return graph.add(
            "Conv", spread.names[row], graph.constant(weights[row]), *bias, shape=mixer.shape,
            kernel_shape=[3, 1], pads=[1, 0, 1, 0],
        )  # fmt: skip

    m2, m4 = product(2), product(4)
    sum12 = mixer.add(product(1, graph.constant(scale * layer.bias)), m2)
    sum34 = mixer.add(product(3), m4)
    difference12 = mixer.mix(m2, [-2], sum12)
    difference34 = mixer.mix(m4, [-2], sum34)
    names = [
        mixer.add(product(0), mixer.add(sum12, sum34)),
        mixer.mix(difference34, [2], difference12),
        mixer.mix(sum34, [4], sum12),
        mixer.add(product(5), mixer.mix(difference34, [8], difference12)),
    ]
    return Planes([mixer.relu(name) for name in names], channels, spread.frames, spread.tiles)


def _pool(graph: GraphBuilder, planes: Planes, pooled: str) -> Planes:
    """From four planes to two of half the frames: means over two frames, sums over two columns.

    The factor 1/2 of the mean over columns is in the scale of the convolution before.
    """
    shape = ("batch", planes.channels, planes.frames, planes.tiles)
    halved = ("batch", planes.channels, pooled, planes.tiles)
    first, second, third, fourth = planes.names
    names = [
        graph.add(
            "AveragePool", graph.add("Add", one, other, shape=shape), shape=halved,
            kernel_shape=[2, 1], strides=[2, 1],
        )
        for one, other in ((first, second), (third, fourth))
    ]  # fmt: skip
    return Planes(names, planes.channels, pooled, planes.tiles)
