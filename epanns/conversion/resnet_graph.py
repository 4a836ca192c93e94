"""ResNet22, ResNet38 and ResNet54 as ONNX graphs with fast convolutions; see cnn14_graph.py."""

from collections.abc import Callable, Mapping
from typing import Any

import onnx

from epanns.conversion import direct, exported_graph, winograd_narrow, winograd_wide
from epanns.conversion.direct import Image
from epanns.conversion.folding import Convolution, State, folded, folded_block
from epanns.conversion.graph_builder import GraphBuilder
from epanns.conversion.panns_graph import decide, frames_name, front, mean, pays
from epanns.conversion.winograd_wide import Planes
from epanns.networks.resnet_network import ResNet

WIDE_LAYERS = 2  # the first ones, which are made by winograd_wide.py
MEAN = 0.5  # what makes means of what winograd_wide.halve() gives

Convolve = Callable[..., Any]  # makes an Image of an Image, or Planes of Planes


def build(network: ResNet, plain: bool, notes: Mapping[str, str]) -> onnx.ModelProto:
    """The graph of a network; see epanns.conversion.graphs.

    It is PyTorch's where fast convolutions do not pay.
    """
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    widths = [
        value.shape[0] for name, value in state.items()
        if name.startswith(("conv_block1.conv", "resnet.layer")) and name.endswith("weight")
    ]  # fmt: skip
    if plain or not pays(*widths):
        return exported_graph.build(network, plain, notes)
    graph = GraphBuilder()
    front_end = network.architecture.front_end
    image = front(graph, state, front_end)
    features = _features(graph, image, state, network.counts, front_end.mels)
    shapes = decide(graph, features, state)
    return graph.model({"spectrum": ("batch", "frames", front_end.bins)}, shapes, notes)


def _features(
    graph: GraphBuilder, log_mel: str, state: State, counts: tuple[int, ...], mels: int
) -> str:
    """From normalised images to features (batch, steps, channels), a step of 32 frames.

    Minimal filtering is for the layers whose images are large and whose weights are few, and for
    the two columns at the end, where it needs no more weights: reading those takes the time there.
    """
    first, second = folded_block(state, "conv_block1")
    wide = winograd_wide.first_convolution(graph, log_mel, first, frames_name(), mels)
    wide = winograd_wide.convolve(graph, wide, second, scale=MEAN)
    factor = 1.0
    for number in range(1, WIDE_LAYERS + 1):
        halved = winograd_wide.halve(graph, wide, frames_name(number))
        wide = winograd_wide.quarter(graph, halved)
        wide = _layer(graph, _convolve_wide, wide, state, number, counts, factor)
        factor = MEAN
    end = WIDE_LAYERS + 1
    halved = winograd_wide.halve(graph, wide, frames_name(end))
    joined = winograd_wide.join(graph, halved)
    image = Image(joined, halved.channels, frames_name(end), mels >> end)
    for number in range(end, len(counts) + 1):
        image = _layer(graph, direct.convolve, image, state, number, counts, factor)
        image = direct.halve(graph, image, frames_name(number + 1), mels >> number + 1)
        factor = 1.0
    narrow = winograd_narrow.from_image(graph, image.name, mels >> number + 1)
    narrow = winograd_narrow.block(graph, narrow, folded_block(state, "conv_block_after1"), False)
    return mean(graph, narrow.name, 2)


def _layer(
    graph: GraphBuilder,
    convolve: Convolve,
    image: Any,
    state: State,
    number: int,
    counts: tuple[int, ...],
    factor: float = 1.0,
) -> Any:
    """The residual blocks of a layer.

    Args:
        graph: to add to.
        convolve: what computes images of this kind.
        image: already halved where the layer halves it.
        state: the network's state dict.
        number: of the layer.
        counts: the blocks of each layer.
        factor: what the image is to be multiplied by first.
    """
    for index in range(counts[number - 1]):
        image = _block(graph, convolve, image, state, f"resnet.layer{number}.{index}", factor)
        factor = 1.0
    return image


def _block(
    graph: GraphBuilder, convolve: Convolve, image: Any, state: State, name: str, factor: float
) -> Any:
    """A residual block: two convolutions of 3x3, or one of 3x3 between two of 1x1."""
    shortcut = image
    for index in (0, 1):  # of its 1x1 convolution, behind the pooling if there is one
        layer = f"{name}.downsample.{index}"
        if f"{layer}.weight" in state and state[f"{layer}.weight"].ndim > 1:
            passed = folded(state, layer, f"{name}.downsample.{index + 1}").scaled(factor)
            shortcut = convolve(graph, image, passed, activation="")
    first, *others = [
        folded(state, f"{name}.conv{number}", f"{name}.bn{number}")
        for number in (1, 2, 3)
        if f"{name}.conv{number}.weight" in state
    ]
    image = convolve(graph, image, first.scaled(factor))
    for other in others[:-1]:
        image = convolve(graph, image, other)
    return convolve(graph, image, others[-1], plus=shortcut)


def _convolve_wide(
    graph: GraphBuilder,
    planes: Planes,
    layer: Convolution,
    plus: Planes | None = None,
    activation: str = "Relu",
) -> Planes:
    """As direct.convolve(), of planes."""
    if layer.weight.shape[-1] == 1:
        return winograd_wide.pointwise(graph, planes, layer, plus, activation)
    return winograd_wide.convolve(graph, planes, layer, plus)
