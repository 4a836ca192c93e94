"""Convolutions as they are defined, on images (batch, channels, height, width).

Every image says its sizes: onnxruntime then knows which of them agree, and adds a shortcut within
the convolution before it.
"""

from dataclasses import dataclass, replace

from epanns.conversion.folding import Convolution
from epanns.conversion.graph_builder import GraphBuilder, Shape

Size = int | str  # a name stands for a size that varies


@dataclass(frozen=True, slots=True)
class Image:
    """An image (batch, channels, height, width)."""

    name: str
    channels: int
    height: Size
    width: Size

    @property
    def shape(self) -> Shape:
        """Its shape."""
        return "batch", self.channels, self.height, self.width


def convolve(
    graph: GraphBuilder,
    image: Image,
    layer: Convolution,
    plus: Image | None = None,
    activation: str = "Relu",
    halved: tuple[Size, Size] | None = None,
) -> Image:
    """A convolution with zeros around the image, and its activation.

    Args:
        graph: to add to.
        image: what it is of.
        layer: the convolution; of one input a group where its weight says so.
        plus: what is added before the activation; None for nothing.
        activation: an operation of ONNX; "" for none.
        halved: height and width of the result if every other row and column is left out; else None.
    """
    outputs, inputs, *kernel = layer.weight.shape
    height, width = halved or (image.height, image.width)
    made = Image("", outputs, height, width)
    around = [size // 2 for size in kernel]
    name = graph.add(
        "Conv", image.name, graph.constant(layer.weight), graph.constant(layer.bias),
        shape=made.shape, kernel_shape=kernel, pads=[*around, *around],
        strides=[2, 2] if halved else [1, 1], group=image.channels // inputs,
    )  # fmt: skip
    if plus:
        name = graph.add("Add", name, plus.name, shape=made.shape)
    if activation:
        name = graph.add(activation, name, shape=made.shape)
    return replace(made, name=name)


def halve(graph: GraphBuilder, image: Image, height: Size, width: Size) -> Image:
    """The means over 2x2, of so many rows and columns."""
    made = replace(image, height=height, width=width)
    name = graph.add(
        "AveragePool", image.name, shape=made.shape, kernel_shape=[2, 2], strides=[2, 2]
    )
    return replace(made, name=name)
