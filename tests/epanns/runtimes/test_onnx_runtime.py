"""The live path: a converted network says what the network in PyTorch says."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from epanns.conversion.cnn14_graph import build as build_graph
from epanns.frontend.parameters import PANNS
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.networks.cnn14_network import Cnn14
from epanns.paths import ROOT
from epanns.runtimes.onnx_runtime import OnnxRuntime
from epanns.runtimes.torch_runtime import TorchRuntime
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.golden.standin import NARROW_EMBEDDING, build


def noise(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 0.1, shape).astype(np.float32)


def graph(network: Cnn14, notes: Mapping[str, str] | None = None) -> bytes:
    """What is in the file of a converted network."""
    content: bytes = build_graph(network, notes=notes).SerializeToString()
    return content


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "narrow.pth"
    torch.save(build().state_dict(), path)
    return path


@pytest.fixture(scope="module")
def runtime() -> OnnxRuntime:
    return OnnxRuntime(graph(build()))


@settings(max_examples=15)
@given(samples=st.integers(1, 40000))
def test_is_what_torch_says_of_any_length(
    checkpoint: Path, runtime: OnnxRuntime, samples: int
) -> None:
    waveforms = noise(2, samples)
    expected = TorchRuntime(checkpoint).run(waveforms)
    scored = runtime.run(waveforms)
    np.testing.assert_allclose(scored.scores, expected.scores, atol=2e-4)
    np.testing.assert_allclose(scored.logits, expected.logits, atol=1e-3)
    np.testing.assert_allclose(scored.embedding, expected.embedding, atol=1e-3)
    assert scored.framewise is None


@pytest.mark.parametrize("samples", [100, 9920, 32000, 47777])
def test_frames_are_what_torch_says(checkpoint: Path, samples: int) -> None:
    architecture = CNN14_DECISION_LEVEL_MAX
    expected = TorchRuntime(checkpoint, architecture).run(noise(2, samples))
    runtime = OnnxRuntime(graph(build(framewise=True)), architecture=architecture)
    scored = runtime.run(noise(2, samples))
    assert scored.framewise is not None and expected.framewise is not None
    assert scored.framewise.shape == (2, PANNS.frame_count(samples), 527)
    np.testing.assert_allclose(scored.framewise, expected.framewise, atol=2e-4)
    np.testing.assert_allclose(scored.scores, expected.scores, atol=2e-4)
    np.testing.assert_allclose(scored.embedding, expected.embedding, atol=1e-3)


@pytest.mark.parametrize("batch", [1, 3, 8])
@pytest.mark.parametrize("threads", [1, 2])
def test_batch_and_threads_do_not_change_the_scores(
    runtime: OnnxRuntime, batch: int, threads: int
) -> None:
    waveforms = noise(batch, 32000)
    found = OnnxRuntime(graph(build()), threads).run(waveforms).scores
    alone = [runtime.run(waveform[None]).scores[0] for waveform in waveforms]
    np.testing.assert_allclose(found, alone, rtol=0, atol=1e-6)


def test_segments_of_a_stream_are_scored_as_each_by_itself(runtime: OnnxRuntime) -> None:
    stream = noise(1, 60_000, seed=1)
    for start in (0, 3200, 6400, 7001, 20_000):
        segment = stream[:, start : start + 32_000]
        expected = runtime.run(segment).scores
        np.testing.assert_array_equal(runtime.run(segment, start).scores, expected)


def test_it_says_which_network_it_is() -> None:
    runtime = OnnxRuntime(graph(build(), {"title": "Narrow", "summary": "a\nb", "learnt": "12"}))
    assert (runtime.title, runtime.summary, runtime.remark) == ("Narrow", "a\nb", "")
    assert (runtime.architecture, runtime.vocabulary) == (CNN14, AUDIOSET)
    assert runtime.embedding_width == NARROW_EMBEDDING and runtime.learnt == 12
    assert OnnxRuntime(graph(build(), {})).learnt is None, "of an older copy it is not known"


def test_architecture_is_what_the_caller_knows_or_else_what_the_file_says() -> None:
    said = graph(build(framewise=True), {"architecture": CNN14_DECISION_LEVEL_MAX.name})
    assert OnnxRuntime(said).architecture is CNN14_DECISION_LEVEL_MAX
    framewise = OnnxRuntime(said).run(noise(1, 32000)).framewise
    assert framewise is not None and framewise.shape == (1, 101, 527)
    told = OnnxRuntime(graph(build(framewise=True), {}), architecture=CNN14_DECISION_LEVEL_MAX)
    assert told.architecture is CNN14_DECISION_LEVEL_MAX


def test_a_framewise_network_is_not_taken_for_another_nor_another_for_it() -> None:
    """Its frames would be wrong without a word."""
    with pytest.raises(ValueError, match="it is no cnn14"):
        OnnxRuntime(graph(build(framewise=True), {}))
    with pytest.raises(ValueError, match="it is no cnn14_decision_level_max"):
        OnnxRuntime(graph(build(), {}), architecture=CNN14_DECISION_LEVEL_MAX)


def test_a_copy_that_takes_other_inputs_than_its_architecture_is_refused() -> None:
    takes_bands = replace(CNN14, inputs=("bands",))
    with pytest.raises(ValueError, match="it is no cnn14"):
        OnnxRuntime(graph(build(), {}), architecture=takes_bands)


def test_classes_are_what_the_file_says_or_else_the_architectures() -> None:
    names = [f"class {number}" for number in range(527)]
    runtime = OnnxRuntime(graph(build(), {"classes": json.dumps(names)}))
    assert runtime.vocabulary.names == tuple(names)


@pytest.mark.parametrize(
    "notes",
    [
        {"architecture": "unheard of"},
        {"classes": "[1"},
        {"classes": '["a", "a"]'},
        {"learnt": "many"},
    ],
)
def test_what_a_file_says_of_itself_and_cannot_be_is_refused(notes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no ONNX model"):
        OnnxRuntime(graph(build(), notes))


def test_a_file_is_as_good_as_its_content(runtime: OnnxRuntime, tmp_path: Path) -> None:
    path = tmp_path / "narrow.onnx"
    path.write_bytes(graph(build()))
    expected = runtime.run(noise(1, 32000)).scores
    np.testing.assert_array_equal(OnnxRuntime(path).run(noise(1, 32000)).scores, expected)


def test_what_is_no_model_is_named() -> None:
    with pytest.raises(ValueError, match="no ONNX model"):
        OnnxRuntime(b"nothing of the kind")


def test_nothing_is_reported_to_the_makers_of_onnx_runtime(tmp_path: Path) -> None:
    code = "import os, epanns.conversion, onnxruntime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=os.environ | home, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout == "1\n"
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("name", ["scores", "embedding"])
def test_a_model_without_an_output_is_named(name: str) -> None:
    model = build_graph(build())
    for node in model.graph.node:
        node.output[:] = ["other" if output == name else output for output in node.output]
        node.input[:] = ["other" if value == name else value for value in node.input]
    for output in model.graph.output:
        output.name = "other" if output.name == name else output.name
    with pytest.raises(ValueError, match=rf"no ONNX model that can be run \({name}\)"):
        OnnxRuntime(model.SerializeToString())
