"""Folds: each clip in one, each recording in one, each class in all alike."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from epanns.datasets.folds import (
    FoldsError,
    Recording,
    fold_of,
    folds_of,
    recording_of,
    recordings_of_classes,
    stratified_folds,
)
from epanns.datasets.pack import Pack, PackWriter
from epanns.vocabulary.vocabulary import Vocabulary

Targets = NDArray[np.bool_]
CLASSES = ["robin", "wren", "owl, tawny"]


@st.composite
def labelled_recordings(draw: st.DrawFn) -> tuple[Targets, list[Recording], int, int]:
    """Clips of any labels, some of one recording; how many folds; a seed."""
    clips, classes = draw(st.integers(1, 60)), draw(st.integers(1, 6))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    targets = random.random((clips, classes)) < random.random(classes) * draw(st.floats(0, 1))
    recordings = random.integers(0, draw(st.integers(1, clips)), clips)
    return (
        targets,
        [(str(each),) for each in recordings],
        draw(st.integers(2, 8)),
        draw(st.integers(0, 9)),
    )


def singly(clips: int) -> list[Recording]:
    """Each clip of a recording of its own."""
    return [(f"{clip:04}",) for clip in range(clips)]


def shares(targets: Targets, folds: NDArray[np.int16], count: int) -> NDArray[np.int64]:
    """Clips of each class in each fold, (folds, classes)."""
    return np.array([targets[folds == fold].sum(axis=0) for fold in range(1, count + 1)])


@given(labelled_recordings())
def test_every_clip_is_in_one_fold_and_so_is_every_recording(
    drawn: tuple[Targets, list[Recording], int, int],
) -> None:
    targets, recordings, count, seed = drawn
    folds = stratified_folds(targets, recordings, count, seed)
    assert folds.shape == (len(targets),) and folds.min() >= 1 and folds.max() <= count
    together = {(recording, fold) for recording, fold in zip(recordings, folds, strict=True)}
    assert len(together) == len(set(recordings))


@given(labelled_recordings(), st.randoms(use_true_random=False))
def test_they_do_not_depend_on_the_order_of_the_clips(
    drawn: tuple[Targets, list[Recording], int, int], shuffle: object
) -> None:
    targets, recordings, count, seed = drawn
    folds = stratified_folds(targets, recordings, count, seed)
    order = np.arange(len(targets))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    others = stratified_folds(targets[order], [recordings[each] for each in order], count, seed)
    np.testing.assert_array_equal(others, folds[order])


@given(st.integers(2, 8), st.integers(0, 9), st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_a_class_of_clips_with_one_label_is_spread_evenly(
    count: int, seed: int, sizes: list[int]
) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    targets = labels[:, None] == np.arange(len(sizes))
    folds = stratified_folds(targets, singly(len(labels)), count, seed)
    found = shares(targets, folds, count)
    assert (found.max(axis=0) - found.min(axis=0) <= 1).all()
    of_folds = found.sum(axis=1)
    assert of_folds.max() - of_folds.min() <= len(sizes)


@pytest.mark.parametrize("seed", range(5))
def test_classes_of_clips_with_many_labels_are_spread_evenly(seed: int) -> None:
    random = np.random.default_rng(seed)
    targets = random.random((400, 12)) < np.linspace(0.02, 0.5, 12)
    folds = stratified_folds(targets, singly(400), 5, seed)
    found, wanted = shares(targets, folds, 5), targets.sum(axis=0) / 5
    chance = shares(targets, random.integers(1, 6, 400).astype(np.int16), 5)
    assert np.abs(found - wanted).max() < 2, "clips; by chance they are ten off"
    assert np.abs(found - wanted).mean() < 0.2 * np.abs(chance - wanted).mean()
    sizes = np.bincount(folds)[1:]
    assert sizes.max() - sizes.min() <= 5


def test_clips_without_labels_fill_the_folds_up() -> None:
    targets = np.zeros((23, 2), np.bool_)
    targets[:3, 0] = True
    sizes = np.bincount(stratified_folds(targets, singly(23), 5, 0))[1:]
    assert sorted(sizes) == [4, 4, 5, 5, 5]


@pytest.mark.parametrize("seed", range(3))
def test_recordings_of_one_label_are_spread_as_well_as_by_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(120), random.integers(1, 6, 120))
    labels = random.choice(4, 120, p=[0.5, 0.3, 0.15, 0.05])[groups]
    targets = labels[:, None] == np.arange(4)
    ours = stratified_folds(targets, [(str(each),) for each in groups], 5, seed)
    theirs = np.zeros(len(labels), np.int16)
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    for fold, (_, kept) in enumerate(splitter.split(labels, labels, groups), 1):
        theirs[kept] = fold
    wanted = targets.sum(axis=0) / 5

    def unevenness(folds: NDArray[np.int16]) -> float:
        return float(np.abs(shares(targets, folds, 5) / wanted - 1).mean())

    assert unevenness(ours) <= unevenness(theirs) + 0.02


def test_a_seed_gives_the_same_folds_and_another_others() -> None:
    targets = np.ones((40, 1), np.bool_)
    first, again, other = (stratified_folds(targets, singly(40), 4, seed) for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


def test_an_example_by_hand() -> None:
    """The rarest class is dealt first, then what each fold lacks most of."""
    targets = np.array([[1, 1], [1, 1], [1, 0], [1, 0], [1, 0], [1, 0]], np.bool_)
    folds = stratified_folds(targets, singly(6), 2, 0)
    assert shares(targets, folds, 2).tolist() == [[3, 1], [3, 1]]


@pytest.mark.parametrize(
    "names",
    [
        ("1-187207-A-20.wav", "1-187207-B-20.wav", "audio/5-187207-C-1.wav"),
        ("bark/1-187207-A.ogg", "rain/1-187207-B.ogg"),
        ("--PJHxphWEs_30.000", "--PJHxphWEs_120.500"),
        ("rain/Rain_forest_143_8s.ogg", "water/Rain_forest_143_120s.wav"),
    ],
)
def test_names_tell_what_is_of_one_recording(names: Sequence[str]) -> None:
    assert len({recording_of(name, "ours") for name in names}) == 1


def test_names_of_different_recordings_tell_them_apart() -> None:
    names = (
        "1-187207-A-20.wav", "1-187208-A-20.wav", "dog_1.wav", "dog_2.wav", "cat/dog_1.wav",
        "cat/0_1s.wav", "dog/0_1s.wav", "2024-05-12.wav", "2024-05-13.wav",
        "2024-05-12-3.wav", "--PJHxphWEs_30.000",
        "--PJHxphWEt_30.000", "rain_8s.ogg", "rain8s.ogg", "rain_s.ogg", "100032-3-0-0.wav",
        "100032-3-0-1.wav",
    )  # fmt: skip
    assert len({recording_of(name, "ours") for name in names}) == len(names)
    assert recording_of("rain_8s.ogg", "ours") != recording_of("rain_8s.ogg", "theirs")


def test_recordings_of_each_class_are_counted() -> None:
    targets = np.array([[1, 0], [1, 1], [0, 1], [1, 0]], np.bool_)
    assert recordings_of_classes(targets, [("a",), ("a",), ("b",), ("c",)]).tolist() == [2, 2]


def packed(path: Path, *clips: tuple[str, str, str, int]) -> Pack:
    """A pack of clips given by name, labels, split and fold."""
    vocabulary = Vocabulary(CLASSES)
    with PackWriter(path, vocabulary) as writer:
        for name, labels, split, fold in clips:
            target = [each in labels.split(";") for each in CLASSES]
            writer.add(name, np.ones(10, np.float32), target, split, fold)
    return Pack(path)


def every(pack: Pack) -> Targets:
    return np.ones(len(pack), np.bool_)


def test_a_pack_has_its_own_folds(tmp_path: Path) -> None:
    clips = [(f"{fold}-{clip}", "wren", "train", fold) for fold in (0, 3, 7) for clip in range(2)]
    outside = (("none", "owl, tawny", "train", -1), ("unlabelled", "", "unlabelled", -1))
    with packed(tmp_path / "own.h5", *clips, *outside) as pack:
        for count in (None, 3):
            folds = folds_of(pack, every(pack), count, 0)
            assert (folds.of_clips == pack.folds).all()
            assert folds.remarks == ("1 clip is in no fold, and always learnt.",)
        assert np.flatnonzero(fold_of(folds, 3, pack)).tolist() == [2, 3]
        with pytest.raises(FoldsError, match=r"own.h5 has 3 folds of its own \(0, 3, 7\), not 5"):
            folds_of(pack, every(pack), 5, 0)
        with pytest.raises(FoldsError, match=r"no fold 1 in these splits; its folds are 0, 3, 7"):
            fold_of(folds, 1, pack)


def test_only_the_clips_asked_for_are_in_folds(tmp_path: Path) -> None:
    clips = [(f"{clip}", "wren", "train", -1) for clip in range(10)]
    test = [(f"test {clip}", "wren", "test", 1) for clip in range(4)]
    with packed(tmp_path / "pack.h5", *clips, *test) as pack:
        asked = np.array([split == "train" for split in pack.splits])
        made = folds_of(pack, asked, None, 0)
        assert Counter(made.of_clips.tolist()) == {1: 2, 2: 2, 3: 2, 4: 2, 5: 2, -1: 4}
        (remark,) = made.remarks
        assert "5 are made, by class, of 10 clips of 10 recordings" in remark
        own = folds_of(pack, ~asked, None, 0)
        assert Counter(own.of_clips.tolist()) == {1: 4, -1: 10} and not own.remarks


def test_classes_of_too_few_recordings_are_named(tmp_path: Path) -> None:
    wrens = [(f"1-{clip // 2}-{'AB'[clip % 2]}.wav", "wren", "train", -1) for clip in range(6)]
    robins = [(f"robin {clip}", "robin", "train", -1) for clip in range(4)]
    with packed(tmp_path / "few.h5", *wrens, *robins, ("o", CLASSES[2], "train", -1)) as pack:
        _, remark = folds_of(pack, every(pack), 4, 0).remarks
        assert remark == (
            "Some folds lack classes that have fewer recordings than there are folds:"
            " 'owl, tawny' (1), 'wren' (3)."
        )
        with pytest.raises(
            FoldsError, match="clips of 8 recordings in these splits, too few for 9"
        ):
            folds_of(pack, every(pack), 9, 0)


def test_a_fold_without_labels_cannot_be_validated_on(tmp_path: Path) -> None:
    clips = (("a", "", "train", 1), ("b", "wren", "train", 2))
    with packed(tmp_path / "pack.h5", *clips) as pack:
        folds = folds_of(pack, every(pack), None, 0)
        with pytest.raises(FoldsError, match=r"No clip of fold 1 of .*pack.h5 has a label"):
            fold_of(folds, 1, pack)
