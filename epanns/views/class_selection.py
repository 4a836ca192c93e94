"""Which classes a person wants to see, and how: a value, made anew with every change."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from epanns.views.options import SelectionSpec
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.languages import folded, searchable
from epanns.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class ClassSelection:
    """What is selected of a vocabulary's classes, which stand here as their indices.

    Attributes:
        vocabulary: whose classes these are.
        shown: the classes to show.
        title: the named subset that these are; "" for one of the user's own.
        pinned: classes that stay visible, shown or not, in the order of their rows.
        watched: classes to be told of when they fire, shown or not.
        thresholds: for each class the score in [0, 1] from which on it counts as heard (it fires).
        most_specific: whether classes give way to those below them that fire.
    """

    vocabulary: Vocabulary
    shown: frozenset[int]
    title: str
    pinned: tuple[int, ...]
    watched: frozenset[int]
    thresholds: tuple[float, ...]
    most_specific: bool

    @classmethod
    def of(cls, spec: SelectionSpec, vocabulary: Vocabulary = AUDIOSET) -> "ClassSelection":
        """What a specification means for a vocabulary, of which it may name classes that it lacks.

        Those are left out, and all classes are shown in place of a subset that it lacks; see
        Settings.unknown_classes.
        """
        title = spec.classes
        try:
            shown = vocabulary.subset(title)
        except ValueError:
            shown, title = vocabulary.subset("all"), "all"
        return cls(
            vocabulary=vocabulary,
            shown=frozenset(shown),
            title=title,
            pinned=vocabulary.known(spec.pin)[0],
            watched=frozenset(vocabulary.known(spec.watch)[0]),
            thresholds=(spec.threshold,) * len(vocabulary),
            most_specific=spec.most_specific,
        )

    @property
    def visible(self) -> frozenset[int]:
        """The classes that can have a row."""
        return self.shown.union(self.pinned)

    @property
    def threshold(self) -> float | None:
        """The threshold of all classes; None if they differ."""
        return self.thresholds[0] if len(set(self.thresholds)) == 1 else None

    def only(self, subset: str) -> "ClassSelection":
        """Show a named subset.

        Raises:
            ValueError: there is none of that name.
        """
        return replace(self, shown=frozenset(self.vocabulary.subset(subset)), title=subset)

    def show(self, classes: Iterable[int], wanted: bool) -> "ClassSelection":
        """Show some classes too, or no longer."""
        shown = self.shown.union(classes) if wanted else self.shown.difference(classes)
        return replace(self, shown=shown, title="all" if len(shown) == len(self.vocabulary) else "")

    def pin(self, index: int, wanted: bool) -> "ClassSelection":
        """Pin a class below those that are pinned, or let it go."""
        others = tuple(each for each in self.pinned if each != index)
        return replace(self, pinned=(*others, index) if wanted else others)

    def watch(self, index: int, wanted: bool) -> "ClassSelection":
        """Watch a class, or no longer."""
        watched = self.watched | {index} if wanted else self.watched - {index}
        return replace(self, watched=watched)

    def with_threshold(self, index: int, threshold: float) -> "ClassSelection":
        """Let a class count as heard from another score on, in [0, 1]."""
        before, after = self.thresholds[:index], self.thresholds[index + 1 :]
        return replace(self, thresholds=(*before, threshold, *after))

    def covered(self, firing: Iterable[int]) -> frozenset[int]:
        """The classes without a row of their own while others fire: those above one that is shown.

        Those that are pinned stay.
        """
        if not self.most_specific:
            return frozenset()
        visible = self.visible
        above = (self.vocabulary.above(index) for index in firing if index in visible)
        return frozenset().union(*above).difference(self.pinned)


def find(text: str, vocabulary: Vocabulary, language: str) -> tuple[int, ...]:
    """The classes that a text could mean, those whose own name holds it first.

    Args:
        text: words that all must occur in the name of a class, or in it and the names above it;
            case and accents do not count.
        vocabulary: where to look.
        language: of the user; English names are found, too.
    """
    names, wanted = searchable(language, vocabulary), folded(text).split()
    own, below = [], []
    for index, name in enumerate(names):
        whole = " ".join((name, *(names[each] for each in vocabulary.above(index))))
        if all(word in name for word in wanted):
            own.append(index)
        elif all(word in whole for word in wanted):
            below.append(index)
    return (*own, *below)
