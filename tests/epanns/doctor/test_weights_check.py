"""The checks of the weights, quick and thorough."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns import AudioTagger
from epanns.conversion import cache, graphs
from epanns.doctor import weights_check
from epanns.doctor.result import CheckResult
from epanns.errors import PackagesMissingError
from epanns.networks.architecture import Weights
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from epanns.paths import MODELS
from epanns.storage.checksums import sha256_of
from epanns.zoo import catalogue
from tests.support.golden import standin
from tests.support.own_architecture import RATE, own_network
from tests.support.published import publish, use_models


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for weights, no settings of the user's, and time for every update."""
    use_models(monkeypatch, tmp_path)
    monkeypatch.setenv("EPANNS_HOP", "10")
    monkeypatch.delenv("EPANNS_MODEL", raising=False)
    return tmp_path


@pytest.fixture
def starter(models: Path) -> Path:
    """The starter model with its noted checksum and converted copies."""
    for path in MODELS.glob("starter.pth*"):
        shutil.copy(path, models)
    return models / "starter.pth"


def found(topic: str) -> CheckResult:
    (finding,) = (each for each in weights_check.weights() if each.topic == topic)
    return finding


# --- what there is


def test_the_starter_is_in_order(starter: Path) -> None:
    finding = found("starter")
    assert finding.mark == "good" and not finding.todo
    assert "4.84 MB" in finding.found and "converted (fp32" in finding.found


def test_weights_that_are_missing(models: Path) -> None:
    assert found("starter").mark == "bad" and "restore" in found("starter").todo
    assert found("epanns").mark == "warning"
    assert "models fetch epanns; or download checkpoint" in found("epanns").todo
    assert found("others").mark == "muted"
    assert found("others").found.startswith("cnn14, cnn14_framewise, ")


def test_weights_that_are_broken(starter: Path) -> None:
    starter.write_bytes(starter.read_bytes()[:1000])
    finding = found("starter")
    assert finding.mark == "bad" and "checksum is another" in finding.found


def test_weights_put_there_by_hand_are_not_converted_yet(models: Path) -> None:
    torch.save(standin.build().state_dict(), catalogue.path_of("epanns"))
    finding = found("epanns")
    assert finding.mark == "warning" and "its checksum is not known" in finding.found
    assert finding.todo == "python -m epanns models convert epanns"


# --- whether it scores


def test_the_network_in_use_is_timed(starter: Path) -> None:
    (finding,) = weights_check.scores()
    assert finding.mark == "good" and finding.found.startswith("starter in fp32: an update takes")
    assert 0 < finding.figures["update_seconds"] < 10


