"""Networks that a run trains: those of the registry, weights to start from, and their classes."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from epanns.datasets.pack import Pack
from epanns.networks import registry
from epanns.networks.architecture import Weights as Published
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from epanns.networks.cnn14_network import Cnn14
from epanns.storage.checksums import sha256_of
from epanns.training.loop import Training
from epanns.training.recipe import TrainingError
from tests.support.golden.standin import NARROW_EMBEDDING, NARROW_WIDTHS, build
from tests.support.published import publish, use_models
from tests.support.toy_pack import NARROW, OWN, toy_pack
from tests.support.training_runs import CPU, SHORT, rows, run, saved

pytestmark = pytest.mark.usefixtures("no_picture")


@pytest.mark.parametrize(
    "name",
    [
        "cnn6", "cnn14_decision_level_att", "resnet22", "resnet54", "mobilenet_v2", "efficientat",
        "wavegram_cnn14", "wavegram_logmel_cnn14", "resnest50",
    ],
)  # fmt: skip
def test_networks_of_the_registry_learn_and_their_files_load(
    pack: Pack, tmp_path: Path, name: str
) -> None:
    """Their images are changed, too: the run with masks is another than that without."""
    recipe = replace(
        SHORT, network=name, width=0.05, seconds=(0.4, 0.4), steps=24, log_every=12, eq_db=3.0,
    )  # fmt: skip
    training = run(recipe, pack, tmp_path / "run")
    assert training.curve[-1].loss < 0.8 * training.curve[0].loss
    network = load_checkpoint(tmp_path / "run" / "last.pth")
    assert network.architecture is registry.get(name)
    short = replace(recipe, steps=2, log_every=1, eq_db=0.0)
    losses = [
        rows(run(replace(short, mask=mask), pack, tmp_path / f"{mask}"))[0][1]
        for mask in (False, True)
    ]
    assert (losses[0] == losses[1]) is (name == "wavegram_cnn14")


@pytest.mark.parametrize("name", ["efficientat", "mobilenet_v2"])
def test_the_whole_width_is_the_published_one(pack: Pack, tmp_path: Path, name: str) -> None:
    training = Training(replace(SHORT, network=name), pack, tmp_path, CPU)
    published = registry.get(name).create(vocabulary=pack.vocabulary)
    assert training.network.learnt == published.learnt


@pytest.mark.parametrize(
    ("name", "why"),
    [("yamnet", "32 kHz"), ("cnn14_decision_level_max", "taken for those of Cnn14")],
)
def test_what_cannot_be_trained_is_named(pack: Pack, tmp_path: Path, name: str, why: str) -> None:
    architecture = registry.get(name)
    recipe = replace(SHORT, network=name, width=0.05)
    with pytest.raises(TrainingError, match=why) as raised:
        run(recipe, pack, tmp_path)
    assert architecture.title in str(raised.value)


def test_weights_load_as_a_checkpoint(pack: Pack, tmp_path: Path) -> None:
    training = Training(SHORT, pack, tmp_path, CPU, half=True)
    list(training.steps())
    network = load_checkpoint(tmp_path / "last.pth")
    assert isinstance(network, Cnn14)
    assert network.widths == NARROW and network.embedding_width == 8
    assert not any(name.startswith(("spec", "logmel")) for name in saved(tmp_path))
    for name, value in saved(tmp_path).items():
        assert value.dtype == (torch.int64 if name.endswith("tracked") else torch.float16)
        expected = training.network.state_dict()[name]
        torch.testing.assert_close(value.to(expected.dtype), expected, atol=1e-7, rtol=1e-3)


def test_it_starts_from_a_checkpoint_of_any_widths(pack: Pack, tmp_path: Path) -> None:
    torch.save(build().state_dict(), tmp_path / "start.pth")
    recipe = replace(
        SHORT, start=str(tmp_path / "start.pth"), widths=(), learning_rate=1e-9, steps=1
    )
    run(replace(recipe, warm_up=0), pack, tmp_path / "run")
    network = load_checkpoint(tmp_path / "run" / "last.pth")
    assert isinstance(network, Cnn14)
    assert network.widths == NARROW_WIDTHS and network.embedding_width == NARROW_EMBEDDING
    torch.testing.assert_close(network.fc1.weight, build().fc1.weight, atol=1e-6, rtol=0)


def test_a_framewise_network_goes_on_with_the_clipwise_head(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "start.pth"
    torch.save(build().state_dict(), path)
    known = Published("any", path.name, size=path.stat().st_size, sha256=sha256_of(path))
    publish(monkeypatch, known, CNN14_DECISION_LEVEL_MAX)
    use_models(monkeypatch, tmp_path)
    assert load_checkpoint(path).architecture.framewise
    for number, start in enumerate(("any", str(path))):
        training = Training(replace(SHORT, start=start), pack, tmp_path / f"run {number}", CPU)
        assert not training.network.architecture.framewise


def test_a_network_has_the_classes_of_its_pack(tmp_path: Path) -> None:
    recipe = replace(SHORT, teacher="t", steps=6)
    with Pack(toy_pack(tmp_path / "own.h5", vocabulary=OWN)) as own:
        whole = run(recipe, own, tmp_path / "whole")
        run(recipe, own, tmp_path / "parts", 4)
        assert rows(run(recipe, own, tmp_path / "parts")) == rows(whole)
        for half in (False, True):
            training = Training(recipe, own, tmp_path / f"half {half}", CPU, half)
            list(training.steps())
            network = load_checkpoint(tmp_path / f"half {half}" / "last.pth")
            assert network.vocabulary == own.vocabulary == OWN
        start = str(tmp_path / "whole" / "last.pth")
        again = Training(replace(recipe, start=start), own, tmp_path / "again", CPU)
        assert again.network.vocabulary == OWN
    assert saved(tmp_path / "whole")["classes"] == list(OWN.names)


def test_weights_of_audiosets_classes_name_none(pack: Pack, tmp_path: Path) -> None:
    run(replace(SHORT, steps=1, warm_up=0), pack, tmp_path)
    assert "classes" not in saved(tmp_path)


def test_weights_of_other_classes_are_not_trained_on(pack: Pack, tmp_path: Path) -> None:
    torch.save(build().state_dict(), tmp_path / "start.pth")
    recipe = replace(SHORT, start=str(tmp_path / "start.pth"))
    message = r"start.pth cannot be trained on .*own.h5: their classes differ \(527 and 3, of which"
    with (
        Pack(toy_pack(tmp_path / "own.h5", vocabulary=OWN)) as own,
        pytest.raises(TrainingError, match=message),
    ):
        Training(recipe, own, tmp_path / "run", CPU)
    assert not (tmp_path / "run" / "state.pt").exists()
