"""Which sounds the game of the kiosk asks for: those that the model knows well."""

import importlib.util
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from epanns.vocabulary.audioset import AUDIOSET
from tests.support.programs import ROOT

DOG, BARK = AUDIOSET.index("Dog"), AUDIOSET.index("Bark")


@pytest.fixture(scope="module")
def make_game() -> ModuleType:
    loader = SourceFileLoader("make_game", str(ROOT / "scripts" / "make_game"))
    spec = importlib.util.spec_from_loader("make_game", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def split(make_game: ModuleType, barks: list[float], others: list[float]) -> Any:
    """Recordings of dogs with these scores of Bark, and of other sounds with these."""
    scores = np.zeros((len(barks) + len(others), 527), np.float32)
    targets = np.zeros(scores.shape, bool)
    scores[:, BARK] = [*barks, *others]
    targets[: len(barks), DOG] = True
    return make_game.Split(targets, scores)


def test_the_threshold_keeps_all_but_one_in_a_hundred_other_sounds_out(
    make_game: ModuleType,
) -> None:
    others = [*np.linspace(0, 0.375, 199), 0.9, 0.95]
    test = split(make_game, [0.3, 0.5, 0.6, 0.7, 0.8], others)
    found = make_game.figures("Bark;Dog", test, split(make_game, [], [0.0]))
    assert found["threshold"] == "0.38"
    assert found["found"] == "0.80"
    assert float(found["false"]) == pytest.approx(0.01, abs=0.001)
    assert (found["clips"], found["split"]) == ("5", "test")


def test_where_few_were_kept_for_the_test_all_recordings_count(make_game: ModuleType) -> None:
    test = split(make_game, [0.1], [0.0] * 100)
    found = make_game.figures("Bark;Dog", test, split(make_game, [0.9] * 3, [0.0]))
    assert (found["found"], found["clips"], found["split"]) == ("0.75", "4", "all")
    assert float(found["threshold"]) == make_game.LOWEST


@pytest.mark.parametrize(
    ("barks", "others"),
    [
        ([0.9, 0.1, 0.1, 0.1, 0.1], [0.0] * 100),  # hardly ever found
        ([0.9] * 5, [0.0] * 50 + [0.9] * 50),  # much else sounds like it
        ([0.9] * 2, [0.0] * 100),  # too few recordings to tell
    ],
)
def test_what_the_model_does_not_know_well_is_left_out(
    make_game: ModuleType, barks: list[float], others: list[float]
) -> None:
    test = split(make_game, barks, others)
    assert make_game.figures("Bark;Dog", test, split(make_game, [], [0.0])) is None
