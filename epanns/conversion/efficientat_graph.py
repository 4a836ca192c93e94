"""EfficientAT as an ONNX graph; of so small a network every operation counts."""

from collections.abc import Mapping
from dataclasses import replace

import onnx

from epanns.conversion import direct
from epanns.conversion.direct import Image
from epanns.conversion.folding import State, folded
from epanns.conversion.graph_builder import GraphBuilder
from epanns.networks.efficientat_network import BLOCKS, EPSILON, OFFSET, SCALE, EfficientAT

HARD, SOFT = "HardSwish", "Relu"
GATE = "conc_se_layers.0"


def build(network: EfficientAT, plain: bool, notes: Mapping[str, str]) -> onnx.ModelProto:
    """The graph of a network; see epanns.conversion.graphs.

    Args:
        network: in evaluation mode.
        plain: has no effect here.
        notes: metadata to keep in the model.
    """
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    graph = GraphBuilder(compact=not plain)
    front_end = network.architecture.front_end
    image = _log_mel(graph, front_end.mels, front_end.floor)
    image = _unit(graph, image, state, "features.0", HARD, strides=True)
    for number, block in enumerate(BLOCKS, 1):
        activation = HARD if block.hard else SOFT
        strides = block.stride == 2
        image = _block(graph, image, state, f"features.{number}.block", activation, strides)
    image = _unit(graph, image, state, f"features.{len(BLOCKS) + 1}", HARD)
    _classify(graph, image, state)
    classes = len(state["classifier.5.bias"])
    outputs = {
        "scores": ("batch", classes),
        "logits": ("batch", classes),
        "embedding": ("batch", image.channels),
    }
    return graph.model({"bands": ("batch", "frames", front_end.mels)}, outputs, notes)


def _log_mel(graph: GraphBuilder, mels: int, floor: float) -> Image:
    """From the power in mel bands, (batch, frames, mels), to an image with low bands on top."""
    levels = graph.add("Log", graph.add("Add", "bands", graph.constant(floor)))
    scaled = graph.add("Mul", levels, graph.constant(SCALE))
    shifted = graph.add("Add", scaled, graph.constant(OFFSET * SCALE))
    upright = graph.add("Transpose", shifted, perm=[0, 2, 1])
    return Image(graph.add("Unsqueeze", upright, graph.constant([1])), 1, mels, "frames")


def _block(
    graph: GraphBuilder, image: Image, state: State, name: str, activation: str, strides: bool
) -> Image:
    """Widen, filter each channel, perhaps gate, and narrow; beside the image where that fits."""
    units = sorted({key.split(".")[3] for key in state if key.startswith(f"{name}.")})
    made = image
    gates = [unit for unit in units if f"{name}.{unit}.{GATE}.fc1.weight" in state]
    *filters, last = [unit for unit in units if unit not in gates]
    for index, unit in enumerate(filters, 1):
        reduces = strides and index == len(filters)
        made = _unit(graph, made, state, f"{name}.{unit}", activation, reduces)
    for unit in gates:
        made = _gated(graph, made, state, f"{name}.{unit}.{GATE}")
    fits = not strides and len(state[f"{name}.{last}.1.bias"]) == image.channels
    return _unit(graph, made, state, f"{name}.{last}", plus=image if fits else None)


def _unit(
    graph: GraphBuilder,
    image: Image,
    state: State,
    name: str,
    activation: str = "",
    strides: bool = False,
    plus: Image | None = None,
) -> Image:
    """A convolution with its batch norm folded in."""
    layer = folded(state, f"{name}.0", f"{name}.1", EPSILON)
    assert isinstance(image.height, int)
    halved = (image.height // 2, f"{image.width} / 2") if strides else None
    return direct.convolve(graph, image, layer, plus, activation, halved)


def _gated(graph: GraphBuilder, image: Image, state: State, name: str) -> Image:
    """Each channel times a factor that follows from the means of all of them.

    As convolutions of an image of one point, whose channels onnxruntime keeps as it likes them.
    """
    point = graph.add("GlobalAveragePool", image.name)
    for layer, activation in (("fc1", "Relu"), ("fc2", "Sigmoid")):
        weight = graph.constant(state[f"{name}.{layer}.weight"][:, :, None, None])
        bias = graph.constant(state[f"{name}.{layer}.bias"])
        point = graph.add(activation, graph.add("Conv", point, weight, bias, kernel_shape=[1, 1]))
    return replace(image, name=graph.add("Mul", image.name, point, shape=image.shape))


def _classify(graph: GraphBuilder, image: Image, state: State) -> None:
    """The two linear layers on the mean of the image."""
    point = graph.add("GlobalAveragePool", image.name)
    embedding = graph.add("Flatten", point, name="embedding")
    hidden = graph.add(HARD, _linear(graph, embedding, state, "classifier.2"))
    logits = _linear(graph, hidden, state, "classifier.5", name="logits")
    graph.add("Sigmoid", logits, name="scores")


def _linear(graph: GraphBuilder, values: str, state: State, layer: str, name: str = "") -> str:
    weight = graph.constant(state[f"{layer}.weight"])
    bias = graph.constant(state[f"{layer}.bias"])
    return graph.add("Gemm", values, weight, bias, name=name, transB=1)
