"""Targets from a teacher's windows and from labels, by their values."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from epanns.datasets.pack import Pack, PackWriter
from epanns.training.crops import Crop
from epanns.training.recipe import Recipe
from epanns.training.targets import Targets, around, below
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.toy_pack import OWN, RATE, label, toy_pack

# Windows of 2 s, one a second: their middles are at 1, 2, 3 and 4 s of a clip of 5 s.
SAID = [0.125, 0.25, 0.5, 1.0]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pack]:
    path = tmp_path_factory.mktemp("objective") / "pack.h5"
    with PackWriter(path) as writer:
        for name, labels in (("scored", label(7, 8)), ("left out", label(9))):
            writer.add(name, np.full(5 * RATE, 0.1, np.float32), labels)
        scores = np.zeros((4, 527), np.float32)
        scores[:, 7] = SAID
        scores[:, [3, 9]] = 0.5
        writer.add_teacher("t", scores, 2 * RATE, RATE)
        writer.add_teacher("t", np.zeros((0, 527), np.float32), 2 * RATE, RATE)
    with Pack(path) as pack:
        yield pack


@pytest.mark.parametrize(
    ("start", "seconds", "expected"),
    [
        (0.0, 1.0, 0.125),  # no middle inside; the nearest is at 1 s
        (0.5, 1.0, 0.125),  # that of the first
        (1.0, 1.0, 0.125),  # a crop ends before its last moment
        (1.5, 1.0, 0.25),
        (4.0, 1.0, 1.0),
        (4.5, 0.4, 1.0),  # behind the last middle
        (-0.5, 1.0, 0.125),  # a short clip in a longer crop
        (1.5, 2.0, (0.375 + 0.5) / 2),  # those at 2 and 3 s: mean 0.375, maximum 0.5
        (0.0, 5.0, (1.875 / 4 + 1.0) / 2),
    ],
)
def test_what_a_teacher_says_about_a_crop(
    pack: Pack, start: float, seconds: float, expected: float
) -> None:
    teacher = pack.teacher("t")
    assert teacher is not None
    said = around(teacher.scores(0), round(start * RATE), round(seconds * RATE), teacher)
    assert said.shape == (527,) and said.dtype == np.float32
    assert said[7] == pytest.approx(expected) and said[3] == pytest.approx(0.5)


def crop(clip: int, start: float, below: float) -> Crop:
    return Crop(clip, round(start * RATE), np.zeros(RATE, np.float32), below)


def test_labels_raise_the_teachers_scores_where_the_crop_is_loud(pack: Pack) -> None:
    recipe = Recipe(teacher="t", label_target=0.75, label_within=12.0)
    targets = Targets(pack, pack.teacher("t"), recipe)
    for distance, expected in ((0.0, (0.75, 0.75)), (12.0, (0.75, 0.75)), (12.1, (0.25, 0.0))):
        found = targets(crop(0, 1.5, distance))
        assert found.dtype == np.float32 and found.shape == (527,)
        assert (found[7], found[8]) == pytest.approx(expected)
        assert found[3] == pytest.approx(0.5) and np.count_nonzero(found) <= 4


def test_labels_do_not_lower_what_the_teacher_is_surer_of(pack: Pack) -> None:
    targets = Targets(pack, pack.teacher("t"), Recipe(teacher="t", label_target=0.75))
    assert targets(crop(0, 4.0, 0.0))[7] == 1.0


def test_a_label_above_another_of_the_clip_may_be_raised_less(tmp_path: Path) -> None:
    """A Bellow (9) is a Shout (8), a Whoop (7) is not."""
    path = tmp_path / "labels.h5"
    with PackWriter(path) as writer:
        for name, target in (("both", label(8, 9)), ("apart", label(7, 8))):
            writer.add(name, np.full(RATE, 0.1, np.float32), target)
            writer.add_teacher("t", np.zeros((1, 527), np.float32), RATE, RATE)
    with Pack(path) as known:
        targets = Targets(
            known, known.teacher("t"), Recipe(teacher="t", label_target=0.8, general=0.5)
        )
        both, apart = (targets(crop(number, 0.0, 0.0)) for number in range(2))
    assert (both[8], both[9]) == pytest.approx((0.4, 0.8))
    assert (apart[7], apart[8]) == pytest.approx((0.8, 0.8))


def test_what_has_nothing_to_do_with_the_labels_may_count_for_less(pack: Pack) -> None:
    """Of a loud crop, and not what is below a label: a Bellow (9) is a Shout (8)."""
    targets = Targets(pack, pack.teacher("t"), Recipe(teacher="t", unlisted=0.5))
    loud, quiet = targets(crop(0, 4.0, 0.0)), targets(crop(0, 4.0, 13.0))
    assert (loud[7], loud[9], loud[3]) == pytest.approx((1.0, 0.5, 0.25))
    assert (quiet[7], quiet[9], quiet[3]) == pytest.approx((1.0, 0.5, 0.5))


def test_labels_alone_are_the_targets_without_a_teacher(pack: Pack) -> None:
    targets = Targets(pack, None, Recipe())
    assert np.array_equal(targets(crop(0, 0.0, 30.0)), label(7, 8))


def test_labels_alone_are_the_targets_of_a_clip_that_the_teacher_left_out(pack: Pack) -> None:
    targets = Targets(pack, pack.teacher("t"), Recipe(teacher="t"))
    assert np.array_equal(targets(crop(1, 0.0, 30.0)), label(9))


def test_without_a_teacher_labels_hold_but_where_next_to_nothing_is_left(pack: Pack) -> None:
    targets = Targets(pack, None, Recipe())
    assert targets(crop(0, 0.0, 20.0))[7] == 1
    assert not targets(crop(0, 0.0, 50.0)).any()
    assert not targets(crop(0, 0.0, math.inf)).any()


def test_below_a_class_are_it_and_its_descendants() -> None:
    table = below(AUDIOSET)
    for index in (0, 67, 72, 526):  # AudioSet's own way from a class to all below it
        assert np.flatnonzero(table[index]).tolist() == list(AUDIOSET.subset(AUDIOSET.ids[index]))


def test_without_an_ontology_no_class_is_above_another(tmp_path: Path) -> None:
    assert np.array_equal(below(OWN), np.eye(len(OWN)))
    recipe = Recipe(teacher="t", label_target=0.9, general=0.5, unlisted=0.5)
    with Pack(toy_pack(tmp_path / "own.h5", 2, OWN)) as pack:
        found = Targets(pack, pack.teacher("t"), recipe)(crop(1, 0.0, 0.0))
    assert found.dtype == np.float32 and found == pytest.approx([0, 0.9, 0])
