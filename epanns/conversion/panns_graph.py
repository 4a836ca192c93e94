"""What the graphs of PANNs' networks have in common: the front end, fast blocks, the head."""

import numpy as np

from epanns.conversion import winograd_narrow, winograd_wide
from epanns.conversion.folding import Convolution, State, folded_block, normalisation
from epanns.conversion.graph_builder import GraphBuilder, Shape
from epanns.conversion.winograd_wide import Planes
from epanns.frontend.parameters import LogMelParameters

BLOCKS = 6  # of Cnn14 and those that end as it does
WIDE_BLOCKS = 3  # the first blocks, which are made by winograd_wide.py
WIDE_CHANNELS = 64  # from which on that is faster; onnxruntime's layout needs multiples of 16


def pays(*widths: int) -> bool:
    """Whether minimal filtering is faster for convolutions with so many outputs."""
    return all(width >= WIDE_CHANNELS and width % 16 == 0 for width in widths)


def front(graph: GraphBuilder, state: State, front_end: LogMelParameters) -> str:
    """From power spectra to the normalised image (batch, 1, frames, mels)."""
    mels = front_end.mels
    mel = graph.add("MatMul", "spectrum", graph.constant(state["logmel_extractor.melW"]))
    decibels = graph.constant(10 / np.log(10))
    louder = graph.add("Max", mel, graph.constant(front_end.floor))
    log_mel = graph.add(
        "Mul",
        graph.add("Log", louder),
        decibels,
        name="log_mel",
        shape=("batch", frames_name(), mels),
    )
    scale, shift = normalisation(state, "bn0")
    scaled = graph.add("Mul", log_mel, graph.constant(scale))
    normalised = graph.add("Add", scaled, graph.constant(shift))
    shape = ("batch", 1, frames_name(), mels)
    return graph.add("Unsqueeze", normalised, graph.constant([1]), shape=shape)


def fast_blocks(graph: GraphBuilder, wide: Planes, state: State, mels: int, first: int) -> str:
    """The blocks of Cnn14 from one on, with fewer multiplications, and the mean over frequency.

    Args:
        graph: to add to.
        wide: the map before them.
        state: the network's state dict.
        mels: columns of the map before the first block.
        first: the number of the first of them.

    Returns:
        The name of features (batch, steps, channels), a step of 32 frames.
    """
    for number in range(first, WIDE_BLOCKS + 1):
        wide = winograd_wide.block(graph, wide, _block(state, number), frames_name(number))
    narrow = winograd_narrow.from_image(graph, winograd_wide.join(graph, wide), mels >> WIDE_BLOCKS)
    for number in range(WIDE_BLOCKS + 1, BLOCKS + 1):
        narrow = winograd_narrow.block(graph, narrow, _block(state, number), number < BLOCKS)
    return mean(graph, narrow.name, 2)


def _block(state: State, number: int) -> list[Convolution]:
    return folded_block(state, f"conv_block{number}")


def decide(graph: GraphBuilder, features: str, state: State) -> dict[str, Shape]:
    """The clipwise head on features (batch, steps, channels); returns the shapes of the outputs."""
    peak = graph.add("ReduceMax", features, graph.constant([1]), keepdims=0)
    pooled = graph.add("Add", peak, mean(graph, features, 1))
    hidden = linear(graph, pooled, state, "fc1")
    embedding = graph.add("Relu", hidden, name="embedding")
    logits = linear(graph, embedding, state, "fc_audioset", name="logits")
    graph.add("Sigmoid", logits, name="scores")
    return outputs(state, len(state["fc_audioset.bias"]))


def outputs(state: State, classes: int) -> dict[str, Shape]:
    """The shapes of what every graph of PANNs gives."""
    embedding = len(state["fc1.bias"])
    return {
        "scores": ("batch", classes),
        "logits": ("batch", classes),
        "embedding": ("batch", embedding),
    }


def linear(graph: GraphBuilder, values: str, state: State, layer: str, name: str = "") -> str:
    """A linear layer, or a convolution that is one, on the last axis."""
    weight = state[f"{layer}.weight"]
    product = graph.add("MatMul", values, graph.weight(weight.reshape(weight.shape[:2]).T))
    return graph.add("Add", product, graph.constant(state[f"{layer}.bias"]), name=name)


def mean(graph: GraphBuilder, values: str, axis: int, name: str = "") -> str:
    """The mean over an axis, which goes."""
    return graph.add("ReduceMean", values, graph.constant([axis]), keepdims=0, name=name)


def frames_name(halvings: int = 0) -> str:
    """The name of the number of frames after so many halvings."""
    return f"frames / {2**halvings}" if halvings else "frames"
