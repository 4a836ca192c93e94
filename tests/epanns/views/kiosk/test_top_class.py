"""The one class that is named: the most specific that is clearly heard, without flickering."""

from collections.abc import Iterable

import pytest

from epanns.views.kiosk.top_class import TopClass
from epanns.views.ranking import RankedClass
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


def rows(**scores: float) -> list[RankedClass]:
    """Rows of the named classes; '_' stands for a blank."""
    indices = {AUDIOSET.index(name.replace("_", " ")): score for name, score in scores.items()}
    return [RankedClass(index, AUDIOSET.names[index], score) for index, score in indices.items()]


def named(top_class: TopClass, moments: Iterable[tuple[float, list[RankedClass]]]) -> list[str]:
    """What is named at each moment; "" for nothing."""
    found = [top_class.update(heard, now) for now, heard in moments]
    return [row.name if row else "" for row in found]


@pytest.mark.parametrize(
    ("scores", "name"),
    [
        ({"Animal": 0.9, "Dog": 0.8, "Bark": 0.7}, "Bark"),
        ({"Animal": 0.9, "Dog": 0.8, "Bark": 0.2}, "Dog"),
        ({"Animal": 0.5, "Bark": 0.45, "Music": 0.8}, "Music"),  # and not the deepest
        ({"Speech": 0.95, "Whistle": 0.6}, "Speech"),
        ({"Speech": 0.3, "Dog": 0.35}, ""),
        ({"Silence": 1.0}, ""),
        ({"Inside,_small_room": 0.9, "Speech": 0.5}, "Speech"),
        ({}, ""),
    ],
)
def test_the_most_specific_class_that_is_clearly_heard(scores: dict, name: str) -> None:
    assert named(TopClass(), [(0.0, rows(**scores))]) == [name]


def test_a_name_stays_for_a_second_whatever_comes() -> None:
    moments = [(0.0, rows(Dog=0.8)), (0.5, rows(Siren=0.9)), (0.9, []), (1.1, rows(Siren=0.9))]
    assert named(TopClass(), moments) == ["Dog", "Dog", "Dog", "Siren"]


def test_a_name_stays_until_its_score_has_faded() -> None:
    moments = [(0.0, rows(Dog=0.8)), (2.0, rows(Dog=0.25)), (2.1, rows(Dog=0.15))]
    assert named(TopClass(), moments) == ["Dog", "Dog", ""]


def test_another_class_must_be_clearly_ahead() -> None:
    moments = [
        (0.0, rows(Dog=0.8)),
        (2.0, rows(Dog=0.6, Siren=0.65)),
        (2.1, rows(Dog=0.6, Siren=0.75)),
    ]
    assert named(TopClass(), moments) == ["Dog", "Dog", "Siren"]


def test_two_equal_sounds_do_not_flicker() -> None:
    moments = [
        (2.0 + 0.1 * n, rows(Dog=0.6 + 0.04 * (n % 2), Siren=0.6 + 0.04 * ((n + 1) % 2)))
        for n in range(100)
    ]
    assert len(set(named(TopClass(), moments))) == 1


def test_a_more_specific_class_takes_over_and_does_not_give_way_to_its_parent() -> None:
    moments = [
        (0.0, rows(Animal=0.9, Dog=0.5)),
        (1.1, rows(Animal=0.9, Dog=0.6, Bark=0.45)),
        (2.2, rows(Animal=0.9, Dog=0.6, Bark=0.3)),
    ]
    assert named(TopClass(), moments) == ["Dog", "Bark", "Bark"]


def test_its_score_is_the_present_one() -> None:
    top_class = TopClass()
    top_class.update(rows(Dog=0.8), 0.0)
    row = top_class.update(rows(Dog=0.5), 0.1)
    assert row is not None and row.score == 0.5


def test_a_clock_that_goes_back_is_another_source() -> None:
    moments = [(100.0, rows(Dog=0.8)), (0.0, rows(Siren=0.8))]
    assert named(TopClass(), moments) == ["Dog", "Siren"]


def test_without_an_ontology_it_is_the_class_with_the_highest_score() -> None:
    tools = Vocabulary(("Drill", "Saw"))
    heard = [
        RankedClass(index, tools.names[index], score, vocabulary=tools)
        for index, score in ((0, 0.5), (1, 0.7))
    ]
    assert named(TopClass(), [(0.0, heard)]) == ["Saw"]
