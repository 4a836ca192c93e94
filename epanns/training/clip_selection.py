"""Which clips of a pack a run trains on, validates on and takes as backgrounds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epanns.datasets.folds import fold_of, folds_of
from epanns.datasets.pack import Pack
from epanns.training.recipe import Recipe, TrainingError

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ClipSelection:
    """Clips of a pack by their indices, ascending.

    Attributes:
        train: to learn from; each has a label, or scores of the teacher.
        separate: those of them whose sources have a share of their own.
        validate: to measure with; each has a label, and none is in the others. May be empty.
        background: to mix under others; empty if the recipe wants none.
        remarks: sentences about the choice that the user should know of.
    """

    train: Indices
    separate: Indices
    validate: Indices
    background: Indices
    remarks: tuple[str, ...] = ()

    @property
    def learnt_sample(self) -> Indices:
        """Clips that are learnt, spread evenly, as many as there are to validate on."""
        count = min(len(self.train), len(self.validate))
        return self.train[np.linspace(0, len(self.train) - 1, count).astype(np.int64)]

    @property
    def used(self) -> tuple[int, ...]:
        """All clips that the run uses, ascending."""
        return tuple(map(int, np.unique((*self.train, *self.validate, *self.background))))


def select_clips(pack: Pack, recipe: Recipe) -> ClipSelection:
    """The clips that a recipe means.

    Raises:
        TrainingError: the pack lacks something that the recipe asks for.
        FoldsError: it lacks the fold.
    """
    labelled = pack.labelled
    kept, remarks = _validated(pack, recipe)
    faulty = np.array([recipe.strict and bool(warning) for warning in pack.warnings], bool)
    left_out = kept | faulty | _of_sources(pack, recipe.hold_out)
    train = _of_splits(pack, recipe.splits) & ~left_out
    train &= labelled | _scored(pack, recipe, train & ~labelled)
    if not train.any():
        kind = "labels" if recipe.teacher is None else f"labels or scores of {recipe.teacher}"
        raise TrainingError(
            f"{pack.path} has no clips with {kind} in the split {_listed(recipe.splits)} that are"
            " not for validation."
        )
    background = np.zeros(len(pack), bool)
    if recipe.background is not None:
        background = _background(pack, recipe.background) & ~left_out
    separate = train & _of_sources(pack, recipe.separate_sources)
    if recipe.separate_sources and not (separate.any() and (train & ~separate).any()):
        raise TrainingError(
            f"Of the clips to learn from in {pack.path}, {int(separate.sum())} are of the separate"
            f" sources and {int((train & ~separate).sum())} are not; there must be some of both."
        )
    return ClipSelection(
        train=np.flatnonzero(train),
        separate=np.flatnonzero(separate),
        validate=np.flatnonzero(kept & labelled & ~faulty),
        background=np.flatnonzero(background),
        remarks=remarks,
    )


def _validated(pack: Pack, recipe: Recipe) -> tuple[Mask, tuple[str, ...]]:
    """The clips that are kept from learning to validate on, and remarks about them."""
    if recipe.fold is None and recipe.folds is not None:
        raise TrainingError("Folds are for validating on one of them: say which by --fold.")
    if recipe.fold is not None and recipe.validate is not None:
        raise TrainingError("A run validates on a fold or on a split, not on both.")
    if recipe.fold is not None:
        folds = folds_of(pack, _of_splits(pack, recipe.splits), recipe.folds, recipe.seed)
        return fold_of(folds, recipe.fold, pack), folds.remarks
    if recipe.validate is not None:
        return _of_splits(pack, (recipe.validate,)), ()
    return _of_sources(pack, recipe.hold_out), ()


def _of_splits(pack: Pack, splits: tuple[str, ...]) -> Mask:
    for split in splits:
        if split not in pack.splits:
            there = _listed(tuple(sorted(set(pack.splits)))) or "none"
            raise TrainingError(f"{pack.path} has no split {split}; its splits are {there}.")
    return np.isin(pack.splits, splits)


def _of_sources(pack: Pack, texts: tuple[str, ...]) -> Mask:
    """The clips whose source has one of some texts in it, in any case."""
    chosen = np.zeros(len(pack), bool)
    for text in texts:
        those = np.array([text.lower() in source.lower() for source in pack.sources], bool)
        if not those.any():
            raise TrainingError(f"{pack.path} has no clips whose source has {text!r} in it.")
        chosen |= those
    return chosen


def _background(pack: Pack, text: str) -> Mask:
    if text in pack.splits:
        return np.array(pack.splits) == text
    return _of_sources(pack, (text,))


def _scored(pack: Pack, recipe: Recipe, asked: Mask) -> Mask:
    """Which of the clips that are asked for the recipe's teacher has scored."""
    scored = np.zeros(len(pack), bool)
    if recipe.teacher is None:
        return scored
    teacher = pack.teacher(recipe.teacher)
    if teacher is None:
        raise TrainingError(f"{pack.path} has no scores of a teacher called {recipe.teacher}.")
    if len(teacher) < len(pack):
        raise TrainingError(
            f"{recipe.teacher} has scored only {len(teacher)} of the {len(pack)} clips in"
            f" {pack.path}; let it score the others first."
        )
    for index in map(int, np.flatnonzero(asked)):
        scored[index] = len(teacher.scores(index)) > 0
    return scored


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(texts)
