"""Which sets are of single kinds, and what is taken for what in them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from epanns.evaluation.confusion import MOST, confusion
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


def targets(*clips: str) -> NDArray[np.bool_]:
    """The labels of clips; each is a text of names joined by ;."""
    rows = np.zeros((len(clips), len(AUDIOSET)), np.bool_)
    for row, names in zip(rows, clips, strict=True):
        row[[AUDIOSET.index(name) for name in names.split(";")]] = True
    return rows


def scores(*highest: str) -> NDArray[np.floating]:
    """Scores with one class each that is the highest."""
    return targets(*highest) * 0.5 + 0.1


DOG, ROOSTER = "Animal;Dog;Bark", "Animal;Crowing, cock-a-doodle-doo"


def test_clips_are_counted_by_what_they_are_and_what_scored_highest() -> None:
    found = confusion(targets(DOG, DOG, DOG, ROOSTER), scores("Dog", "Bark", ROOSTER, ROOSTER))
    assert found is not None
    assert set(found.names) == {"Bark", "Crowing, cock-a-doodle-doo"}
    dog = found.names.index("Bark")
    assert found.counts[dog, dog] == 2 and found.counts[dog, 1 - dog] == 1
    assert found.counts[1 - dog, 1 - dog] == 1 and found.counts[1 - dog, dog] == 0


def test_a_label_that_kinds_share_decides_nothing() -> None:
    wrong = scores("Animal;Dog") + scores("Animal") * 10
    found = confusion(targets(DOG, ROOSTER), np.concatenate([wrong, scores(ROOSTER)]))
    assert found is not None and np.array_equal(found.counts, np.eye(2))


@pytest.mark.parametrize(
    "clips",
    [
        ("Dog", "Dog"),  # one kind
        ("Dog", "Dog;Bark"),  # the first has nothing of its own
        AUDIOSET.names[: MOST + 1],  # too many to be drawn
    ],
)
def test_other_sets_have_no_matrix(clips: tuple[str, ...]) -> None:
    assert confusion(targets(*clips), scores(*clips)) is None


def test_kinds_of_another_vocabulary_have_its_names() -> None:
    labels = np.array([[True, False, True], [False, True, False]])
    found = confusion(labels, labels * 0.5, Vocabulary(["whale", "ship", "song"]))
    assert found is not None and set(found.names) == {"whale", "ship"}


def test_a_scorer_that_knows_none_of_a_kind_never_chooses_it() -> None:
    values = scores("Dog", "Dog")
    values[:, AUDIOSET.index("Crowing, cock-a-doodle-doo")] = np.nan
    found = confusion(targets(DOG, ROOSTER), values)
    assert found is not None and found.counts[:, found.names.index("Bark")].sum() == 2
