"""The Wavegram networks of PANNs as ONNX graphs with fast convolutions; see cnn14_graph.py."""

from collections.abc import Mapping

import onnx

from epanns.conversion import exported_graph, winograd_wide
from epanns.conversion.folding import State, folded, folded_block
from epanns.conversion.graph_builder import GraphBuilder, Shape
from epanns.conversion.panns_graph import (
    WIDE_BLOCKS,
    decide,
    fast_blocks,
    frames_name,
    front,
    pays,
)
from epanns.conversion.winograd_wide import Planes
from epanns.networks.wavegram_network import BANDS, PRE_WIDTHS, WavegramLogmelCnn14


def build(network: WavegramLogmelCnn14, plain: bool, notes: Mapping[str, str]) -> onnx.ModelProto:
    """The graph of a network; see epanns.conversion.graphs.

    It is PyTorch's where fast convolutions do not pay.
    """
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    blocks = [f"conv_block{number}" for number in range(1, WIDE_BLOCKS + 1)]
    widths = [
        len(state[f"{block}.{layer}.weight"])
        for block in ("pre_block4", *blocks)
        for layer in ("conv1", "conv2")
    ]
    if plain or not pays(*widths):
        return exported_graph.build(network, plain, notes)
    graph = GraphBuilder()
    front_end = network.architecture.front_end
    inputs: dict[str, Shape] = {"waveform": ("batch", "samples")}
    wide = _wavegram(graph, state)
    if network.joins_log_mel:
        inputs["spectrum"] = ("batch", "frames", front_end.bins)
        log_mel = front(graph, state, front_end)
        image = _convolved(graph, log_mel, state, "conv_block1", frames_name(), front_end.mels, 0.5)
        halved = winograd_wide.halve(graph, image, frames_name(1))
        wide = winograd_wide.concatenated(graph, winograd_wide.quarter(graph, halved), wide)
    features = fast_blocks(graph, wide, state, front_end.mels, first=2)
    return graph.model(inputs, decide(graph, features, state), notes)


def _wavegram(graph: GraphBuilder, state: State) -> Planes:
    """The image that a waveform becomes, in four planes.

    Steps in time are columns of an image of one row, as onnxruntime is fast on images alone.
    """
    image = graph.add("Unsqueeze", "waveform", graph.constant([1, 2]))
    image = _over_time(graph, image, state, "pre_conv0", "pre_bn0", stride=5)
    for number in range(1, len(PRE_WIDTHS) + 1):
        name = f"pre_block{number}"
        image = _over_time(graph, image, state, f"{name}.conv1", f"{name}.bn1")
        image = _over_time(graph, image, state, f"{name}.conv2", f"{name}.bn2", dilation=2)
        image = graph.add("MaxPool", image, kernel_shape=[1, 4], strides=[1, 4])
    groups = len(state[f"{name}.conv2.weight"]) // BANDS
    apart = graph.add("Reshape", image, graph.constant([0, groups, BANDS, -1]))
    shape = ("batch", groups, "columns", BANDS)
    image = graph.add("Transpose", apart, perm=[0, 1, 3, 2], shape=shape)
    planes = _convolved(graph, image, state, "pre_block4", "columns", BANDS, 1.0)
    return winograd_wide.halve_frames(graph, planes, frames_name(1))


def _over_time(
    graph: GraphBuilder,
    image: str,
    state: State,
    convolution: str,
    norm: str,
    stride: int = 1,
    dilation: int = 1,
) -> str:
    """A convolution over time and its ReLU, of an image (batch, inputs, 1, steps)."""
    layer = folded(state, convolution, norm)
    weight = layer.weight[:, :, None]
    around = weight.shape[-1] // 2 * dilation
    made = graph.add(
        "Conv", image, graph.constant(weight), graph.constant(layer.bias),
        kernel_shape=[1, weight.shape[-1]], pads=[0, around, 0, around],
        strides=[1, stride], dilations=[1, dilation],
    )  # fmt: skip
    return graph.add("Relu", made)


def _convolved(
    graph: GraphBuilder,
    image: str,
    state: State,
    block: str,
    frames: str,
    columns: int,
    scale: float,
) -> Planes:
    """The two convolutions of a block times a scale, in four planes."""
    first, second = folded_block(state, block)
    planes = winograd_wide.first_convolution(graph, image, first, frames, columns)
    return winograd_wide.convolve(graph, planes, second, scale=scale)
