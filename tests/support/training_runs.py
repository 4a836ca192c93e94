"""Short runs of a small network, and what they leave: curves and weights."""

from itertools import islice
from pathlib import Path

import torch

from epanns.datasets.pack import Pack
from epanns.training.loop import Training
from epanns.training.recipe import Recipe
from tests.support.toy_pack import NARROW

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


def assert_same(first: Weights, second: Weights) -> None:
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name
