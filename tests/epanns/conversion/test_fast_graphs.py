"""The graphs of residual and of Wavegram networks compute what PyTorch computes, with less work."""

import numpy as np
import onnx
import pytest
import torch

from epanns.conversion import graphs
from epanns.networks import registry
from epanns.networks.network import Network
from epanns.runtimes.onnx_runtime import OnnxRuntime
from tests.support.golden import standin


class Thin(dict[str, int]):
    """The fewest outputs for which minimal filtering pays."""

    def get(self, layer: str, published: int) -> int:  # type: ignore[override]
        return min(published, 128 if layer == "pre_block3.conv2" else 64)


def thin(name: str) -> Network:
    return standin.filled(registry.get(name).create(sizes=Thin(all=1)))


@pytest.mark.parametrize(
    "name", ["resnet22", "resnet38", "resnet54", "wavegram_cnn14", "wavegram_logmel_cnn14"]
)
def test_outputs_are_those_of_the_network(name: str) -> None:
    network = thin(name)
    model = graphs.build(network)
    assert "Split" in [node.op_type for node in model.graph.node], "made by minimal filtering"
    runtime = OnnxRuntime(model.SerializeToString(), architecture=network.architecture)
    random = np.random.default_rng(5)
    for batch, samples in ((1, 9920), (3, 32000), (1, 33333), (2, 100)):
        waveforms = random.normal(0, 0.1, (batch, samples)).astype(np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(waveforms))
        found = runtime.run(waveforms)
        np.testing.assert_allclose(found.logits, expected.logits, rtol=0, atol=1e-4)
        np.testing.assert_allclose(found.embedding, expected.embedding, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ["resnet22", "wavegram_logmel_cnn14"])
def test_quantisation_and_narrow_networks_take_the_layers_as_they_are(name: str) -> None:
    narrow = standin.narrow(name)
    for model in (graphs.build(thin(name), plain=True), graphs.build(narrow)):
        assert isinstance(model, onnx.ModelProto)
        assert "Split" not in [node.op_type for node in model.graph.node]


def test_efficientat_is_that_of_the_network_at_any_length() -> None:
    network = standin.filled(registry.get("efficientat").create())
    model = graphs.build(network)
    assert "ReduceMean" not in [node.op_type for node in model.graph.node], "made by hand"
    runtime = OnnxRuntime(model.SerializeToString(), architecture=network.architecture)
    random = np.random.default_rng(5)
    for batch, samples in ((1, 6400), (3, 32000), (1, 33333), (2, 100), (1, 160000)):
        waveforms = random.normal(0, 0.1, (batch, samples)).astype(np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(waveforms))
        found = runtime.run(waveforms)
        np.testing.assert_allclose(found.logits, expected.logits, rtol=0, atol=1e-4)
        np.testing.assert_allclose(found.embedding, expected.embedding, rtol=1e-5, atol=1e-4)
