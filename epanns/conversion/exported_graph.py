"""Any network with a log-mel front end as an ONNX graph, by PyTorch's own exporter."""

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
from epanns.networks.network import LogMelNetwork

EXAMPLE_STEPS = 2  # length of the example, in shortest segments


class _AfterSpectrum(nn.Module):
    """From power spectra to the outputs of a converted network."""

    def __init__(self, network: LogMelNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, spectrum: Tensor) -> tuple[Tensor, ...]:
        output = self.network.from_spectrum(spectrum)
        found = (torch.sigmoid(output.logits), output.logits, output.embedding)
        if output.framewise is None:
            return found
        return (*found, output.framewise)


def build(network: LogMelNetwork, plain: bool, notes: Mapping[str, str]) -> onnx.ModelProto:
    """The graph of a network as PyTorch exports it; see epanns.conversion.graphs.

    Args:
        network: in evaluation mode.
        plain: has no effect here.
        notes: metadata to keep in the model.
    """
    architecture = network.architecture
    front_end = architecture.front_end
    frames = front_end.frame_count(EXAMPLE_STEPS * architecture.least_samples)
    outputs = ["scores", "logits", "embedding", *["stepwise"] * architecture.framewise]
    axes = {"spectrum": {0: "batch", 1: "frames"}, **{name: {0: "batch"} for name in outputs}}
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
            _AfterSpectrum(network).eval(),
            (torch.zeros(1, frames, front_end.bins),),
            path,
            input_names=["spectrum"],
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        model = onnx.load(path)
    onnx.helper.set_model_props(model, dict(notes))
    return model
