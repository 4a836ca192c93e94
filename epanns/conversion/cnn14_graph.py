"""Cnn14 as one ONNX graph, from power spectra to scores, made for inference.

Mel bands, decibels and the first batch norm, the convolutions with their batch norms folded in,
pooling, both linear layers and the sigmoid; dynamic in batch and frames.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx

from epanns.conversion import winograd_wide
from epanns.conversion.folding import State, folded_block, normalisation
from epanns.conversion.graph_builder import GraphBuilder, Shape
from epanns.conversion.panns_graph import (
    BLOCKS,
    WIDE_BLOCKS,
    decide,
    fast_blocks,
    frames_name,
    front,
    linear,
    mean,
    outputs,
    pays,
)
from epanns.networks.cnn14_layers import ATTENTION, MEAN
from epanns.networks.cnn14_network import ATTENTION_LIMIT, Cnn14
from epanns.networks.network import CERTAIN


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
    front_end = network.architecture.front_end
    image = front(graph, state, front_end)
    if pays(*network.widths[: 2 * WIDE_BLOCKS]) and not plain:
        features = _fast_features(graph, image, state, front_end.mels)
    else:
        features = _plain_features(graph, image, state)
    if network.architecture.framewise:
        shapes = _decide_steps(graph, features, state, network.architecture.head)
    else:
        shapes = decide(graph, features, state)
    spectrum = ("batch", "frames", front_end.bins)
    return graph.model({"spectrum": spectrum}, shapes, notes or {})


def _plain_features(graph: GraphBuilder, image: str, state: State) -> str:
    """Every block as the network defines it: (batch, steps, channels), a step of 32 frames."""
    for number in range(1, BLOCKS + 1):
        image = _plain_block(graph, image, state, number)
    return graph.add("Transpose", mean(graph, image, 3), perm=[0, 2, 1])


def _fast_features(graph: GraphBuilder, image: str, state: State, mels: int) -> str:
    """As _plain_features(), with fewer multiplications."""
    first, second = folded_block(state, "conv_block1")
    wide = winograd_wide.first_convolution(graph, image, first, frames_name(), mels)
    wide = winograd_wide.convolve(graph, wide, second, scale=0.5)
    wide = winograd_wide.halve(graph, wide, frames_name(1))
    return fast_blocks(graph, wide, state, mels, first=2)


def _plain_block(graph: GraphBuilder, image: str, state: State, number: int) -> str:
    for layer in (1, 2):
        scale, shift = normalisation(state, f"conv_block{number}.bn{layer}")
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


def _decide_steps(graph: GraphBuilder, features: str, state: State, head: str) -> dict[str, Shape]:
    """The decision-level head: smoothing over time, then the linear layers on every step."""
    channels_first = graph.add("Transpose", features, perm=[0, 2, 1])
    window: dict[str, Any] = {"kernel_shape": [3], "strides": [1], "pads": [1, 1]}
    peak = graph.add("MaxPool", channels_first, **window)
    average = graph.add("AveragePool", channels_first, count_include_pad=1, **window)
    pooled = graph.add("Transpose", graph.add("Add", peak, average), perm=[0, 2, 1])
    embeddings = graph.add("Relu", linear(graph, pooled, state, "fc1"))
    mean(graph, embeddings, 1, name="embedding")
    classes = _over_steps(graph, embeddings, state, head)
    return outputs(state, classes) | {"stepwise": ("batch", "steps", classes)}


def _over_steps(graph: GraphBuilder, embeddings: str, state: State, head: str) -> int:
    """The scores of all steps and of the clip; returns how many classes there are."""
    if head == ATTENTION:
        scores = linear(graph, embeddings, state, "att_block.cla")
        graph.add("Sigmoid", scores, name="stepwise")
        weights = linear(graph, embeddings, state, "att_block.att")
        limits = graph.constant(-ATTENTION_LIMIT), graph.constant(ATTENTION_LIMIT)
        weights = graph.add("Softmax", graph.add("Clip", weights, *limits), axis=1)
        weighted = graph.add("Mul", weights, "stepwise")
        clip = graph.add("ReduceSum", weighted, graph.constant([1]), keepdims=0)
        _score_of_probability(graph, clip)
        return len(state["att_block.cla.bias"])
    logits = linear(graph, embeddings, state, "fc_audioset")
    graph.add("Sigmoid", logits, name="stepwise")
    if head == MEAN:
        _score_of_probability(graph, mean(graph, "stepwise", 1))
    else:
        peak = graph.add("ReduceMax", logits, graph.constant([1]), keepdims=0, name="logits")
        graph.add("Sigmoid", peak, name="scores")
    return len(state["fc_audioset.bias"])


def _score_of_probability(graph: GraphBuilder, clip: str) -> None:
    """Probabilities as they are, and their logits."""
    graph.add("Identity", clip, name="scores")
    inner = graph.add("Clip", clip, graph.constant(CERTAIN), graph.constant(1 - CERTAIN))
    rest = graph.add("Sub", graph.constant(1.0), inner)
    graph.add("Log", graph.add("Div", inner, rest), name="logits")
