"""Which classes a pack gets: AudioSet's, a part of them, those of a file, or its listing's own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from epanns.datasets.listed_clip import ListedClip
from epanns.errors import EpannsError
from epanns.formatting import listed
from epanns.storage.existence import is_file
from epanns.vocabulary.audioset import AUDIOSET, AudioSetVocabulary, vocabulary_named
from epanns.vocabulary.vocabulary import Vocabulary, read_class_names

WHOLE, OWN = "audioset", "own"
NAMED = 5  # classes named in a sentence


class PackClassesError(EpannsError):
    """There are no such classes."""


@dataclass(frozen=True)
class PackClasses:
    """The classes of a pack, and what labels the clips of a listing have among them.

    Attributes:
        vocabulary: the classes.
        labelled: gives a clip of a listing the labels that are looked up in the vocabulary.
        is_part: whether they are a part of the listing's classes, so that others are no faults.
        remark: what the user should know of the choice; "" for nothing.
    """

    vocabulary: Vocabulary
    labelled: Callable[[ListedClip], ListedClip]
    is_part: bool = False
    remark: str = ""


AUDIOSETS = PackClasses(AUDIOSET, lambda clip: clip)


def choose_classes(
    asked: str | None,
    there: Vocabulary | None,
    listing: Path,
    clips: Iterable[ListedClip],
    is_wanted: Callable[[ListedClip], bool] = lambda clip: True,
) -> PackClasses:
    """The classes that the user asks for.

    Without being asked for any, a pack keeps those that it has. A new one gets AudioSet's, if one
    label of the listing is among them; else the listing's own, as folders of recordings that are
    named by their class have them.

    Args:
        asked: "audioset"; "own" for those of the listing, by name; a node or a named subset of
            AudioSet's ontology; the path of a CSV file of names; None for nothing.
        there: the classes of the pack, if it is there.
        listing: the listing, for sentences.
        clips: its clips, which are gone through if need be.
        is_wanted: whether a clip is packed, given with the labels that it has then.

    Raises:
        PackClassesError: there are no such classes.
    """
    if asked is None and there is not None:
        return _given(there)
    if asked is None:
        return _of_listing(listing, clips, is_wanted)
    if asked.lower() == OWN:
        own = filter(is_wanted, map(ListedClip.in_own_words, clips))
        return _own(listing, {label for clip in own for label in clip.labels})
    return AUDIOSETS if asked.lower() == WHOLE else _given(_part(asked))


def _given(vocabulary: Vocabulary) -> PackClasses:
    """Classes that the listing has no say in."""
    if vocabulary == AUDIOSET:
        return AUDIOSETS
    is_audiosets = isinstance(vocabulary, AudioSetVocabulary)

    def labelled(clip: ListedClip) -> ListedClip:
        own = not is_audiosets or clip.category in vocabulary.names
        return clip.in_own_words() if own else clip.in_any_words()

    return PackClasses(vocabulary, labelled, is_part=True)


def _part(asked: str) -> Vocabulary:
    """Some classes of AudioSet's, or those that a file names."""
    try:
        if is_file(asked):
            return vocabulary_named(read_class_names(Path(asked)), title="pack")
        names = [AUDIOSET.names[index] for index in AUDIOSET.subset(asked)]
    except OSError as error:
        raise PackClassesError(f"{asked} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        begin = f"{asked} names no classes: it has" if is_file(asked) else f"--vocabulary {asked}:"
        end = f"{error}." if is_file(asked) else f"it must be {WHOLE}, {OWN}, {error}."
        raise PackClassesError(f"{begin} {end}") from None
    return vocabulary_named(names)


def _of_listing(
    listing: Path, clips: Iterable[ListedClip], is_wanted: Callable[[ListedClip], bool]
) -> PackClasses:
    """AudioSet's classes if the listing has a label of theirs, else its own."""
    labels: set[str] = set()
    own_labels: set[str] = set()
    in_class_folders: set[bool] = set()  # of all clips that have a class at all
    for clip in clips:
        own = clip.in_own_words()
        labels.update(clip.labels if is_wanted(clip) else ())
        own_labels.update(own.labels if is_wanted(own) else ())
        if own.labels:
            in_class_folders.add(clip.category == clip.path.parent.name != "")
    if not own_labels or (in_class_folders != {True} and any(map(_is_audiosets, labels))):
        return AUDIOSETS
    classes = _own(listing, own_labels)
    names = listed(list(map(repr, classes.vocabulary.names)), NAMED)
    remark = (
        f"The classes of the pack are {listing}'s own: {names}; with --vocabulary {WHOLE} they are"
        " AudioSet's."
    )
    return PackClasses(classes.vocabulary, classes.labelled, remark=remark)


def _is_audiosets(label: str) -> bool:
    try:
        AUDIOSET.index_of_label(label)
    except ValueError:
        return False
    return True


def _own(listing: Path, labels: set[str]) -> PackClasses:
    """Classes by name; of two that differ in upper and lower case alone the first spelling."""
    if not labels:
        raise PackClassesError(f"{listing} has no labels, so it has no classes of its own.")
    spelling = {label.lower(): label for label in sorted(labels, reverse=True)}
    names = [spelling[key] for key in sorted(spelling)]
    return PackClasses(vocabulary_named(names, title="pack"), ListedClip.in_own_words)
