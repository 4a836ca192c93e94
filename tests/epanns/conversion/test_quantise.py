"""int8: close to float32, smaller, and refused where it is not close."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray

from epanns import AudioTagger, WeightsError
from epanns.conversion import cache
from epanns.conversion import quantise as module
from epanns.conversion.cnn14_graph import build as build_graph
from epanns.conversion.probe_sounds import computed_segments, sample_segments
from epanns.conversion.quantise import QuantisationReport, compare, install, quantise
from epanns.networks.checkpoint import load_checkpoint, save_checkpoint
from epanns.paths import MODELS
from epanns.runtimes.onnx_runtime import OnnxRuntime
from tests.support.golden import standin
from tests.support.own_architecture import own_network


@pytest.fixture(scope="module")
def starter() -> bytes:
    """The starter model in int8."""
    segments = np.concatenate([sample_segments(), computed_segments()])
    return quantise(load_checkpoint(MODELS / "starter.pth"), segments, {})


def test_quantised_starter_agrees_with_itself_in_float32(starter: bytes) -> None:
    full = OnnxRuntime(cache.find(MODELS / "starter.pth", "fp32") or b"")
    report = compare(OnnxRuntime(starter), full, sample_segments(hop=0.7))
    assert report.good, report
    assert report.mean < 0.001 and report.agreement >= 0.98 and report.segments > 75


def test_quantised_starter_agrees_on_recordings(starter: bytes, shared: Path) -> None:
    from epanns.conversion.probe_sounds import recorded_segments

    full = OnnxRuntime(cache.find(MODELS / "starter.pth", "fp32") or b"")
    segments = recorded_segments(shared / "audio" / "esc10")[::4]
    report = compare(OnnxRuntime(starter), full, segments)
    assert report.good, report


def test_all_but_the_first_convolution_and_the_head_is_int8(starter: bytes) -> None:
    model = onnx.load_from_string(starter)
    weights = {each.name: each.data_type for each in model.graph.initializer}
    kinds = {
        node.name: [weights.get(name) for name in node.input]
        for node in model.graph.node
        if node.op_type in ("Conv", "MatMul")
    }
    in_float = [name for name, inputs in kinds.items() if onnx.TensorProto.FLOAT in inputs]
    assert [name.partition("_")[0] for name in in_float] == ["MatMul", "Conv", "MatMul"]
    assert len(kinds) == 12 + 5 + 3  # convolutions, pools, mel bands and linear layers
    in_int8 = [data_type for data_type in weights.values() if data_type == onnx.TensorProto.INT8]
    assert len(in_int8) >= 11 + 1


def test_scales_are_per_channel(starter: bytes) -> None:
    model = onnx.load_from_string(starter)
    scales = [
        len(onnx.numpy_helper.to_array(each))
        for each in model.graph.initializer
        if each.name.endswith("_scale") and each.dims and each.dims[0] > 1
    ]
    assert {16, 48, 96, 128, 192, 256} <= set(scales)


def test_good_result_is_kept_and_used(tmp_path: Path) -> None:
    checkpoint = tmp_path / "starter.pth"
    shutil.copy(MODELS / "starter.pth", checkpoint)
    report, path = install(checkpoint, sample_segments(), sample_segments(hop=0.8))
    assert report.good and path == cache.find(checkpoint, "int8")
    tagger = AudioTagger(checkpoint, precision="int8")
    assert tagger.title.endswith("3.5 M values, int8")
    assert tagger.tag(sample_segments()[3]).scores.shape == (527,)


def test_result_that_loses_too_much_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "hard.pth"
    torch.save(standin.hard_to_quantise().state_dict(), checkpoint)
    with pytest.raises(
        WeightsError, match=r"loses too much in int8 .* top-1 agreement .* at least 98"
    ):
        install(checkpoint, sample_segments(), sample_segments(hop=0.8))
    assert [path.name for path in tmp_path.iterdir()] == ["hard.pth"]


@pytest.mark.parametrize("name", standin.ARCHITECTURES)
def test_every_architecture_is_quantised_or_it_is_said_why_not(name: str, tmp_path: Path) -> None:
    path, segments = tmp_path / "narrow.pth", sample_segments()
    save_checkpoint(standin.narrow(name), path)
    try:
        report, kept = install(path, segments[:10], segments)
    except WeightsError as error:
        assert "narrow.pth loses too much in int8 and stays in fp32: mean" in str(error)
        assert cache.find(path, "int8") is None
    else:
        assert report.good and cache.find(path, "int8") == kept
        assert OnnxRuntime(kept).run(segments[:1]).scores.shape[1] > 500


def test_a_network_without_convolutions_is_quantised(tmp_path: Path) -> None:
    with own_network(tmp_path) as own:
        middle = torch.nn.Linear(6, 6)
        own.network.hidden = torch.nn.Sequential(
            own.network.get_submodule("hidden"), torch.nn.ReLU(), middle
        )
        model = onnx.load_from_string(quantise(own.network, sample_segments(), {}))
        assert any(node.op_type == "QuantizeLinear" for node in model.graph.node)


def test_a_network_with_nothing_to_quantise_stays_in_fp32(tmp_path: Path) -> None:
    with own_network(tmp_path) as own:
        with pytest.raises(WeightsError, match=r"two_tones\.pth stays in fp32: between its first"):
            install(own.weights, sample_segments(), sample_segments(hop=0.8))
        assert cache.find(own.weights, "int8") is None


@pytest.mark.parametrize(
    ("heard", "mean", "agreement", "good"),
    [
        (50, 0.005, 0.98, True),
        (50, 0.0051, 1.0, False),
        (50, 0.0, 0.979, False),
        (49, 0.0, 1.0, False),
    ],
)
def test_what_counts_as_good(heard: int, mean: float, agreement: float, good: bool) -> None:
    assert QuantisationReport(100, heard, mean, 0.5, agreement).good is good


def test_silence_does_not_count_for_agreement() -> None:
    network = standin.build()
    full = OnnxRuntime(build_graph(network).SerializeToString())
    with torch.no_grad():
        network.fc_audioset.bias.add_(torch.linspace(0, 9, 527))
    other = OnnxRuntime(build_graph(network).SerializeToString())
    loud: NDArray[np.float32] = computed_segments()[1:2]
    silent = np.zeros_like(loud)
    assert compare(other, full, silent).agreement == 1.0
    assert compare(other, full, np.concatenate([loud, silent])).agreement == 0.0
    assert compare(other, full, silent).largest > 0.3


def test_full_disk_is_named(starter: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.cache, "keep", full)
    monkeypatch.setattr(module, "quantise", lambda *_: starter)
    with pytest.raises(WeightsError, match=r"can be written to \(No space left on device\)"):
        install(MODELS / "starter.pth", sample_segments(), sample_segments(hop=0.8))
