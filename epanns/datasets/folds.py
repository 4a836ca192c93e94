"""Folds of the clips of a pack: its own, or stratified ones that keep recordings together."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.datasets.pack import Pack
from epanns.errors import EpannsError
from epanns.formatting import listed

USUAL = 5  # folds that are made where nobody says how many, as ESC-50 has them
NAMED = 5  # classes named in a sentence
NONE = -1

# How names tell that clips are parts of one recording: fold-recording-take(-target) as in ESC-50,
# and where in the recording, as YTID_30.000 of AudioSet's segments or rain_12s.ogg.
TAKE = re.compile(r"\d+-(?P<recording>\d+)-[A-Za-z](-\d+)?(\.\w+)?")
CUT = re.compile(r"(?P<recording>.+?)_(\d+\.\d{3}|\d+s)(\.\w+)?")

Recording = tuple[str, ...]


class FoldsError(EpannsError):
    """There are no such folds."""


class Folds(NamedTuple):
    """The folds of a pack.

    Attributes:
        of_clips: int16 (clips,), the number of each clip's fold; -1 for none.
        remarks: sentences that the user should know of.
    """

    of_clips: NDArray[np.int16]
    remarks: tuple[str, ...]


def folds_of(pack: Pack, chosen: NDArray[np.bool_], count: int | None, seed: int) -> Folds:
    """The folds of some clips of a pack: its own, or, if they have none, stratified ones.

    Args:
        pack: the clips.
        chosen: bool (clips,), those that folds are asked for; others are in none.
        count: how many folds; None for as many as the pack has, or else 5.
        seed: of the folds that are made, from 0.

    Raises:
        FoldsError: the pack has another number of folds, or too few recordings for so many.
    """
    own = np.where(chosen, pack.folds, np.int16(NONE))
    numbers = np.unique(own[own != NONE])
    if not len(numbers):
        return _made(pack, chosen, USUAL if count is None else count, seed)
    if count not in (None, len(numbers)):
        raise FoldsError(
            f"{pack.path} has {len(numbers)} folds of its own ({_listed(numbers)}), not {count};"
            " leave out how many."
        )
    outside = int((chosen & pack.labelled & (own == NONE)).sum())
    clips = "1 clip is" if outside == 1 else f"{outside} clips are"
    return Folds(own, (f"{clips} in no fold, and always learnt.",) if outside else ())


def fold_of(folds: Folds, number: int, pack: Pack) -> NDArray[np.bool_]:
    """The clips of a fold, bool (clips,).

    Raises:
        FoldsError: there is no such fold, or none of its clips has a label.
    """
    inside = folds.of_clips == number
    if not inside.any():
        there = _listed(np.unique(folds.of_clips[folds.of_clips != NONE]))
        raise FoldsError(
            f"{pack.path} has no fold {number} in these splits; its folds are {there}."
        )
    if not (inside & pack.labelled).any():
        raise FoldsError(f"No clip of fold {number} of {pack.path} has a label to validate by.")
    return inside


def _made(pack: Pack, chosen: NDArray[np.bool_], count: int, seed: int) -> Folds:
    """Stratified folds, and the classes that some of them must lack."""
    clips = np.flatnonzero(chosen)
    targets = pack.targets(clips) > 0
    recordings = [recording_of(pack.names[clip], pack.sources[clip]) for clip in clips]
    labelled = {recordings[place] for place in np.flatnonzero(targets.any(axis=1))}
    if len(labelled) < count:
        raise FoldsError(
            f"{pack.path} has labelled clips of {len(labelled)} recordings in these splits, too few"
            f" for {count} folds."
        )
    of_clips = np.full(len(pack), NONE, np.int16)
    of_clips[clips] = stratified_folds(targets, recordings, count, seed)
    remarks = [
        f"{pack.path} has no folds of its own here; {count} are made, by class, of {len(clips)}"
        f" clips of {len(set(recordings))} recordings."
    ]
    of_class = recordings_of_classes(targets, recordings)
    scarce = np.flatnonzero((of_class > 0) & (of_class < count))
    if len(scarce):
        scarce = scarce[np.argsort(of_class[scarce], kind="stable")]
        names = [f"{pack.vocabulary.names[each]!r} ({of_class[each]})" for each in scarce]
        remarks.append(
            "Some folds lack classes that have fewer recordings than there are folds:"
            f" {listed(names, NAMED)}."
        )
    return Folds(of_clips, tuple(remarks))


def recording_of(name: str, source: str) -> Recording:
    """What a clip has in common with the others of its recording, and with those only.

    Args:
        name: of the clip, mostly a path.
        source: where it comes from: the same words in two sources are two recordings, but numbers
            as in ESC-50 are Freesound's, and so the same recording in each.
    """
    folder, _, last = name.rpartition("/")
    if match := TAKE.fullmatch(last):
        return (match["recording"],)
    if match := CUT.fullmatch(last):
        numbered = match["recording"].isdigit()  # each folder begins to count anew
        return source, folder if numbered else "", match["recording"]
    return (name,)


def stratified_folds(
    targets: NDArray[np.bool_], recordings: Sequence[Recording], count: int, seed: int
) -> NDArray[np.int16]:
    """Folds in which each class has about the same share, by iterative stratification.

    Sechidis, Tsoumakas and Vlahavas, On the Stratification of Multi-Label Data (ECML PKDD 2011),
    algorithm 1: the class with the fewest clips left is dealt out first, each time to the fold that
    lacks most of it, and then to the one that lacks most clips. Here whole recordings are dealt,
    those with the most clips of the class first, and between folds that lack as much of the class
    their other labels decide, which brings those several times nearer to even. The order of the
    clips does not matter.

    Args:
        targets: bool (clips, classes), the labels.
        recordings: of each clip.
        count: how many folds.
        seed: decides between recordings that are alike, from 0.

    Returns:
        int16 (clips,), the number of each clip's fold, from 1.
    """
    names = sorted(set(recordings))
    shuffled = np.random.default_rng(seed).permutation(len(names))
    places = {names[each]: place for place, each in enumerate(shuffled)}
    of_clips = np.array([places[each] for each in recordings], np.int64)
    labels = _added_up(targets, of_clips, len(names))
    sizes = np.bincount(of_clips, minlength=len(names))
    folds = np.zeros(len(names), np.int16)
    left = labels.sum(axis=0)
    # What each fold still lacks of each class and of clips, times the number of folds: whole
    # numbers, which are equal where shares are.
    lacking = np.tile(left, (count, 1))
    room = np.full(count, len(recordings))

    def deal(recording: int, wanting: NDArray[np.int64]) -> None:
        fold = np.lexsort((room, lacking @ labels[recording], wanting))[-1]  # the last key first
        folds[recording] = fold + 1
        lacking[fold] -= count * labels[recording]
        room[fold] -= count * sizes[recording]
        left[:] -= labels[recording]

    while left.any():
        rarest = np.argmin(np.where(left > 0, left, np.iinfo(left.dtype).max))
        waiting = np.flatnonzero((folds == 0) & (labels[:, rarest] > 0))
        for recording in waiting[np.argsort(-labels[waiting, rarest], kind="stable")]:
            deal(recording, lacking[:, rarest])
    unlabelled = np.flatnonzero(folds == 0)
    for recording in unlabelled[np.argsort(-sizes[unlabelled], kind="stable")]:
        deal(recording, room)
    return folds[of_clips]


def recordings_of_classes(
    targets: NDArray[np.bool_], recordings: Sequence[Recording]
) -> NDArray[np.int64]:
    """How many recordings each class has, int64 (classes,); arguments as of stratified_folds."""
    places = {name: place for place, name in enumerate(dict.fromkeys(recordings))}
    of_clips = np.array([places[each] for each in recordings], np.int64)
    return np.asarray((_added_up(targets, of_clips, len(places)) > 0).sum(axis=0))


def _added_up(
    targets: NDArray[np.bool_], of_clips: NDArray[np.int64], recordings: int
) -> NDArray[np.int64]:
    """How many clips of each class each recording has, int64 (recordings, classes)."""
    labels = np.zeros((recordings, targets.shape[1]), np.int64)
    np.add.at(labels, of_clips, targets)
    return labels


def _listed(numbers: NDArray[np.int16]) -> str:
    return ", ".join(map(str, numbers))
