"""Runs of small networks: they learn, repeat themselves, and go on where they were."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from epanns.datasets.pack import Pack
from epanns.networks import registry
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from epanns.networks.cnn14_network import Cnn14
from epanns.networks.registry import Weights as Published
from epanns.storage.checksums import sha256_of
from epanns.training import run_folder
from epanns.training.learning_curve import CurvePoint, draw
from epanns.training.loop import Training
from epanns.training.recipe import (
    FORMER_NAMES,
    LOSSES,
    OPTIMISERS,
    SCHEDULES,
    LossKind,
    Optimiser,
    Recipe,
    Schedule,
    TrainingError,
)
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.golden.standin import NARROW_EMBEDDING, NARROW_WIDTHS, build
from tests.support.published import publish, use_models
from tests.support.toy_pack import NARROW, OWN, toy_pack

SHORT = Recipe(
    widths=NARROW,
    embedding=8,
    steps=8,
    batch=8,
    warm_up=1,
    log_every=3,
    seconds=(0.4, 0.6),
    learning_rate=0.01,
    validate="test",
)
CPU = torch.device("cpu")
Weights = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def _no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing the curve takes most of such a short run, and changes nothing of it."""
    monkeypatch.setattr(run_folder, "draw", lambda path, _: path.touch())


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pack]:
    with Pack(toy_pack(tmp_path_factory.mktemp("training") / "pack.h5")) as pack:
        yield pack


def run(recipe: Recipe, pack: Pack, folder: Path, steps: int | None = None) -> Training:
    """Do some steps, or all, and save."""
    training = Training(recipe, pack, folder, CPU)
    for _ in islice(training.steps(), steps):
        pass
    training.save()
    return training


def rows(training: Training) -> list[tuple[float, ...]]:
    """The curve without how long it took."""
    return [(*row[:1], *row[2:]) for row in training.curve]


def saved(folder: Path, name: str = "last.pth") -> Weights:
    weights: Weights = torch.load(folder / name, weights_only=True)
    return weights


