"""A run goes on where it was, as one that was not interrupted; the folder of another is refused."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from epanns.datasets.pack import Pack
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
    Schedule,
    TrainingError,
)
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.golden.standin import build
from tests.support.toy_pack import NARROW, toy_pack
from tests.support.training_runs import CPU, SHORT, assert_same, rows, run, saved

pytestmark = pytest.mark.usefixtures("no_picture")


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


def test_a_finished_run_has_nothing_left_to_do(pack: Pack, tmp_path: Path) -> None:
    run(SHORT, pack, tmp_path)
    before = (tmp_path / "curve.csv").read_bytes()
    assert not list(Training(SHORT, pack, tmp_path, CPU).steps())
    assert (tmp_path / "curve.csv").read_bytes() == before


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


def test_a_run_on_the_same_clips_of_other_classes_is_refused(tmp_path: Path) -> None:
    for number, names in enumerate((("a", "b", "c"), ("a", "c", "b"))):
        vocabulary = Vocabulary(names)
        with Pack(toy_pack(tmp_path / f"{number}.h5", vocabulary=vocabulary)) as own:
            if number == 0:
                run(SHORT, own, tmp_path / "run", 1)
                continue
            with pytest.raises(TrainingError, match="on other clips than are in the pack now"):
                Training(SHORT, own, tmp_path / "run", CPU)


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


def is_png(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


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
