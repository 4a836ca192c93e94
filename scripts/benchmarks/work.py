"""How much work a network is: its multiply-accumulates, counted from shapes."""

import math
from collections.abc import Sequence

import onnx
import onnx.shape_inference

from epanns.frontend.parameters import PANNS
from epanns.vocabulary.audioset import AUDIOSET


def multiply_accumulates(
    widths: Sequence[int], embedding: int, frames: int, classes: int = len(AUDIOSET)
) -> int:
    """Multiply-accumulates of a Cnn14 as it is defined, for one segment, with the clipwise head.

    Every 3x3 convolution as nine products for each pair of channels at each point of the map,
    padding included, and both linear layers; norms, activations, pooling and the front end are
    left out, as is usual.

    Args:
        widths: the output channels of the twelve convolutions.
        embedding: the width of the last hidden layer.
        frames: of the log-mel spectrogram, 101 for a second.
        classes: how many.
    """
    total, inputs, bands, pooled = 0, 1, PANNS.mels, 1
    for number, outputs in enumerate(widths):
        total += 9 * inputs * outputs * (frames // pooled) * bands
        inputs = outputs
        if number % 2:  # the end of a block
            pooled, bands = 2 * pooled, bands // 2
    return total + inputs * embedding + embedding * classes


def performed(model: onnx.ModelProto, frames: int) -> int:
    """Multiply-accumulates that a converted network does for one segment.

    Counted from the shapes of its convolutions and matrix products, mel bands included; fewer than
    the definition has where the graph uses fast convolutions.

    Args:
        model: with the input "spectrum" (batch, frames, bins).
        frames: of the segment.
    """
    shapes = _shapes(model, frames)
    total = 0
    for node in model.graph.node:
        if node.op_type == "Conv":  # weights (outputs, inputs of a group, *kernel)
            total += math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])
        elif node.op_type == "MatMul":
            total += math.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
    return total


def _shapes(model: onnx.ModelProto, frames: int) -> dict[str, list[int]]:
    """The shape of every value for a batch of one segment."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    del fixed.graph.value_info[:]  # says "batch" and "frames" where numbers are wanted
    for value in [*fixed.graph.input, *fixed.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    fixed.graph.input[0].type.tensor_type.shape.dim[1].dim_value = frames
    known = onnx.shape_inference.infer_shapes(fixed, strict_mode=True, data_prop=True).graph
    shapes = {
        value.name: [size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in [*known.value_info, *known.input, *known.output]
    }
    return shapes | {constant.name: list(constant.dims) for constant in known.initializer}
