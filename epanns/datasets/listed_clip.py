"""A row of a listing, and what the rows say together of each recording."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from epanns.files.find import identity
from epanns.formatting import visible
from epanns.vocabulary.audioset import AUDIOSET

NAMES_OF_IDS = dict(zip(AUDIOSET.ids, AUDIOSET.names, strict=True))


@dataclass(frozen=True)
class ListedClip:
    """A recording to pack.

    Attributes:
        name: what it is called in the pack.
        path: where it is, or should be.
        labels: names or ids of classes, as the listing has them; none for an unlabelled clip.
        split: what it is for, in the words of the listing.
        fold: -1 for none.
        source: where it is from; "" if the listing has no source.
        licence: its licence; "" likewise.
        segment: start and end of the clip in a longer recording, in seconds.
        category: what the listing itself calls the clip's class, where that is not its labels: the
            category of ESC-50 and its like, or the name of the folder it lies in; else "".
    """

    name: str
    path: Path
    labels: tuple[str, ...]
    split: str
    fold: int = -1
    source: str = ""
    licence: str = ""
    segment: tuple[float, float] | None = None
    category: str = field(default="", compare=False)

    def in_own_words(self) -> "ListedClip":
        """The clip with the labels that the listing itself has; AudioSet's ids become names."""
        if self.category:
            return replace(self, labels=(self.category,), split="train")
        return replace(self, labels=tuple(map(_name, self.labels)))

    def in_any_words(self) -> "ListedClip":
        """The clip with its labels, or with those that the listing itself has if there are none."""
        return self if self.labels else self.in_own_words()


class ListedRecordings:
    """What each recording of a listing is for, by whichever path it is reached."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[str, str, int]] = {}

    def add(self, row: ListedClip) -> None:
        """Take a row.

        Raises:
            ValueError: an earlier one puts the same clip into another split or fold.
        """
        file = identity(row.path) or (os.path.abspath(row.path),)  # noqa: PTH100 (may be missing)
        key = (*file, row.segment)
        name, split, fold = self._known.setdefault(key, (row.name, row.split, row.fold))
        if (split, fold) != (row.split, row.fold):
            folds = f", fold {fold} and {row.fold}" if fold != row.fold else ""
            raise ValueError(
                f"{row.name} is the recording {name} again, which is in the split {split} already"
                f" and cannot be in {row.split}, too{folds}"
            )


def _name(label: str) -> str:
    """A label as a pack keeps it: an id of AudioSet's by the name of its class."""
    return NAMES_OF_IDS.get(label) or visible(label)
