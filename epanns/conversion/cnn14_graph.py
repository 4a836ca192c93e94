"""Cnn14 as one ONNX graph, from power spectra to scores, made for inference.

Mel bands, decibels and the first batch norm, the convolutions with their batch norms folded in,
pooling, both linear layers and the sigmoid; dynamic in batch and frames.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from epanns.conversion import winograd_narrow, winograd_wide
from epanns.conversion.graph_builder import GraphBuilder
from epanns.conversion.winograd_narrow import Convolution
from epanns.frontend.parameters import LogMelParameters
from epanns.networks.cnn14_layers import ATTENTION, BLOCKS, MEAN
from epanns.networks.cnn14_network import ATTENTION_LIMIT, Cnn14
from epanns.networks.network import CERTAIN

WIDE_BLOCKS = 3  # the first blocks, which are made by winograd_wide.py
WIDE_CHANNELS = 64  # from which on that is faster; onnxruntime's layout needs multiples of 16

State = dict[str, NDArray[np.float32]]


def build(
    network: Cnn14, plain: bool = False, notes: Mapping[str, str] | None = None
) -> onnx.ModelProto:
    """The graph of a network.

    Args:
        network: in evaluation mode.
        plain: whether to keep the convolutions as they are, with float32 weights, as quantisation
            needs them. Else minimal filtering is used where it is faster (see winograd_wide.py),
            and weights are stored in half precision where that is exact.
        notes: metadata to keep in the model.

    Returns:
        A model with the input "spectrum", float32 (batch, frames, 513), and the float32 outputs
        "scores" and "logits" (batch, classes), "embedding" (batch, embedding), and for the
        framewise head "stepwise", scores (batch, frames // 32, classes). Its inner value "log_mel",
        (batch, frames, 64) in dB, equals that of the network's own front end.
    """
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    graph = GraphBuilder(compact=not plain)
    image = _front(graph, state, network.architecture.front_end)
    widths = network.widths[: 2 * WIDE_BLOCKS]
    pays = all(width >= WIDE_CHANNELS and width % 16 == 0 for width in widths)
    if pays and not plain:
        features = _fast_blocks(graph, image, state, network.architecture.front_end.mels)
    else:
        features = _plain_blocks(graph, image, state)
    if network.architecture.framewise:
        outputs = _decide_steps(graph, features, state, network.architecture.head)
    else:
        outputs = _decide(graph, features, state)
    spectrum = ("batch", "frames", network.architecture.front_end.bins)
    return graph.model({"spectrum": spectrum}, outputs, notes or {})


def _front(graph: GraphBuilder, state: State, front_end: LogMelParameters) -> str:
    """From power spectra to the normalised image (batch, 1, frames, mels)."""
    mels = front_end.mels
    mel = graph.add("MatMul", "spectrum", graph.constant(state["logmel_extractor.melW"]))
    decibels = graph.constant(10 / np.log(10))
    louder = graph.add("Max", mel, graph.constant(front_end.floor))
    log_mel = graph.add(
        "Mul", graph.add("Log", louder), decibels, name="log_mel", shape=("batch", _frames(1), mels)
    )
    scale, shift = _normalisation(state, "bn0")
    scaled = graph.add("Mul", log_mel, graph.constant(scale))
    normalised = graph.add("Add", scaled, graph.constant(shift))
    shape = ("batch", 1, _frames(1), mels)
    return graph.add("Unsqueeze", normalised, graph.constant([1]), shape=shape)


def _plain_blocks(graph: GraphBuilder, image: str, state: State) -> str:
    """Every block as the network defines it: (batch, steps, channels), a step of 32 frames."""
    for number in range(1, BLOCKS + 1):
        image = _plain_block(graph, image, state, number)
    return graph.add("Transpose", _mean(graph, image, 3), perm=[0, 2, 1])


def _fast_blocks(graph: GraphBuilder, image: str, state: State, mels: int) -> str:
    """As _plain_blocks(), with fewer multiplications."""
    wide = winograd_wide.first_block(graph, image, _folded(state, 1), (_frames(1), _frames(2)))
    for number in range(2, WIDE_BLOCKS + 1):
        wide = winograd_wide.block(graph, wide, _folded(state, number), _frames(number + 1))
    narrow = winograd_narrow.from_image(graph, winograd_wide.join(graph, wide))
    for number in range(WIDE_BLOCKS + 1, BLOCKS + 1):
        width = mels >> number - 1
        narrow = winograd_narrow.block(
            graph, narrow, width, _folded(state, number), number < BLOCKS
        )
    return _mean(graph, narrow, 2)


def _plain_block(graph: GraphBuilder, image: str, state: State, number: int) -> str:
    for layer in (1, 2):
        scale, shift = _normalisation(state, f"conv_block{number}.bn{layer}")
        weight = graph.weight(state[f"conv_block{number}.conv{layer}.weight"], scale)
        image = graph.add(
            "Conv", image, weight, graph.constant(shift), kernel_shape=[3, 3], pads=[1, 1, 1, 1]
        )
        image = graph.add("Relu", image)
    if number == BLOCKS:
        return image
    return _halve(graph, image, len(shift))


def _halve(graph: GraphBuilder, image: str, channels: int) -> str:
    """Average pooling over 2 x 2.

    As a convolution: onnxruntime's quantised convolution is fast, its quantised average is slow.
    """
    quarters = graph.constant(np.full((channels, 1, 2, 2), 0.25))
    return graph.add("Conv", image, quarters, group=channels, kernel_shape=[2, 2], strides=[2, 2])


def _folded(state: State, number: int) -> list[Convolution]:
    """The two convolutions of a block with their batch norms folded in."""
    layers = []
    for layer in (1, 2):
        scale, shift = _normalisation(state, f"conv_block{number}.bn{layer}")
        weight = state[f"conv_block{number}.conv{layer}.weight"] * scale[:, None, None, None]
        layers.append(Convolution(weight, shift))
    return layers


def _normalisation(state: State, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A batch norm in evaluation as a factor and a summand for each channel."""
    weight, bias, mean, variance = (
        state[f"{name}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = weight / np.sqrt(variance + 1e-5)  # PyTorch's default epsilon
    return scale, bias - mean * scale


def _decide(graph: GraphBuilder, features: str, state: State) -> dict[str, tuple[str | int, ...]]:
    """The clipwise head on (batch, steps, channels)."""
    peak = graph.add("ReduceMax", features, graph.constant([1]), keepdims=0)
    pooled = graph.add("Add", peak, _mean(graph, features, 1))
    hidden = _linear(graph, pooled, state, "fc1")
    embedding = graph.add("Relu", hidden, name="embedding")
    _score(graph, _linear(graph, embedding, state, "fc_audioset", name="logits"))
    return _outputs(state, len(state["fc_audioset.bias"]))


def _decide_steps(
    graph: GraphBuilder, features: str, state: State, head: str
) -> dict[str, tuple[str | int, ...]]:
    """The decision-level head: smoothing over time, then the linear layers on every step."""
    channels_first = graph.add("Transpose", features, perm=[0, 2, 1])
    window: dict[str, Any] = {"kernel_shape": [3], "strides": [1], "pads": [1, 1]}
    peak = graph.add("MaxPool", channels_first, **window)
    mean = graph.add("AveragePool", channels_first, count_include_pad=1, **window)
    pooled = graph.add("Transpose", graph.add("Add", peak, mean), perm=[0, 2, 1])
    embeddings = graph.add("Relu", _linear(graph, pooled, state, "fc1"))
    _mean(graph, embeddings, 1, name="embedding")
    classes = _over_steps(graph, embeddings, state, head)
    return _outputs(state, classes) | {"stepwise": ("batch", "steps", classes)}


def _over_steps(graph: GraphBuilder, embeddings: str, state: State, head: str) -> int:
    """The scores of all steps and of the clip; returns how many classes there are."""
    if head == ATTENTION:
        scores = _linear(graph, embeddings, state, "att_block.cla")
        graph.add("Sigmoid", scores, name="stepwise")
        weights = _linear(graph, embeddings, state, "att_block.att")
        limits = graph.constant(-ATTENTION_LIMIT), graph.constant(ATTENTION_LIMIT)
        weights = graph.add("Softmax", graph.add("Clip", weights, *limits), axis=1)
        weighted = graph.add("Mul", weights, "stepwise")
        clip = graph.add("ReduceSum", weighted, graph.constant([1]), keepdims=0)
        _score_of_probability(graph, clip)
        return len(state["att_block.cla.bias"])
    logits = _linear(graph, embeddings, state, "fc_audioset")
    graph.add("Sigmoid", logits, name="stepwise")
    if head == MEAN:
        _score_of_probability(graph, _mean(graph, "stepwise", 1))
    else:
        peak = graph.add("ReduceMax", logits, graph.constant([1]), keepdims=0, name="logits")
        _score(graph, peak)
    return len(state["fc_audioset.bias"])


def _score_of_probability(graph: GraphBuilder, clip: str) -> None:
    """Probabilities as they are, and their logits."""
    graph.add("Identity", clip, name="scores")
    inner = graph.add("Clip", clip, graph.constant(CERTAIN), graph.constant(1 - CERTAIN))
    rest = graph.add("Sub", graph.constant(1.0), inner)
    graph.add("Log", graph.add("Div", inner, rest), name="logits")


def _outputs(state: State, classes: int) -> dict[str, tuple[str | int, ...]]:
    embedding = len(state["fc1.bias"])
    return {
        "scores": ("batch", classes),
        "logits": ("batch", classes),
        "embedding": ("batch", embedding),
    }


def _score(graph: GraphBuilder, logits: str) -> None:
    graph.add("Sigmoid", logits, name="scores")


def _linear(graph: GraphBuilder, values: str, state: State, layer: str, name: str = "") -> str:
    """A linear layer, or a convolution that is one, on the last axis."""
    weight = state[f"{layer}.weight"]
    product = graph.add("MatMul", values, graph.weight(weight.reshape(weight.shape[:2]).T))
    return graph.add("Add", product, graph.constant(state[f"{layer}.bias"]), name=name)


def _mean(graph: GraphBuilder, values: str, axis: int, name: str = "") -> str:
    return graph.add("ReduceMean", values, graph.constant([axis]), keepdims=0, name=name)


def _frames(block: int) -> str:
    """The name of the number of input frames of a block."""
    return "frames" if block == 1 else f"frames / {2 ** (block - 1)}"
