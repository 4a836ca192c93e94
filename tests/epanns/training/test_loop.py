"""Runs of small networks learn, repeat themselves, and keep the best weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from epanns.datasets.pack import Pack
from epanns.training.loop import Training
from epanns.training.recipe import TrainingError
from tests.support.training_runs import CPU, SHORT, assert_same, rows, run, saved

pytestmark = pytest.mark.usefixtures("no_picture")


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


def test_the_best_weights_are_those_of_the_highest_row(pack: Pack, tmp_path: Path) -> None:
    training = Training(replace(SHORT, steps=30, log_every=3), pack, tmp_path, CPU)
    kept, highest = None, -1.0
    for row in training.steps():
        if row and row.mean_average_precision > highest:
            highest, kept = row.mean_average_precision, saved(tmp_path)
    assert kept is not None
    assert_same(saved(tmp_path, "best.pth"), kept)


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
