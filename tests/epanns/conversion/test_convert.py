"""A conversion is checked against PyTorch before anybody uses it."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from epanns.conversion import cache
from epanns.conversion import convert as module
from epanns.conversion.cnn14_graph import build as build_graph
from epanns.conversion.convert import convert, deviates
from epanns.errors import ConversionError
from epanns.networks.cnn14_network import Cnn14
from epanns.runtimes.onnx_runtime import OnnxRuntime
from tests.support.golden.standin import build


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "narrow.pth"
    torch.save(build().state_dict(), path)
    return path


def test_result_is_kept_beside_the_checkpoint(checkpoint: Path) -> None:
    path = convert(checkpoint)
    assert path == cache.find(checkpoint, "fp32")
    assert isinstance(path, Path) and OnnxRuntime(path).title.startswith("Cnn14 4/6")


def test_head_is_the_one_asked_for(checkpoint: Path) -> None:
    path = convert(checkpoint, framewise=True)
    assert isinstance(path, Path)
    assert OnnxRuntime(path).run(np.zeros((1, 32000), np.float32)).framewise is not None


def test_wrong_result_is_refused(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = build()
    with torch.no_grad():
        other.fc_audioset.bias[300] += 0.01  # one class of 527, by a little
    monkeypatch.setattr(module, "build", lambda network, plain, notes: build_graph(other, plain))
    with pytest.raises(ConversionError, match=r"scores 0\.00\d beside PyTorch's .*runtime torch"):
        convert(checkpoint)
    assert cache.find(checkpoint, "fp32") is None


def test_scores_that_are_no_numbers_deviate() -> None:
    network, other = build(), build()
    with torch.no_grad():
        other.fc1.bias[0] = torch.nan
    assert deviates(network, OnnxRuntime(build_graph(other).SerializeToString())) > 1
    assert deviates(network, OnnxRuntime(build_graph(network).SerializeToString())) < 2e-5


def test_plain_graph_stands_in_where_the_fast_one_is_too_coarse(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool] = []

    def deviate(network: object, runtime: object) -> float:
        return 1.0 if len(tried) == 1 else 0.0

    def note(network: Cnn14, plain: bool, notes: dict[str, str]) -> onnx.ModelProto:
        tried.append(plain)
        return build_graph(network, plain, notes)

    monkeypatch.setattr(module, "deviates", deviate)
    monkeypatch.setattr(module, "build", note)
    assert convert(checkpoint) == cache.find(checkpoint, "fp32")
    assert tried == [False, True]