def test_a_network_at_another_rate_is_timed_on_as_long_a_sound(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    with own_network(tmp_path) as own:
        tagger = AudioTagger(own.weights)

        def scores(waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
            given.append(waveforms.shape[1])
            return np.zeros((1, 3), np.float32)

        monkeypatch.setattr(tagger, "scores", scores)
        weights_check._update_seconds(tagger, 0.5)
    assert set(given) == {RATE // 2}


@pytest.mark.parametrize("word", ["best", "small"])
def test_a_network_asked_for_by_what_it_is_for_is_timed(
    starter: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("EPANNS_MODEL", word)
    (finding,) = weights_check.scores()
    assert finding.mark == "good" and finding.found.startswith("starter in fp32: an update takes")


def test_without_pytorch_best_is_not_tried(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, converts: bool) -> None:
        raise PackagesMissingError("This needs torch.")

    monkeypatch.setenv("EPANNS_MODEL", "best")
    monkeypatch.setattr(weights_check, "choose", missing)
    (finding,) = weights_check.scores()
    assert finding.mark == "muted" and finding.found == "not tried: This needs torch."


def test_a_hop_that_is_too_short_is_told(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPANNS_HOP", "0.1")
    monkeypatch.setattr(weights_check, "_update_seconds", lambda *_: 0.3)
    (finding,) = weights_check.scores()
    assert finding.mark == "warning" and "longer than the hop of 0.1 s" in finding.found


def test_int8_that_is_not_there_is_told(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPANNS_PRECISION", "int8")
    for path in starter.parent.glob("*.int8-*"):
        path.unlink()
    (finding,) = weights_check.scores()
    assert finding.mark == "warning" and "models quantise starter" in finding.todo


def test_without_any_network_nothing_useful_can_be_done(models: Path) -> None:
    (finding,) = weights_check.scores()
    assert finding.mark == "bad" and finding.stops and "starter.pth" in finding.found


def test_a_broken_starter_stops_the_program_unless_there_is_another(starter: Path) -> None:
    starter.write_bytes(b"no weights")
    assert [finding.stops for finding in weights_check.scores()] == [True]
    torch.save(standin.build().state_dict(), catalogue.path_of("epanns"))
    assert not any(finding.stops for finding in weights_check.scores())


def test_a_model_of_the_users_that_is_broken_leaves_the_others(
    starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.pth"
    own.write_bytes(b"no weights")
    monkeypatch.setenv("EPANNS_MODEL", str(own))
    monkeypatch.setenv("EPANNS_RUNTIME", "torch")
    bad, good = weights_check.scores()
    assert bad.mark == "bad" and "own.pth is no weights file" in bad.found and not bad.stops
    assert good.mark == "good" and good.figures["model"] == "starter"


def test_what_is_not_converted_yet_is_not_tried(models: Path) -> None:
    torch.save(standin.build().state_dict(), catalogue.path_of("epanns"))
    (finding,) = weights_check.scores()
    assert finding.mark == "muted" and "not converted yet" in finding.found
    assert len(list(models.iterdir())) == 1, "the doctor changes nothing"


def test_what_cannot_be_converted_for_want_of_pytorch_stops_the_program(
    starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in starter.parent.glob("*.onnx"):
        path.unlink()
    monkeypatch.setattr(weights_check, "find_spec", lambda _: None)
    (finding,) = weights_check.scores()
    assert finding.stops and "PyTorch is not there" in finding.found


# --- thoroughly


def marks(model: str | Path) -> list[str]:
    return [finding.mark for finding in weights_check.inspect(str(model))]


def test_everything_about_the_starter(starter: Path) -> None:
    identity, content, *copies = weights_check.inspect("starter")
    assert f"{starter.stat().st_size:,} bytes" in identity.found
    assert sha256_of(starter) in identity.found and "as noted beside it" in identity.found
    assert "Cnn14 16-48-96-128-192-256" in content.found and "527, clipwise" in content.found
    assert copies[0].found.startswith("fp32 copy fresh, and runs: starter.pth.fp32-")
    assert {finding.mark for finding in (identity, content, *copies)} == {"good"}


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    torch.save(standin.build().state_dict(), path)
    identity, content, unconverted = weights_check.inspect(str(path))
    assert identity.topic == "own.pth" and "not that of a published file" in identity.found
    assert content.mark == "good" and "Cnn14" in content.found
    assert unconverted.mark == "warning" and f"models convert {path}" in unconverted.todo


def test_copies_that_do_not_run_or_are_stale(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    torch.save(standin.build().state_dict(), path)
    cache.keep(path, "fp32", b"not ONNX")
    assert marks(path) == ["good", "good", "bad"]
    torch.save(standin.build(framewise=True).state_dict() | {"bn0.bias": torch.ones(64)}, path)
    *_, unconverted, stale = weights_check.inspect(str(path))
    assert unconverted.mark == "warning" and "not converted yet" in unconverted.found
    assert "is stale or broken" in stale.found and stale.todo == "delete it"


@pytest.mark.parametrize("notes", [{}, {"architecture": "cnn14_decision_level_max"}])
def test_copies_of_a_framewise_network_run(
    models: Path, monkeypatch: pytest.MonkeyPatch, notes: dict[str, str]
) -> None:
    publish(monkeypatch, Weights("frames", "frames.pth"), CNN14_DECISION_LEVEL_MAX)
    network = standin.build(framewise=True)
    torch.save(network.state_dict(), models / "frames.pth")
    model = graphs.build(network, notes=notes).SerializeToString()
    cache.keep(models / "frames.pth", "fp32", model, CNN14_DECISION_LEVEL_MAX.copy_tag)
    *_, copy = weights_check.inspect("frames")
    assert copy.mark == "good" and "fp32 copy fresh, and runs" in copy.found, copy


def test_what_is_wrong_is_one_bad_line(models: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"no weights")
    folder = tmp_path / "folder"
    folder.mkdir()
    for model, sentence in {
        str(broken): "is no weights file for Cnn14",
        "epanns": "are not in",
        "nowhere": "There is no weights file nowhere",
        str(folder): "found a folder",
    }.items():
        (finding,) = weights_check.inspect(model)
        assert finding.mark == "bad" and sentence in finding.found, finding
