"""A conversion is checked against PyTorch before anybody uses it."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from epanns.conversion import cache
from epanns.conversion import convert as module
from epanns.conversion.cnn14_graph import build as build_graph
from epanns.conversion.convert import convert, convert_file, deviates, notes_of
from epanns.conversion.probe_sounds import Segments, probe_batches
from epanns.errors import ConversionError
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.networks.cnn14_network import Cnn14
from epanns.paths import MODELS
from epanns.runtimes.onnx_runtime import OnnxRuntime
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.golden.standin import NARROW_EMBEDDING, NARROW_WIDTHS, build

STARTER = MODELS / "starter.pth"
SHIPPED = "starter.pth.fp32-1.aa6081c7e5c5.9172cebed492.onnx"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "narrow.pth"
    torch.save(build().state_dict(), path)
    return path


def test_result_is_kept_beside_the_checkpoint(checkpoint: Path) -> None:
    path = convert(checkpoint)
    assert path == cache.find(checkpoint, "fp32")
    assert isinstance(path, Path) and OnnxRuntime(path).title.startswith("Cnn14 4/6")


def test_architecture_is_the_one_asked_for(checkpoint: Path) -> None:
    path = convert(checkpoint, CNN14_DECISION_LEVEL_MAX)
    assert path == cache.find(checkpoint, "fp32", "framewise")
    assert isinstance(path, Path)
    runtime = OnnxRuntime(path, architecture=CNN14_DECISION_LEVEL_MAX)
    framewise = runtime.run(np.zeros((1, 32000), np.float32)).framewise
    assert framewise is not None and framewise.shape == (1, 101, 527)
    assert cache.find(checkpoint, "fp32") is None


def test_the_starter_is_converted_to_the_very_file_that_ships(tmp_path: Path) -> None:
    checkpoint = tmp_path / "starter.pth"
    shutil.copy(STARTER, checkpoint)
    path = convert(checkpoint)
    assert isinstance(path, Path)
    assert path.read_bytes() == (MODELS / SHIPPED).read_bytes()


def test_shipped_conversion_of_the_starter_is_fresh() -> None:
    shipped = cache.find(STARTER, "fp32")
    assert shipped is not None, "make it: python -m epanns models convert starter"
    assert shipped.name == SHIPPED and shipped.stat().st_size < 5_000_000
    noise = np.random.default_rng(0).normal(0, 0.1, (2, 32000)).astype(np.float32)
    network = load_checkpoint(STARTER)
    assert isinstance(network, Cnn14)
    anew = OnnxRuntime(build_graph(network).SerializeToString()).run(noise)
    found = OnnxRuntime(shipped).run(noise)
    np.testing.assert_allclose(found.scores, anew.scores, rtol=0, atol=1e-6)


def test_a_function_for_another_process_does_the_same(checkpoint: Path) -> None:
    convert_file(str(checkpoint), None)
    assert cache.find(checkpoint, "fp32") is not None
    convert_file(str(checkpoint), "cnn14_decision_level_max")
    assert cache.find(checkpoint, "fp32", "framewise") is not None


def test_notes_say_what_no_entry_states() -> None:
    network, own = build(), Path("own.pth")
    known = {"title": network.title, "summary": network.summary}
    assert notes_of(network, own) == known | {"learnt": str(network.learnt)}
    assert notes_of(load_checkpoint(STARTER), STARTER).keys() == known.keys()
    assert notes_of(network, STARTER)["learnt"] == str(network.learnt), "it is another network"
    birds = Vocabulary(["Robin", "Wren"])
    network = Cnn14(CNN14, NARROW_WIDTHS, NARROW_EMBEDDING, birds)
    assert notes_of(network, own)["classes"] == '["Robin", "Wren"]'


def test_a_folder_that_cannot_be_written_to_leaves_the_content(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "keep", full)
    content = convert(checkpoint)
    assert isinstance(content, bytes) and OnnxRuntime(content).title.startswith("Cnn14 4/6")


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
    batches = probe_batches()
    assert deviates(network, OnnxRuntime(build_graph(other).SerializeToString()), batches) > 1
    same = OnnxRuntime(build_graph(network).SerializeToString())
    assert deviates(network, same, batches) < 2e-5


def test_plain_graph_stands_in_where_the_fast_one_is_too_coarse(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool] = []

    def deviate(network: object, runtime: object, batches: list[Segments]) -> float:
        return 1.0 if len(tried) == 1 else 0.0

    def note(network: Cnn14, plain: bool, notes: dict[str, str]) -> onnx.ModelProto:
        tried.append(plain)
        return build_graph(network, plain, notes)

    monkeypatch.setattr(module, "deviates", deviate)
    monkeypatch.setattr(module, "build", note)
    assert convert(checkpoint) == cache.find(checkpoint, "fp32")
    assert tried == [False, True]
