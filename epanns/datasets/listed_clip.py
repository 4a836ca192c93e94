"""A row of a listing, and what the rows say together of each recording."""

import os
from dataclasses import dataclass
from pathlib import Path

from epanns.files.find import identity


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
    """

    name: str
    path: Path
    labels: tuple[str, ...]
    split: str
    fold: int = -1
    source: str = ""
    licence: str = ""
    segment: tuple[float, float] | None = None


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
