"""Any network as an ONNX graph, by PyTorch's own exporter."""

import contextlib
import io
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from epanns.conversion.graph_builder import OPSET
from epanns.networks.network import Network

EXAMPLE_STEPS = 2  # length of the example, in shortest segments


class _FromInputs(nn.Module):
    """From what the converted network takes to its outputs."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        named = zip(self.network.architecture.inputs, inputs, strict=True)
        output = self.network.from_inputs(dict(named))
        found = (torch.sigmoid(output.logits), output.logits, output.embedding)
        if output.framewise is None:
            return found
        return (*found, output.framewise)


def build(network: Network, plain: bool, notes: Mapping[str, str]) -> onnx.ModelProto:
    """The graph of a network as PyTorch exports it; see epanns.conversion.graphs.

    Args:
        network: in evaluation mode.
        plain: has no effect here.
        notes: metadata to keep in the model.
    """
    architecture = network.architecture
    front_end = architecture.front_end
    samples = EXAMPLE_STEPS * architecture.least_samples
    examples = {
        "spectrum": torch.zeros(1, front_end.frame_count(samples), front_end.bins),
        "bands": torch.zeros(1, front_end.frame_count(samples), front_end.mels),
        "waveform": torch.zeros(1, samples),
    }
    lengths = {"spectrum": "frames", "bands": "frames", "waveform": "samples"}
    outputs = ["scores", "logits", "embedding", *["stepwise"] * architecture.framewise]
    axes = {name: {0: "batch", 1: lengths[name]} for name in architecture.inputs}
    axes |= {name: {0: "batch"} for name in outputs}
    if architecture.framewise:
        axes["stepwise"][1] = "steps"
    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        path = Path(folder) / "network.onnx"
        warnings.simplefilter("ignore")  # the exporter without onnxscript is called deprecated
        torch.onnx.export(
            _FromInputs(network).eval(),
            tuple(examples[name] for name in architecture.inputs),
            path,
            input_names=list(architecture.inputs),
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        model = onnx.load(path)
    onnx.helper.set_model_props(model, dict(notes))
    return model
