"""Which clips are learnt, validated on and mixed under others."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from epanns.datasets.pack import Pack
from epanns.errors import EpannsError
from epanns.training.clip_selection import select_clips
from epanns.training.recipe import Recipe, TrainingError
from tests.support.toy_pack import toy_pack


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pack]:
    with Pack(toy_pack(tmp_path_factory.mktemp("selection") / "pack.h5", clips=3)) as pack:
        yield pack


def named(pack: Pack, indices: NDArray[np.int64]) -> set[str]:
    return {pack.names[index] for index in indices}


def test_by_split(pack: Pack) -> None:
    selection = select_clips(pack, Recipe(validate="test"))
    assert named(pack, selection.train) == {"tone 1", "tone 2", "noise 1", "noise 2"}
    assert named(pack, selection.validate) == {"tone 0", "noise 0"}
    assert not len(selection.background)


def test_nothing_is_validated_on_unless_it_is_said(pack: Pack) -> None:
    assert not len(select_clips(pack, Recipe()).validate)


def test_clips_of_the_split_to_validate_on_are_not_learnt_even_without_labels(pack: Pack) -> None:
    recipe = Recipe(splits=("train", "unlabelled"), validate="unlabelled", teacher="t")
    selection = select_clips(pack, replace(recipe, background="a hum"))
    assert "hum" not in named(pack, selection.train) | named(pack, selection.background)
    assert not len(selection.validate)  # nothing is known of it


def test_sources_held_out_are_validated_on_and_nothing_else(pack: Pack) -> None:
    selection = select_clips(pack, Recipe(hold_out=("TONE",), splits=("train", "test")))
    assert named(pack, selection.train) == {"noise 0", "noise 1", "noise 2"}
    assert named(pack, selection.validate) == {"tone 0", "tone 1", "tone 2"}


def test_a_split_to_validate_on_is_not_learnt_and_goes_before_held_out_sources(pack: Pack) -> None:
    recipe = Recipe(hold_out=("tone",), splits=("train", "test"), validate="test")
    selection = select_clips(pack, recipe)
    assert named(pack, selection.train) == {"noise 1", "noise 2"}
    assert named(pack, selection.validate) == {"tone 0", "noise 0"}


def test_a_fold_is_validated_on_and_the_others_are_learnt(pack: Pack) -> None:
    recipe = Recipe(splits=("train", "test"), folds=3)
    validated: list[str] = []
    for fold in (1, 2, 3):
        selection = select_clips(pack, replace(recipe, fold=fold))
        kept, learnt = named(pack, selection.validate), named(pack, selection.train)
        assert {name[:4] for name in kept} == {"tone", "nois"}, "by class"
        assert len(kept) == 2 and len(learnt) == 4 and not kept & learnt
        assert "3 are made" in selection.remarks[0]
        validated += kept
    assert len(set(validated)) == 6


def test_clips_of_a_fold_are_not_learnt_or_mixed_in_even_without_labels(pack: Pack) -> None:
    recipe = Recipe(splits=("train", "test", "unlabelled"), teacher="t", background="a hum")
    kept = []
    for fold in (1, 2, 3):
        selection = select_clips(pack, replace(recipe, fold=fold, folds=3))
        learnt = named(pack, selection.train) | named(pack, selection.background)
        kept.append("hum" not in learnt)
        assert "hum" not in named(pack, selection.validate)
    assert sorted(kept) == [False, False, True]


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (Recipe(folds=5), "say which by --fold"),
        (Recipe(fold=1, validate="test"), "on a fold or on a split, not on both"),
        (Recipe(fold=3, folds=2), "has no fold 3 in these splits; its folds are 1, 2"),
        (Recipe(fold=1), "has labelled clips of 4 recordings in these splits, too few for 5"),
        (Recipe(fold=1, splits=("unlabelled",), teacher="t"), "of 0 recordings"),
        (Recipe(fold=1, splits=("nothing",)), "has no split nothing"),
    ],
)
def test_a_fold_that_cannot_be_is_said(pack: Pack, recipe: Recipe, said: str) -> None:
    with pytest.raises(EpannsError, match=said):
        select_clips(pack, recipe)


def test_clips_without_labels_need_a_teacher(pack: Pack) -> None:
    recipe = Recipe(splits=("train", "unlabelled"))
    assert "hum" not in named(pack, select_clips(pack, recipe).train)
    assert "hum" in named(pack, select_clips(pack, replace(recipe, teacher="t")).train)


def test_separate_sources_are_learnt_too(pack: Pack) -> None:
    selection = select_clips(pack, Recipe(separate_sources=("NOISE",), validate="test"))
    assert named(pack, selection.train) == {"tone 1", "tone 2", "noise 1", "noise 2"}
    assert named(pack, selection.separate) == {"noise 1", "noise 2"}


@pytest.mark.parametrize("text", ["unlabelled", "HUM"])
def test_backgrounds_are_a_split_or_sources(pack: Pack, text: str) -> None:
    assert named(pack, select_clips(pack, Recipe(background=text)).background) == {"hum"}


def test_backgrounds_are_neither_validated_on_nor_held_out(pack: Pack) -> None:
    selection = select_clips(pack, Recipe(background="made", validate="test"))
    assert named(pack, selection.background) == {"tone 1", "tone 2", "noise 1", "noise 2"}
    selection = select_clips(pack, Recipe(background="made", hold_out=("tone",), validate="test"))
    assert named(pack, selection.background) == {"noise 1", "noise 2"}


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (Recipe(splits=("trian",)), "no split trian; its splits are test, train, unlabelled"),
        (Recipe(validate="dev"), "no split dev"),
        (Recipe(hold_out=("nobody",)), "no clips whose source has 'nobody' in it"),
        (Recipe(separate_sources=("nobody",)), "no clips whose source has 'nobody' in it"),
        (
            Recipe(separate_sources=("hum",)),
            "0 are of the separate sources and 4 are not; there must be some of both",
        ),
        (
            Recipe(separate_sources=("made",)),
            "4 are of the separate sources and 0 are not; there must be some of both",
        ),
        (Recipe(background="nobody"), "no clips whose source has 'nobody' in it"),
        (Recipe(teacher="nobody"), "no scores of a teacher called nobody"),
        (Recipe(teacher="half"), "half has scored only 1 of the 7 clips"),
        (Recipe(splits=("unlabelled",)), "no clips with labels in the split unlabelled"),
        (Recipe(validate="train"), "no clips with labels in the split train that are not for"),
    ],
)
def test_what_a_pack_lacks_is_said(pack: Pack, recipe: Recipe, message: str) -> None:
    with pytest.raises(TrainingError, match=message) as caught:
        select_clips(pack, recipe)
    assert str(pack.path) in str(caught.value)
