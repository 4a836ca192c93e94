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

from dataclasses import dataclass, replace

import numpy as np

from epanns.conversion.folding import Convolution
from epanns.conversion.graph_builder import GraphBuilder
from epanns.conversion.winograd_narrow import FOUR


@dataclass(frozen=True, slots=True)
class Planes:
    """Planes of one map, each (batch, channels, frames, tiles); see above for their columns."""

    names: list[str]
    channels: int
    frames: str  # the name of that size
    tiles: int


def block(graph: GraphBuilder, planes: Planes, layers: list[Convolution], pooled: str) -> Planes:
    """A block of PANNs, from two or four planes to two; `pooled` is the name of half the frames."""
    first, second = layers
    middle = convolve(graph, planes, first)
    return halve(graph, convolve(graph, middle, second, scale=0.5), pooled)


def first_convolution(
    graph: GraphBuilder, image: str, layer: Convolution, frames: str, columns: int
) -> Planes:
    """A convolution and its ReLU, from an image (batch, inputs, frames, columns) to two planes.

    With few inputs it needs few multiplications, so it is computed directly, even and odd columns
    separately.
    """
    channels, tiles = len(layer.bias), columns // 2
    shape = ("batch", channels, frames, tiles)
    weight, bias = graph.constant(layer.weight), graph.constant(layer.bias)
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
    return Planes(names, channels, frames, tiles)


def convolve(
    graph: GraphBuilder,
    planes: Planes,
    layer: Convolution,
    plus: Planes | None = None,
    scale: float = 1.0,
) -> Planes:
    """A 3x3 convolution and its ReLU, times a scale, from two or four planes to four.

    Args:
        graph: to add to.
        planes: the map.
        layer: the convolution.
        plus: what is added before the ReLU, in four planes; None for nothing.
        scale: a factor, not negative.
    """
    spread = (_spread_two if len(planes.names) == 2 else _spread_four)(graph, planes)
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
    if plus:
        names = [mixer.add(*pair) for pair in zip(names, plus.names, strict=True)]
    return Planes([mixer.relu(name) for name in names], channels, spread.frames, spread.tiles)


def pointwise(
    graph: GraphBuilder,
    planes: Planes,
    layer: Convolution,
    plus: Planes | None = None,
    activation: str = "Relu",
) -> Planes:
    """A 1x1 convolution and its activation, "" for none; see convolve()."""
    channels = len(layer.bias)
    mixer = _Mixer(graph, channels, planes.frames, planes.tiles)
    weight, bias = graph.constant(layer.weight), graph.constant(layer.bias)
    names = [
        graph.add("Conv", name, weight, bias, shape=mixer.shape, kernel_shape=[1, 1])
        for name in planes.names
    ]
    if plus:
        names = [mixer.add(*pair) for pair in zip(names, plus.names, strict=True)]
    if activation:
        names = [graph.add(activation, name, shape=mixer.shape) for name in names]
    return replace(planes, names=names, channels=channels)


def halve(graph: GraphBuilder, planes: Planes, pooled: str) -> Planes:
    """From four planes to two of half the frames: means over two frames, sums over two columns.

    These are twice the means over 2x2; whoever calls makes up for that in a convolution before or
    behind.
    """
    shape = ("batch", planes.channels, planes.frames, planes.tiles)
    first, second, third, fourth = planes.names
    names = [
        _halve_frames(graph, graph.add("Add", one, other, shape=shape), planes, pooled)
        for one, other in ((first, second), (third, fourth))
    ]
    return replace(planes, names=names, frames=pooled)


def halve_frames(graph: GraphBuilder, planes: Planes, pooled: str) -> Planes:
    """Means over two frames; `pooled` is the name of half the frames."""
    names = [_halve_frames(graph, name, planes, pooled) for name in planes.names]
    return replace(planes, names=names, frames=pooled)


def quarter(graph: GraphBuilder, planes: Planes) -> Planes:
    """From two planes to four of half the tiles."""
    tiles = planes.tiles // 2
    mix = _Mixer(graph, planes.channels, planes.frames, tiles).mix
    names = [mix(name, taps, stride=2) for taps in ([1.0], [0.0, 1.0]) for name in planes.names]
    return replace(planes, names=names, tiles=tiles)


def concatenated(graph: GraphBuilder, one: Planes, other: Planes) -> Planes:
    """The channels of two maps of one size."""
    channels = one.channels + other.channels
    shape = ("batch", channels, one.frames, one.tiles)
    names = [
        graph.add("Concat", *pair, shape=shape, axis=1)
        for pair in zip(one.names, other.names, strict=True)
    ]
    return replace(one, names=names, channels=channels)


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


def _halve_frames(graph: GraphBuilder, plane: str, planes: Planes, pooled: str) -> str:
    shape = ("batch", planes.channels, pooled, planes.tiles)
    return graph.add("AveragePool", plane, shape=shape, kernel_shape=[2, 1], strides=[2, 1])
