"""Pictures are drawn for whatever an evaluation finds; how they look is seen by looking."""

from pathlib import Path

import numpy as np
import pytest

from epanns.evaluation.clip_scores import ClipResult, ClipScores, results
from epanns.evaluation.confusion import Confusion
from epanns.evaluation.plots import draw_classes, draw_confusion, draw_sizes
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


def found(classes: int) -> list[ClipResult]:
    """Two scorers on clips of so many classes, of which the second knows only some."""
    random = np.random.default_rng(3)
    targets = np.zeros((40, len(AUDIOSET)), np.bool_)
    targets[:, :classes] = random.random((40, classes)) < 0.2
    scores = random.random((2, *targets.shape)).astype(np.float32)
    scores[1, :, 1] = np.nan
    names = {("first", "loudest"): scores[0], ("second", "loudest"): scores[1]}
    return results(ClipScores(("here",) * 40, targets, names))


def is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5000


@pytest.mark.parametrize("classes", [0, 1, 2, 527])
def test_any_number_of_classes_can_be_drawn(tmp_path: Path, classes: int) -> None:
    draw_classes(tmp_path / "classes.png", found(classes))
    assert is_picture(tmp_path / "classes.png")


def test_networks_of_unknown_size_are_left_out(tmp_path: Path) -> None:
    draw_sizes(tmp_path / "one.png", found(5), {"first": 2_000_000, "second": None})
    draw_sizes(tmp_path / "both.png", found(5), {"first": 2_000_000, "second": 3_000_000})
    draw_sizes(tmp_path / "none.png", found(0), {"first": 2_000_000, "second": None})
    assert all(is_picture(path) for path in tmp_path.iterdir())
    assert (tmp_path / "one.png").read_bytes() != (tmp_path / "both.png").read_bytes()


def test_kinds_without_clips_do_not_spoil_the_matrix(tmp_path: Path) -> None:
    matrix = Confusion(("Dog", "Cat, meow"), np.array([[3, 1], [0, 2]]))
    draw_confusion(tmp_path / "confusion.png", matrix, "some network")
    assert is_picture(tmp_path / "confusion.png")


def test_classes_of_another_vocabulary_are_drawn_by_their_names(tmp_path: Path) -> None:
    targets = np.array([[True, False], [False, True], [True, True], [False, False]])
    scored = {("mine", "loudest"): targets * np.float32(0.5)}
    pictures = []
    for names in (("whale", "ship"), ("reef", "ship")):
        drawn = results(ClipScores(("sea",) * 4, targets, scored, Vocabulary(names)))
        draw_classes(tmp_path / "classes.png", drawn)
        pictures.append((tmp_path / "classes.png").read_bytes())
    assert pictures[0] != pictures[1]
