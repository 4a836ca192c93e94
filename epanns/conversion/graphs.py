"""How architectures become ONNX graphs: by hand where that pays, else by PyTorch's exporter."""

from collections.abc import Callable, Mapping
from typing import Any

import onnx

from epanns.conversion import cnn14_graph, exported_graph
from epanns.networks.network import Network

# By Architecture.graph. Each takes a network in evaluation mode, whether to do without everything
# that quantisation or coarse weights do not stand, and metadata; each gives a model with the input
# "spectrum", float32 (batch, frames, bins), and the outputs "scores" and "logits" (batch, classes),
# "embedding" (batch, embedding), and "stepwise" (batch, steps, classes) of a framewise network.
GRAPHS: dict[str, Callable[[Any, bool, Mapping[str, str]], onnx.ModelProto]] = {
    "cnn14": cnn14_graph.build,
    "exported": exported_graph.build,
}


def build(
    network: Network, plain: bool = False, notes: Mapping[str, str] | None = None
) -> onnx.ModelProto:
    """The ONNX graph of a network.

    Args:
        network: in evaluation mode.
        plain: whether to keep to its definition, with float32 weights throughout.
        notes: metadata to keep in the model.
    """
    return GRAPHS[network.architecture.graph](network, plain, notes or {})
