"""Static quantisation to int8: a quarter of the weights' size, and faster on some processors.

Weights and activations of the convolutions and linear layers become 8-bit numbers, each output
channel of a weight with a scale of its own, each activation with a range from a percentile of its
values (Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference"). The
layers at both ends of the network stay in float32.
"""

import contextlib
import io
import logging
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from epanns.audio.level import SILENCE_DBFS, rms_dbfs
from epanns.audio.offline_resampling import resampled
from epanns.conversion import cache
from epanns.conversion.convert import notes_of
from epanns.conversion.graphs import build
from epanns.conversion.probe_sounds import Segments
from epanns.errors import WeightsError, cause
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks.architecture import Architecture
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.network import Network
from epanns.paths import CONVERTED
from epanns.runtimes.onnx_runtime import OnnxRuntime, graph_inputs

PERCENTILE = 99.999  # of an activation's values that its range holds
LARGEST_DEVIATION = 0.005  # of a score, on average
LEAST_AGREEMENT = 0.98  # share of segments whose first class stays the first
FEWEST_SEGMENTS = 50  # from which an agreement is estimated


@dataclass(frozen=True, slots=True)
class QuantisationReport:
    """How far the scores of a quantised network are from those in float32.

    Attributes:
        segments: how many were scored.
        heard: how many of them were not silent.
        mean, largest: absolute deviation of a score.
        agreement: share, 0 to 1, of the segments that were not silent whose first class is the
            same.
    """

    segments: int
    heard: int
    mean: float
    largest: float
    agreement: float

    @property
    def good(self) -> bool:
        """Whether the network may be used in place of the one in float32."""
        enough = self.heard >= FEWEST_SEGMENTS
        return enough and self.mean <= LARGEST_DEVIATION and self.agreement >= LEAST_AGREEMENT

    def __str__(self) -> str:
        """In one line."""
        return (
            f"mean deviation {self.mean:.5f}, largest {self.largest:.3f}, top-1 agreement"
            f" {100 * self.agreement:.1f} % on {self.heard} segments that are not silent"
        )


def quantise(network: Network, segments: Segments, notes: Mapping[str, str]) -> bytes:
    """The network in int8, as an ONNX file.

    Args:
        network: in evaluation mode.
        segments: sounds of every kind, float32 (segments, samples) in [-1, 1] at the network's
            rate; they determine the ranges of the activations.
        notes: the metadata of the network in float32.
    """
    model = build(network, plain=True)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, quantised = Path(folder) / "plain.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, plain)
        quantize_static(
            plain,
            quantised,
            _Reader(segments, network.architecture),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Relu", "MatMul"],
            nodes_to_exclude=_left_in_float(model),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": PERCENTILE, "CalibMaxIntermediateOutputs": 8},
        )
        result = onnx.load(quantised)
    onnx.helper.set_model_props(result, {**notes, "title": f"{network.title}, int8"})
    content: bytes = result.SerializeToString()
    return content


def compare(quantised: OnnxRuntime, full: OnnxRuntime, segments: Segments) -> QuantisationReport:
    """How far the scores of a quantised network are from those in float32.

    Args:
        quantised: the network in int8.
        full: the same in float32.
        segments: float32 (segments, samples) in [-1, 1] at the network's rate.
    """
    deviations, same = [], []
    for segment in segments:
        scores, expected = quantised.run(segment[None]).scores, full.run(segment[None]).scores
        deviations.append(np.abs(scores - expected))
        if rms_dbfs(segment) > SILENCE_DBFS:  # else the first class is not shown
            same.append(scores.argmax() == expected.argmax())
    return QuantisationReport(
        len(segments),
        len(same),
        float(np.mean(deviations)),
        float(np.max(deviations)),
        float(np.mean(same)) if same else 1.0,
    )


def install(
    checkpoint: Path,
    calibration: Segments,
    trial: Segments,
    architecture: Architecture | None = None,
) -> tuple[QuantisationReport, Path]:
    """Quantise a checkpoint and keep the result beside it, if it is good.

    Args:
        checkpoint: the PyTorch weights.
        calibration: segments that determine the ranges, float32 (segments, samples) in [-1, 1] at
            32 kHz.
        trial: segments whose scores are compared, of the same kind.
        architecture: what the weights are for; see epanns.networks.checkpoint.load_checkpoint.

    Raises:
        WeightsError: the network has nothing to quantise, the scores of the result are too far from
            those in float32, or it cannot be written.
    """
    network = load_checkpoint(checkpoint, architecture)
    rate = network.architecture.sample_rate
    calibration, trial = (resampled(each, SAMPLE_RATE, rate) for each in (calibration, trial))
    content = quantise(network, calibration, notes_of(network, checkpoint))
    if not _is_quantised(content):
        raise WeightsError(
            f"{checkpoint} stays in fp32: between its first and its last layer there is no"
            " convolution or linear layer for int8."
        )
    full = OnnxRuntime(build(network).SerializeToString(), architecture=network.architecture)
    report = compare(OnnxRuntime(content, architecture=network.architecture), full, trial)
    if not report.good:
        raise WeightsError(
            f"{checkpoint} loses too much in int8 and stays in fp32: {report}; wanted are a mean"
            f" of at most {LARGEST_DEVIATION} and an agreement of at least"
            f" {100 * LEAST_AGREEMENT:g} % on {FEWEST_SEGMENTS} segments or more."
        )
    try:
        return report, cache.keep(checkpoint, "int8", content, network.architecture.copy_tag)
    except OSError as error:
        raise WeightsError(
            f"Neither {checkpoint.parent} nor {CONVERTED} can be written to ({cause(error)}), so"
            " the quantised network was not kept."
        ) from None


class _Reader(CalibrationDataReader):
    """Passes what the graph takes of one segment after the other to the quantiser."""

    def __init__(self, segments: Segments, architecture: Architecture) -> None:
        self._architecture = architecture
        self._segments: Iterator[NDArray[np.float32]] = iter(segments)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        segment = next(self._segments, None)
        return None if segment is None else graph_inputs(segment[None], self._architecture)


def _is_quantised(content: bytes) -> bool:
    """Whether any layer of an ONNX file is in int8."""
    nodes = onnx.load_from_string(content).graph.node
    return any(node.op_type == "QuantizeLinear" for node in nodes)


def _left_in_float(model: onnx.ModelProto) -> list[str]:
    """The nodes at both ends of a network, as far as it has them.

    At the beginning the mel bands and the first convolution with its ReLU, at the end the ReLU that
    makes the embedding and the last linear layer: they are small, and errors there count most.
    """
    convolutions, relus, products = (
        [node.name for node in model.graph.node if node.op_type == operation]
        for operation in ("Conv", "Relu", "MatMul")
    )
    return [*products[:1], *convolutions[:1], *relus[:1], *relus[-1:], *products[-1:]]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the quantiser prints and logs from the user's terminal."""
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.getLogger().setLevel(level)