def is_png(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


def assert_same(first: Weights, second: Weights) -> None:
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def test_it_learns_to_tell_tones_from_noise(pack: Pack, tmp_path: Path) -> None:
    recipe = replace(SHORT, steps=120, batch=16, log_every=40, warm_up=10, dropout=(0.0, 0.0))
    training = run(recipe, pack, tmp_path)
    losses = [row.loss for row in training.curve]
    assert losses[-1] < losses[0] / 5 and losses == sorted(losses, reverse=True)
    assert training.curve[-1].mean_average_precision > 0.95


def test_a_seed_gives_the_same_run_and_another_another(pack: Pack, tmp_path: Path) -> None:
    first = run(SHORT, pack, tmp_path / "first")
    again = run(SHORT, pack, tmp_path / "again")
    other = run(replace(SHORT, seed=1), pack, tmp_path / "other")
    assert_same(saved(tmp_path / "first"), saved(tmp_path / "again"))
    assert rows(first) == rows(again) != rows(other)


@pytest.mark.parametrize("steps", [1, 3, 4])
def test_it_goes_on_as_if_it_had_not_been_interrupted(
    pack: Pack, tmp_path: Path, steps: int
) -> None:
    recipe = replace(SHORT, teacher="t", splits=("train", "unlabelled"), background="a hum")
    whole = run(recipe, pack, tmp_path / "whole")
    run(recipe, pack, tmp_path / "parts", steps)
    parts = run(recipe, pack, tmp_path / "parts")
    assert rows(parts) == rows(whole) and [row.step for row in parts.curve] == [3, 6, 8]
    tables = [(tmp_path / each / "classes.csv").read_text() for each in ("whole", "parts")]
    assert tables[0] == tables[1] and len(tables[0].splitlines()) == 4
    for name in ("last.pth", "best.pth"):
        assert_same(saved(tmp_path / "parts", name), saved(tmp_path / "whole", name))


def test_a_run_on_a_fold_goes_on_with_it_and_with_no_other(pack: Pack, tmp_path: Path) -> None:
    recipe = replace(SHORT, validate=None, fold=2, folds=3)
    run(recipe, pack, tmp_path / "whole")
    run(recipe, pack, tmp_path / "parts", 4)
    run(recipe, pack, tmp_path / "parts")
    assert_same(saved(tmp_path / "whole"), saved(tmp_path / "parts"))
    assert_same(saved(tmp_path / "whole", "best.pth"), saved(tmp_path / "parts", "best.pth"))
    with pytest.raises(TrainingError, match=r"another run \(fold 2, not 1\)"):
        run(replace(recipe, fold=1), pack, tmp_path / "parts")
    with pytest.raises(TrainingError, match=r"another run \(folds 3, not 4\)"):
        run(replace(recipe, folds=4), pack, tmp_path / "parts")


@pytest.mark.parametrize("fold", [None, 0])
def test_only_a_run_on_a_fold_minds_the_folds_of_its_pack(tmp_path: Path, fold: int | None) -> None:
    path = toy_pack(tmp_path / "pack.h5")
    recipe = replace(SHORT, validate="test" if fold is None else None, fold=fold)
    for folds in (np.arange(25) % 3, 2 - np.arange(25) % 3):
        with h5py.File(path, "r+") as file:
            file["fold"][:] = folds
        with Pack(path) as pack:
            if fold == 0 and folds[0] == 2:
                with pytest.raises(TrainingError, match="on other clips"):
                    run(recipe, pack, tmp_path / "run")
            else:
                run(recipe, pack, tmp_path / "run", 2)


def test_a_run_from_before_there_were_folds_goes_on(pack: Pack, tmp_path: Path) -> None:
    run(SHORT, pack, tmp_path / "run", 4)
    state = torch.load(tmp_path / "run/state.pt", weights_only=True)
    for name in ("fold", "folds"):
        assert state["recipe"].pop(name) is None
    torch.save(state, tmp_path / "run/state.pt")
    assert run(SHORT, pack, tmp_path / "run").step == SHORT.steps
    with pytest.raises(TrainingError, match="fold None, not 1, folds None, not 2"):
        run(replace(SHORT, validate=None, fold=1, folds=2), pack, tmp_path / "run")


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("kind", LOSSES)
def test_every_optimiser_schedule_and_loss_goes_on_exactly(
    pack: Pack, tmp_path: Path, optimiser: Optimiser, schedule: Schedule, kind: LossKind
) -> None:
    recipe = replace(
        SHORT, steps=5, optimiser=optimiser, schedule=schedule, loss=kind, smoothing=0.05
    )
    whole = run(recipe, pack, tmp_path / "whole")
    run(recipe, pack, tmp_path / "parts", 2)
    assert rows(run(recipe, pack, tmp_path / "parts")) == rows(whole)
    assert_same(saved(tmp_path / "parts"), saved(tmp_path / "whole"))


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


def test_a_finished_run_has_nothing_left_to_do(pack: Pack, tmp_path: Path) -> None:
    run(SHORT, pack, tmp_path)
    before = (tmp_path / "curve.csv").read_bytes()
    assert not list(Training(SHORT, pack, tmp_path, CPU).steps())
    assert (tmp_path / "curve.csv").read_bytes() == before


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


def test_the_best_weights_are_those_of_the_highest_row(pack: Pack, tmp_path: Path) -> None:
    training = Training(replace(SHORT, steps=30, log_every=3), pack, tmp_path, CPU)
    kept, highest = None, -1.0
    for row in training.steps():
        if row and row.mean_average_precision > highest:
            highest, kept = row.mean_average_precision, saved(tmp_path)
    assert kept is not None
    assert_same(saved(tmp_path, "best.pth"), kept)


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


def test_it_goes_on_where_the_weights_it_started_from_are_gone(pack: Pack, tmp_path: Path) -> None:
    torch.save(build().state_dict(), tmp_path / "start.pth")
    recipe = replace(SHORT, start=str(tmp_path / "start.pth"))
    run(recipe, pack, tmp_path / "run", 4)
    (tmp_path / "start.pth").unlink()
    assert run(recipe, pack, tmp_path / "run").step == SHORT.steps


def test_a_teacher_that_says_something_else_meanwhile_is_noticed(tmp_path: Path) -> None:
    path = toy_pack(tmp_path / "pack.h5")
    recipe = replace(SHORT, teacher="t")
    with Pack(path) as pack:
        run(recipe, pack, tmp_path / "run", 4)
    with h5py.File(path, "r+") as file:
        file["teacher/t/scores"][0] = 0.5
    with Pack(path) as pack, pytest.raises(TrainingError, match="on other clips"):
        run(recipe, pack, tmp_path / "run")


def test_without_clips_to_validate_on_there_is_no_best(pack: Pack, tmp_path: Path) -> None:
    recipe = replace(SHORT, splits=("train", "test"), validate="unlabelled")
    training = run(recipe, pack, tmp_path)
    assert np.isnan([row.mean_average_precision for row in training.curve]).all()
    assert (tmp_path / "last.pth").exists() and not (tmp_path / "best.pth").exists()


def test_only_matrices_decay(pack: Pack, tmp_path: Path) -> None:
    plain = run(replace(SHORT, steps=1, log_every=1, warm_up=0), pack, tmp_path / "plain").network
    decayed = run(
        replace(SHORT, steps=1, log_every=1, warm_up=0, weight_decay=10.0),
        pack,
        tmp_path / "decayed",
    ).network
    for name, value in decayed.named_parameters():
        if value.requires_grad:
            same = torch.equal(value, plain.get_parameter(name))
            assert same == (value.ndim == 1), name


def test_a_loss_that_is_no_number_ends_the_run(pack: Pack, tmp_path: Path) -> None:
    training = Training(replace(SHORT, learning_rate=1e30, warm_up=0), pack, tmp_path, CPU)
    with pytest.raises(TrainingError, match="no number any more at step"):
        list(training.steps())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.02}, r"holds another run \(learning_rate 0.01, not 0.02\)"),
        ({"steps": 9}, "steps 8"),
    ],
)
def test_the_folder_of_another_run_is_refused(
    pack: Pack, tmp_path: Path, change: dict[str, float], message: str
) -> None:
    run(SHORT, pack, tmp_path, 1)
    with pytest.raises(TrainingError, match=message):
        Training(replace(SHORT, **change), pack, tmp_path, CPU)  # type: ignore[arg-type]


