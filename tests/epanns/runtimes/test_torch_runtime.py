"""The reference says what the network in PyTorch says."""

from pathlib import Path

import numpy as np
import pytest
import torch

from epanns.errors import WeightsError
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.runtimes.torch_runtime import TorchRuntime
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.golden.standin import NARROW_EMBEDDING, build, waveforms


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "narrow.pth"
    torch.save(build().state_dict(), path)
    return path


def test_output_is_the_networks(checkpoint: Path) -> None:
    runtime, network = TorchRuntime(checkpoint), build()
    waveform = waveforms()["tones"][None]
    with torch.inference_mode():
        expected = network(torch.from_numpy(waveform))
    found = runtime.run(waveform)
    np.testing.assert_allclose(found.logits, expected.logits, atol=1e-6)
    np.testing.assert_allclose(found.scores, expected.logits.sigmoid(), atol=1e-6)
    np.testing.assert_allclose(found.embedding, expected.embedding, atol=1e-6)
    assert found.framewise is None


def test_it_says_which_network_it_is(checkpoint: Path) -> None:
    runtime, network = TorchRuntime(checkpoint), build()
    assert (runtime.architecture, runtime.vocabulary) == (CNN14, AUDIOSET)
    assert (runtime.title, runtime.summary) == (network.title, network.summary)
    assert runtime.embedding_width == NARROW_EMBEDDING and runtime.remark == ""
    assert runtime.learnt == network.learnt


def test_architecture_is_the_one_asked_for(checkpoint: Path) -> None:
    runtime = TorchRuntime(checkpoint, CNN14_DECISION_LEVEL_MAX)
    framewise = runtime.run(waveforms()["tones"][None]).framewise
    assert runtime.architecture == CNN14_DECISION_LEVEL_MAX
    assert framewise is not None and framewise.shape == (1, 101, 527)


def test_arrays_that_torch_does_not_take_are_copied(checkpoint: Path) -> None:
    runtime, waveform = TorchRuntime(checkpoint), waveforms()["tones"][None]
    backwards = waveform[:, ::-1]
    backwards.setflags(write=False)
    expected = runtime.run(np.ascontiguousarray(backwards)).scores
    np.testing.assert_array_equal(runtime.run(backwards).scores, expected)


def test_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nothing\.pth"):
        TorchRuntime(tmp_path / "nothing.pth")
