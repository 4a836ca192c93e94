"""What a person wants of a network's classes: shown, pinned, watched, from which score on."""

import dataclasses

import pytest

from epanns.views.class_selection import ClassSelection, find
from epanns.views.options import SelectionSpec
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

DOG, BARK, ANIMAL, SPEECH = (AUDIOSET.index(n) for n in ("Dog", "Bark", "Animal", "Speech"))
PETS = AUDIOSET.index("Domestic animals, pets")
TOOLS = Vocabulary(("Drill", "Saw", "Dog"))


def selection(**spec: object) -> ClassSelection:
    return ClassSelection.of(SelectionSpec(**spec))  # type: ignore[arg-type]


def found(text: str, language: str = "en") -> list[str]:
    return [AUDIOSET.names[index] for index in find(text, AUDIOSET, language)]


def test_it_begins_with_what_the_specification_says() -> None:
    chosen = selection(classes="home", threshold=0.2, pin="Dog; Speech", watch="bark")
    assert chosen.shown == set(AUDIOSET.subset("home"))
    assert chosen.title == "home"
    assert chosen.pinned == (DOG, SPEECH)
    assert chosen.watched == {BARK}
    assert chosen.thresholds == (0.2,) * 527
    assert not chosen.most_specific


def test_by_default_everything_is_shown_and_nothing_stands_out() -> None:
    chosen = selection()
    assert chosen.shown == chosen.visible == set(range(527))
    assert (chosen.title, chosen.pinned, chosen.watched) == ("all", (), frozenset())


def test_a_change_makes_another_one_and_leaves_the_first_as_it_was() -> None:
    before = selection()
    after = before.show([DOG], False).pin(SPEECH, True).watch(BARK, True).with_threshold(DOG, 0.5)
    assert before == selection()
    assert DOG not in after.shown
    assert (after.pinned, after.watched, after.thresholds[DOG]) == ((SPEECH,), {BARK}, 0.5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.title = "mine"  # type: ignore[misc]


def test_every_change_can_be_taken_back() -> None:
    before = selection()
    changed = before.show([DOG], False).pin(DOG, True).watch(DOG, True)
    assert changed.show([DOG], True).pin(DOG, False).watch(DOG, False) == before


def test_a_set_of_ones_own_has_no_title() -> None:
    chosen = selection(classes="home")
    assert chosen.show([ANIMAL], True).title == ""
    assert chosen.show(range(527), True).title == "all"
    assert chosen.only("animals") == selection(classes="animals")


def test_pinned_classes_keep_the_order_in_which_they_were_pinned() -> None:
    chosen = selection().pin(SPEECH, True).pin(DOG, True)
    assert chosen.pinned == (SPEECH, DOG)
    assert chosen.pin(SPEECH, True).pinned == (DOG, SPEECH)


def test_a_pinned_class_is_visible_though_it_is_not_shown() -> None:
    chosen = selection(classes="music", pin="Dog")
    assert DOG not in chosen.shown
    assert DOG in chosen.visible


def test_one_threshold_of_all_is_told_from_several() -> None:
    chosen = selection(threshold=0.2)
    assert chosen.threshold == 0.2
    assert chosen.with_threshold(DOG, 0.5).threshold is None


@pytest.mark.parametrize(
    ("spec", "covered"),
    [
        ({}, {DOG, PETS, ANIMAL}),
        ({"pin": "Animal"}, {DOG, PETS}),  # a pinned class stays
        ({"classes": "music"}, set()),  # for a class that is not shown nothing makes way
        ({"classes": "music", "pin": "Bark"}, {DOG, PETS, ANIMAL}),
        ({"most_specific": False}, set()),
    ],
)
def test_the_most_specific_class_covers_those_above_it(
    spec: dict[str, object], covered: set[int]
) -> None:
    chosen = selection(**{"most_specific": True, **spec})
    assert chosen.covered([BARK, DOG, ANIMAL]) == covered


def test_classes_are_found_by_their_name_first_and_then_by_those_above_them() -> None:
    dogs = found("dog")
    assert dogs[:3] == ["Dog", "Whimper (dog)", "Canidae, dogs, wolves"]
    assert "Bark" in dogs[3:]
    assert found("smoke alarm") == ["Smoke detector, smoke alarm"]
    assert found("no such thing") == []
    assert len(found("  ")) == 527


def test_classes_are_found_in_the_language_of_the_user_and_in_english() -> None:
    for text in ("turklingel", "TÜRKLINGEL", "doorbell"):
        assert found(text, "de")[0] == "Doorbell"
    assert found("turklingel") == []


def test_of_another_vocabulary_it_holds_what_that_has() -> None:
    spec = SelectionSpec(classes="home", threshold=0.2, pin="Dog; Speech", watch="saw; bark")
    selected = ClassSelection.of(spec, TOOLS)
    assert selected.vocabulary is TOOLS
    assert (selected.shown, selected.title) == ({0, 1, 2}, "all"), "it has no such subset"
    assert (selected.pinned, selected.watched) == ((2,), {1})
    assert selected.thresholds == (0.2,) * 3
    assert selected.only("Saw").shown == {1}


def test_of_another_vocabulary_no_class_covers_another() -> None:
    selected = ClassSelection.of(SelectionSpec(most_specific=True), TOOLS)
    assert selected.covered([0, 1, 2]) == frozenset()


def test_classes_of_another_vocabulary_are_found_by_their_names() -> None:
    assert find("dr", TOOLS, "de") == (0,)
    assert find("", TOOLS, "de") == (0, 1, 2)
    assert find("Turklingel", TOOLS, "de") == ()
