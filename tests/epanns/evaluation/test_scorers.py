"""What scores: our own networks, and what the user names in a file of Python."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns import AudioTagger
from epanns.errors import WeightsError
from epanns.evaluation.scorers import Scorer, ScorerError, open_function, open_model
from epanns.networks import registry
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.toy_pack import NARROW, OWN

Floats = NDArray[np.float32]

CLASSES = len(AUDIOSET)
FILE = """
import numpy as np

class Constant:
    parameters = 12

    def __init__(self, folder):
        self.value = float((folder / "value").read_text())

    def __call__(self, waveforms):
        return np.full((len(waveforms), 527), self.value)

def unfit(folder):
    raise ValueError("the weights are gone")
"""


def waveforms(batch: int = 2) -> Floats:
    return np.zeros((batch, 32000), np.float32)


def test_a_model_scores_as_the_tagger_does() -> None:
    scorer = open_model("starter")
    noise = np.random.default_rng(2).normal(0, 0.1, (3, 32000)).astype(np.float32)
    assert np.array_equal(scorer(noise), AudioTagger("starter").scores(noise))
    assert scorer.name == "starter"
    assert scorer.parameters == 2_402_719  # learnt ones only, as published counts are


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(WeightsError, match="nowhere"):
        open_model("nowhere.pth")


def test_a_scorer_from_a_file_is_given_the_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(FILE)
    (tmp_path / "value").write_text("0.25")
    scorer = open_function(f"{tmp_path / 'mine.py'}:Constant", tmp_path)
    assert (scorer.name, scorer.parameters) == ("Constant", 12)
    scores = scorer(waveforms())
    assert scores.dtype == np.float32 and (scores == 0.25).all()


def test_a_scorer_from_a_file_may_have_classes_of_its_own(tmp_path: Path) -> None:
    text = FILE.replace("parameters = 12", "classes = ['whale', 'ship']").replace("527", "2")
    (tmp_path / "mine.py").write_text(text)
    (tmp_path / "value").write_text("0.25")
    scorer = open_function(f"{tmp_path / 'mine.py'}:Constant", tmp_path)
    assert scorer.vocabulary.names == ("whale", "ship")
    assert scorer(waveforms()).shape == (2, 2)
    (tmp_path / "mine.py").write_text(text.replace("'ship'", "'whale'"))
    with pytest.raises(ScorerError, match="Constant is left out: ValueError: names that are"):
        open_function(f"{tmp_path / 'mine.py'}:Constant", tmp_path)


def test_a_model_scores_its_own_classes(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    architecture = registry.get(registry.DEFAULT)
    network = architecture.create(widths=NARROW, embedding=8, vocabulary=OWN)
    torch.save({"model": network.state_dict(), "classes": list(OWN.names)}, path)
    scorer = open_model(str(path))
    assert scorer.vocabulary == OWN and scorer(waveforms()).shape == (2, len(OWN))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("mine.py", "is given as FILE.py:FUNCTION"),
        ("mine.py:no name", "is given as FILE.py:FUNCTION"),
        ("mine.py:missing", "has no function missing"),
        ("mine.py:unfit", "unfit is left out: ValueError: the weights are gone"),
        ("other.py:Constant", "is no file of Python"),
        ("broken.py:Constant", "broken.py does not run: SyntaxError"),
    ],
)
def test_what_is_wrong_with_a_scorer_is_said(tmp_path: Path, spec: str, message: str) -> None:
    (tmp_path / "mine.py").write_text(FILE)
    (tmp_path / "broken.py").write_text("def")
    with pytest.raises(ScorerError, match=message):
        open_function(str(tmp_path / spec), tmp_path)


def test_other_shapes_are_refused() -> None:
    scorer = Scorer("short", lambda given: np.zeros((len(given), 521), np.float32))
    with pytest.raises(ScorerError, match=r"short must give .*\(2, 527\); found \(2, 521\)"):
        scorer(waveforms())


def test_classes_that_are_not_known_must_stay_the_same() -> None:
    missing = [3]

    def scores(given: Floats) -> Floats:
        values = np.zeros((len(given), CLASSES), np.float32)
        values[:, missing] = np.nan
        return values

    scorer = Scorer("partial", scores)
    assert np.isnan(scorer(waveforms())[:, 3]).all()
    missing.append(5)
    with pytest.raises(ScorerError, match="partial gives scores that are no numbers"):
        scorer(waveforms())


def test_a_scorer_that_fails_is_named() -> None:
    def fails(given: Floats) -> Floats:
        raise RuntimeError("out of paper")

    with pytest.raises(ScorerError, match="mine fails: RuntimeError: out of paper"):
        Scorer("mine", fails)(waveforms())
