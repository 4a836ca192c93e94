"""How architectures become ONNX graphs: by hand if that is faster, else by PyTorch's exporter."""

from collections.abc import Callable, Mapping
from typing import Any

import onnx

from epanns.conversion import (
    cnn14_graph,
    efficientat_graph,
    exported_graph,
    resnet_graph,
    wavegram_graph,
)
from epanns.networks.network import Network

# By Architecture.graph. Each function takes a network in evaluation mode, the flag `plain` (see
# build), and metadata; it returns a model with the inputs of the architecture and the float32
# outputs "scores" and "logits" (batch, classes), "embedding" (batch, embedding), and of a framewise
# network "stepwise" (batch, steps, classes).
GRAPHS: dict[str, Callable[[Any, bool, Mapping[str, str]], onnx.ModelProto]] = {
    "cnn14": cnn14_graph.build,
    "efficientat": efficientat_graph.build,
    "exported": exported_graph.build,
    "resnet": resnet_graph.build,
    "wavegram": wavegram_graph.build,
}


def build(
    network: Network, plain: bool = False, notes: Mapping[str, str] | None = None
) -> onnx.ModelProto:
    """The ONNX graph of a network.

    Args:
        network: in evaluation mode.
        plain: whether to keep the layers as they are defined, with float32 weights throughout.
        notes: metadata to keep in the model.
    """
    return GRAPHS[network.architecture.graph](network, plain, notes or {})
