"""The converted graph computes what the PyTorch network computes, whatever the widths."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnx.utils import Extractor

from epanns.conversion.cnn14_graph import build
from epanns.networks.cnn14 import CNN14
from epanns.networks.cnn14_layers import CNN14_WIDTHS
from epanns.networks.cnn14_network import Cnn14
from epanns.runtimes.onnx_runtime import OnnxRuntime
from tests.support.golden import standin
from tests.support.programs import ROOT
from tests.support.recordings import every_nth

FAST_WIDTHS = (64, 80, 96, 64, 64, 112, 5, 6, 7, 8, 9, 10)  # fast blocks, and odd widths after them


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(5).normal(0, 0.1, shape).astype(np.float32)


def operations(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def from_log_mel(model: onnx.ModelProto, log_mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """The scores that the rest of the graph makes of a log-mel spectrogram."""
    rest = Extractor(model).extract_model(["log_mel"], ["scores"])
    session = onnxruntime.InferenceSession(rest.SerializeToString())
    scores: NDArray[np.float32] = session.run(None, {"log_mel": log_mel})[0]
    return scores


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("framewise", [False, True])
@pytest.mark.parametrize("widths", [standin.NARROW_WIDTHS, FAST_WIDTHS])
@pytest.mark.parametrize("samples", [9920, 32000, 33333])
def test_same_scores_on_the_same_log_mel(
    widths: Sequence[int], framewise: bool, plain: bool, samples: int
) -> None:
    network = standin.build(widths, framewise=framewise)
    waveforms = torch.from_numpy(noise(2, samples))
    with torch.inference_mode():
        expected = torch.sigmoid(network(waveforms).logits).numpy()
        log_mel = network.log_mel(waveforms).numpy()
    found = from_log_mel(build(network, plain), log_mel)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_fast_blocks_halve_the_multiplications_of_wide_networks() -> None:
    network = standin.build(FAST_WIDTHS)
    assert multiplications(build(network)) < 0.6 * multiplications(build(network, plain=True))


def multiplications(model: onnx.ModelProto) -> float:
    """Multiplications of the convolutions that take more than one channel, for 100 frames."""
    inferred = onnx.shape_inference.infer_shapes(_with_frames(model, 100), data_prop=True)
    shapes = {
        value.name: [size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in inferred.graph.value_info
    }
    weights = {each.name: each.dims for each in inferred.graph.initializer}
    counts = [
        float(np.prod(weights[node.input[1]])) * np.prod(shapes[node.output[0]][2:])
        for node in inferred.graph.node
        if node.op_type == "Conv" and weights[node.input[1]][1] > 1
    ]
    return sum(counts)


def _with_frames(model: onnx.ModelProto, frames: int) -> onnx.ModelProto:
    """The model for one batch and a fixed number of frames, shapes yet to be inferred."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    batch, time, _ = fixed.graph.input[0].type.tensor_type.shape.dim
    batch.dim_value, time.dim_value = 1, frames
    del fixed.graph.value_info[:]
    return fixed


def test_narrow_networks_keep_their_convolutions() -> None:
    plain_block = ["Conv", "Relu", "Conv", "Relu", "AveragePool"]
    found = [each for each in operations(build(standin.build())) if each in plain_block]
    assert found[:25] == 5 * ["Conv", "Relu", "Conv", "Relu", "Conv"]  # pools are convolutions


def test_half_precision_weights_are_kept_so_and_lose_nothing() -> None:
    network = standin.build()
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(value.half().float())
    compact, full = build(network), build(standin.build())
    assert compact.ByteSize() < 0.8 * full.ByteSize()
    waveforms = noise(1, 32000)
    with torch.inference_mode():
        expected = network(torch.from_numpy(waveforms)).logits.numpy()
    found = OnnxRuntime(compact.SerializeToString()).run(waveforms).logits
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_notes_are_in_the_model() -> None:
    model = build(standin.build(), notes={"title": "Narrow", "summary": "a\nb"})
    runtime = OnnxRuntime(model.SerializeToString())
    assert (runtime.title, runtime.summary) == ("Narrow", "a\nb")


def test_scores_on_real_segments(shared: Path, tmp_path: Path) -> None:
    """200 real segments through the starter, half of them through E-PANNs-sized weights."""
    from epanns.conversion.probe_sounds import recorded_segments
    from epanns.networks.checkpoint import load_checkpoint
    from epanns.paths import MODELS

    segments = recorded_segments(every_nth(7, shared / "audio" / "esc10", tmp_path / "some"))[:200]
    assert len(segments) == 200
    starter = load_checkpoint(MODELS / "starter.pth")
    assert isinstance(starter, Cnn14)
    epanns = standin.build(*standin.NETWORKS["epanns"])
    for network, heard in ((starter, segments), (epanns, segments[::2])):
        runtime = OnnxRuntime(build(network).SerializeToString(), threads=2)
        for batch in np.split(heard, len(heard) // 10):
            with torch.inference_mode():
                expected = torch.sigmoid(network(torch.from_numpy(batch)).logits).numpy()
            np.testing.assert_allclose(runtime.run(batch).scores, expected, rtol=0, atol=2e-4)


@pytest.mark.skipif(
    (ROOT.parent / "shared").is_dir(), reason="test_golden.py builds it and compares its scores"
)
def test_every_published_width_can_be_built() -> None:
    assert "Reshape" in operations(build(Cnn14(CNN14, widths=CNN14_WIDTHS).eval()))
