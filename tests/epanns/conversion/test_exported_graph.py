"""Any network with a log-mel front end as a graph: it computes what PyTorch computes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from epanns.conversion import exported_graph, graphs
from epanns.frontend.parameters import LogMelParameters
from epanns.networks.architecture import Architecture
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.networks.cnn14_network import Cnn14
from epanns.runtimes.onnx_runtime import OnnxRuntime
from tests.support.golden.standin import (
    ARCHITECTURES,
    NARROW_EMBEDDING,
    NARROW_WIDTHS,
    build,
    narrow,
)

# Not the numbers of PANNs: nothing of theirs may be taken for granted.
COARSE = replace(
    CNN14,
    name="coarse",
    front_end=LogMelParameters(16000, n_fft=512, hop=160, mels=64, f_min=60, f_max=7800),
    least_samples=31 * 160,
)


def exported(entry: Architecture) -> tuple[Cnn14, OnnxRuntime]:
    """A narrow network, converted by PyTorch's exporter."""
    network = Cnn14(entry, NARROW_WIDTHS, NARROW_EMBEDDING).eval()
    learnt = {name: value for name, value in build().state_dict().items() if "logmel" not in name}
    learnt = {name: value for name, value in learnt.items() if "spectrogram" not in name}
    network.load_state_dict(learnt, strict=False)
    model = exported_graph.build(network, False, {"title": "Narrow"})
    return network, OnnxRuntime(model.SerializeToString(), architecture=entry)


@pytest.fixture(scope="module", params=[CNN14, CNN14_DECISION_LEVEL_MAX, COARSE])
def pair(request: pytest.FixtureRequest) -> tuple[Cnn14, OnnxRuntime]:
    return exported(request.param)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("samples", [100, 9920, 32000, 33333])
def test_outputs_are_those_of_the_network(
    pair: tuple[Cnn14, OnnxRuntime], batch: int, samples: int
) -> None:
    network, runtime = pair
    waveforms = np.random.default_rng(5).normal(0, 0.1, (batch, samples)).astype(np.float32)
    with torch.inference_mode():
        expected = network(torch.from_numpy(waveforms))
    found = runtime.run(waveforms)
    np.testing.assert_allclose(found.logits, expected.logits, rtol=0, atol=1e-3)
    np.testing.assert_allclose(found.scores, expected.logits.sigmoid(), rtol=0, atol=2e-4)
    np.testing.assert_allclose(found.embedding, expected.embedding, rtol=0, atol=1e-3)
    assert (found.framewise is None) == (expected.framewise is None)
    if found.framewise is not None:
        np.testing.assert_allclose(found.framewise, expected.framewise, rtol=0, atol=2e-4)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_can_be_exported_for_batches_of_any_size(name: str) -> None:
    network = narrow(name)
    model = exported_graph.build(network, False, {}).SerializeToString()
    runtime = OnnxRuntime(model, architecture=network.architecture)
    for batch, samples in ((1, 16000), (3, 20480)):
        waveforms = np.random.default_rng(5).normal(0, 0.1, (batch, samples)).astype(np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(waveforms))
        np.testing.assert_allclose(
            runtime.run(waveforms).logits, expected.logits, rtol=0, atol=1e-3
        )


def test_notes_and_the_width_of_embeddings_are_kept(pair: tuple[Cnn14, OnnxRuntime]) -> None:
    assert pair[1].title == "Narrow" and pair[1].embedding_width == NARROW_EMBEDDING


def test_an_architecture_says_how_it_becomes_a_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    for name in graphs.GRAPHS:
        monkeypatch.setitem(graphs.GRAPHS, name, lambda *_, name=name: taken.append(name))
    network = build()
    graphs.build(network)
    network.architecture = replace(CNN14, graph="exported")
    graphs.build(network)
    assert taken == ["cnn14", "exported"]