def test_a_run_on_other_clips_is_refused(pack: Pack, tmp_path: Path) -> None:
    run(SHORT, pack, tmp_path / "run", 1)
    with (
        Pack(toy_pack(tmp_path / "other.h5", clips=6)) as other,
        pytest.raises(TrainingError, match="on other clips than are in the pack now"),
    ):
        Training(SHORT, other, tmp_path / "run", CPU)


def former(state: dict[str, Any]) -> dict[str, Any]:
    """A state as it was saved when options had other names and its network's sizes stood in it."""
    names = {new: old for old, new in FORMER_NAMES.items()}
    recipe = {names.get(name, name): value for name, value in state["recipe"].items()}
    del recipe["strict"]
    assert {"rate", "mixed", "every", "colour", "aside", "aside_share"} <= recipe.keys()
    return {**state, "recipe": recipe, "widths": NARROW, "embedding": 8}


def test_a_run_whose_options_had_other_names_goes_on(pack: Pack, tmp_path: Path) -> None:
    recipe = replace(SHORT, eq_db=3.0, separate_sources=("noise",), separate_share=0.4)
    whole = run(recipe, pack, tmp_path / "whole")
    run(recipe, pack, tmp_path / "parts", 4)
    path = tmp_path / "parts" / "state.pt"
    torch.save(former(torch.load(path, weights_only=True)), path)
    with pytest.raises(TrainingError, match=r"another run \(learning_rate 0.01, not 0.02\)"):
        Training(replace(recipe, learning_rate=0.02), pack, tmp_path / "parts", CPU)
    parts = run(recipe, pack, tmp_path / "parts")
    assert rows(parts) == rows(whole)
    assert_same(saved(tmp_path / "parts"), saved(tmp_path / "whole"))


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


def test_a_run_on_the_same_clips_of_other_classes_is_refused(tmp_path: Path) -> None:
    for number, names in enumerate((("a", "b", "c"), ("a", "c", "b"))):
        vocabulary = Vocabulary(names)
        with Pack(toy_pack(tmp_path / f"{number}.h5", vocabulary=vocabulary)) as own:
            if number == 0:
                run(SHORT, own, tmp_path / "run", 1)
                continue
            with pytest.raises(TrainingError, match="on other clips than are in the pack now"):
                Training(SHORT, own, tmp_path / "run", CPU)


@pytest.mark.parametrize("name", ["best.pth", "curve.csv"])
def test_results_without_a_state_are_not_overwritten(pack: Pack, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(TrainingError, match=f"holds {name} of another run"):
        Training(SHORT, pack, tmp_path, CPU)
    assert (tmp_path / name).read_text() == "mine"


def test_a_damaged_state_is_named(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(b"no state")
    with pytest.raises(TrainingError, match=r"state.pt cannot be read"):
        Training(SHORT, pack, tmp_path, CPU)


def test_a_folder_that_cannot_be_written_to_is_named(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="cannot be made"):
        Training(SHORT, pack, tmp_path / "file" / "run", CPU)


def test_rows_come_when_they_are_on_disk(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_folder, "draw", draw)
    training = Training(SHORT, pack, tmp_path, CPU)
    found: list[CurvePoint] = []
    for row in training.steps():
        if row:
            found.append(row)
            assert len((tmp_path / "curve.csv").read_text().splitlines()) == 1 + len(found)
            assert (tmp_path / "state.pt").exists() and is_png(tmp_path / "curve.png")
    assert found == training.curve


def test_mixed_precision_and_frequency_responses_go_on_exactly_too(
    pack: Pack, tmp_path: Path
) -> None:
    recipe = replace(SHORT, mixed_precision=True, eq_db=6.0, speed=(0.9, 1.1))
    whole = run(recipe, pack, tmp_path / "whole")
    run(recipe, pack, tmp_path / "parts", 4)
    parts = run(recipe, pack, tmp_path / "parts")
    assert rows(parts) == rows(whole)
    assert_same(saved(tmp_path / "parts"), saved(tmp_path / "whole"))
    plain = run(replace(recipe, mixed_precision=False), pack, tmp_path / "plain")
    assert rows(plain) != rows(whole)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_it_goes_on_exactly_too(pack: Pack, tmp_path: Path) -> None:
    recipe = replace(SHORT, mixed_precision=True, eq_db=6.0)
    for folder, parts in (("whole", [None]), ("parts", [4, None])):
        for steps in parts:
            training = Training(recipe, pack, tmp_path / folder, torch.device("cuda"))
            list(islice(training.steps(), steps))
            training.save()
    assert_same(saved(tmp_path / "parts"), saved(tmp_path / "whole"))


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
