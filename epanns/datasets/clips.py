"""Recordings with labels to evaluate on, one at a time: from a listing or from a pack."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from epanns.audio.selection import ChannelChoice
from epanns.datasets.clip_reading import read_clip
from epanns.datasets.listing import read_listing
from epanns.datasets.listing_rows import stop
from epanns.datasets.pack import Pack
from epanns.errors import AudioFileError, EpannsError
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


class ClipsError(EpannsError):
    """There is nothing to evaluate on."""


class Clip(NamedTuple):
    """One recording.

    Attributes:
        name: what it is called, such as its path in the listing.
        waveform: float32 (samples,) at 32 kHz in [-1, 1].
        target: bool (classes,), its labels.
        source: where it comes from; "" if that is not known.
    """

    name: str
    waveform: NDArray[np.float32]
    target: NDArray[np.bool_]
    source: str


class Entry(NamedTuple):
    """A recording that has not been read yet; see Clip. `read` gives its sound, and warnings."""

    name: str
    read: Callable[[], tuple[NDArray[np.float32], list[str]]]
    target: NDArray[np.bool_]
    source: str
    split: str


class Clips:
    """Recordings that are read when they are asked for.

    Args:
        entries: the recordings.
        vocabulary: the classes of their targets.
        strict: whether clips with a warning are left out.
        skipped: one sentence for each recording that was left out before.

    Attributes:
        vocabulary: see Args.
        skipped: one sentence for each clip so far that could not be used.
        warnings: what is wrong with each clip so far that is not as it should be, by its name.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        vocabulary: Vocabulary,
        strict: bool = False,
        skipped: Iterable[str] = (),
    ) -> None:
        self.vocabulary = vocabulary
        self.skipped = list(skipped)
        self.warnings: dict[str, list[str]] = {}
        self._entries = entries
        self._strict = strict

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Clip]:
        for entry in self._entries:
            try:
                waveform, warnings = entry.read()
            except AudioFileError as error:
                self.skipped.append(str(error))
                continue
            if warnings:
                self.warnings[entry.name] = warnings
            if not (warnings and self._strict):
                yield Clip(entry.name, waveform, entry.target, entry.source)


@contextmanager
def open_clips(
    path: Path,
    split: str = "all",
    sources: Sequence[str] = (),
    channel: ChannelChoice = None,
    strict: bool = False,
    skip_bad: bool = False,
) -> Iterator[Clips]:
    """Open a set of recordings.

    Args:
        path: a pack, whose classes are its own, or a listing as epanns/datasets/listing.py
            describes them, of AudioSet's classes.
        split: only clips of this split; "all" for all.
        sources: only clips whose source has one of these texts in it, in any case; none for all.
        channel: which channel of the recordings of a listing is taken; see
            epanns/audio/channel_mixer.py.
        strict: leave out clips that there is a warning about.
        skip_bad: whether to leave out rows of a listing that cannot be used; else they are errors.

    Raises:
        EpannsError: it cannot be read, or no clip is of that split and source.
    """
    if h5py.is_hdf5(path):
        with Pack(path) as pack:
            chosen = _chosen(list(_packed(pack)), path, split, sources)
            yield Clips(chosen, pack.vocabulary, strict)
    else:
        skipped: list[str] = []
        rows = list(_listed(path, channel, skip_bad, skipped))
        yield Clips(_chosen(rows, path, split, sources), AUDIOSET, strict, skipped)


def _chosen(
    entries: Sequence[Entry], path: Path, split: str, sources: Sequence[str]
) -> Sequence[Entry]:
    """The entries of a split and of sources."""
    texts = [text.lower() for text in sources] or [""]
    chosen = [
        entry
        for entry in entries
        if split in ("all", entry.split) and any(text in entry.source.lower() for text in texts)
    ]
    if not chosen:
        splits = ", ".join(sorted({entry.split for entry in entries})) or "none"
        raise ClipsError(
            f"{path} has no clips of the split {split!r}"
            + (f" from {' or '.join(sources)}" if sources else "")
            + f"; its splits are {splits}."
        )
    return chosen


def _packed(pack: Pack) -> Iterator[Entry]:
    targets = pack.targets(np.arange(len(pack))) > 0
    rows = zip(pack.names, targets, pack.sources, pack.splits, strict=True)
    for index, (name, target, source, split) in enumerate(rows):
        yield Entry(name, partial(_from_pack, pack, index), target, source, split)


def _from_pack(pack: Pack, index: int) -> tuple[NDArray[np.float32], list[str]]:
    warning = pack.warnings[index]
    return pack.waveform(index), [warning] if warning else []


def _listed(
    path: Path, channel: ChannelChoice, skip_bad: bool, skipped: list[str]
) -> Iterator[Entry]:
    names: set[str] = set()
    for row in read_listing(path, bad=skipped.append if skip_bad else stop):
        if row.segment is not None:
            raise ClipsError(
                f"{path} lists parts of recordings; pack it, and evaluate on the pack."
            )
        if row.name in names:
            skipped.append(f"{row.name} stands in the listing twice; the first one counts.")
            continue
        target = np.zeros(len(AUDIOSET), np.bool_)
        try:
            target[[AUDIOSET.index_of_label(label) for label in row.labels]] = True
        except ValueError as error:
            sentence = f"{path} cannot be used: of {row.name}, {error}."
            if not skip_bad:
                raise ClipsError(sentence) from None
            skipped.append(sentence)
            continue
        names.add(row.name)
        read = partial(read_clip, row, channel)
        yield Entry(row.name, read, target, row.source, row.split)
