"""What a person wants of the 527 classes: shown, pinned, watched, from which score on."""

import dataclasses

import pytest

from epanns.settings import Settings
from epanns.views.class_selection import ClassSelection, find
from epanns.vocabulary.audioset import AUDIOSET

DOG, BARK, ANIMAL, SPEECH = (AUDIOSET.index(n) for n in ("Dog", "Bark", "Animal", "Speech"))
PETS = AUDIOSET.index("Domestic animals, pets")


def choice(**settings: object) -> ClassSelection:
    return ClassSelection.of(Settings(**settings))  # type: ignore[arg-type]


def found(text: str, language: str = "en") -> list[str]:
    return [AUDIOSET.names[index] for index in find(text, language)]


def test_it_begins_with_what_the_settings_say() -> None:
    chosen = choice(classes="home", threshold=0.2, pin="Dog; Speech", watch="bark")
    assert chosen.shown == set(AUDIOSET.subset("home"))
    assert chosen.title == "home"
    assert chosen.pinned == (DOG, SPEECH)
    assert chosen.watched == {BARK}
    assert chosen.thresholds == (0.2,) * 527
    assert not chosen.most_specific


def test_without_settings_everything_is_shown_and_nothing_stands_out() -> None:
    chosen = choice()
    assert chosen.shown == chosen.visible == set(range(527))
    assert (chosen.title, chosen.pinned, chosen.watched) == ("all", (), frozenset())


def test_a_change_makes_another_one_and_leaves_the_first_as_it_was() -> None:
    before = choice()
    after = before.show([DOG], False).pin(SPEECH, True).watch(BARK, True).with_threshold(DOG, 0.5)
    assert before == choice()
    assert DOG not in after.shown
    assert (after.pinned, after.watched, after.thresholds[DOG]) == ((SPEECH,), {BARK}, 0.5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.title = "mine"  # type: ignore[misc]


def test_every_change_can_be_taken_back() -> None:
    before = choice()
    changed = before.show([DOG], False).pin(DOG, True).watch(DOG, True)
    assert changed.show([DOG], True).pin(DOG, False).watch(DOG, False) == before


def test_a_set_of_ones_own_has_no_title() -> None:
    chosen = choice(classes="home")
    assert chosen.show([ANIMAL], True).title == ""
    assert chosen.show(range(527), True).title == "all"
    assert chosen.only("animals") == choice(classes="animals")


def test_pinned_classes_keep_the_order_in_which_they_were_pinned() -> None:
    chosen = choice().pin(SPEECH, True).pin(DOG, True)
    assert chosen.pinned == (SPEECH, DOG)
    assert chosen.pin(SPEECH, True).pinned == (DOG, SPEECH)


def test_a_pinned_class_is_visible_though_it_is_not_shown() -> None:
    chosen = choice(classes="music", pin="Dog")
    assert DOG not in chosen.shown
    assert DOG in chosen.visible


def test_one_threshold_of_all_is_told_from_several() -> None:
    chosen = choice(threshold=0.2)
    assert chosen.threshold == 0.2
    assert chosen.with_threshold(DOG, 0.5).threshold is None


@pytest.mark.parametrize(
    ("settings", "covered"),
    [
        ({}, {DOG, PETS, ANIMAL}),
        ({"pin": "Animal"}, {DOG, PETS}),  # a pinned class stays
        ({"classes": "music"}, set()),  # for a class that is not shown nothing makes way
        ({"classes": "music", "pin": "Bark"}, {DOG, PETS, ANIMAL}),
        ({"most_specific": False}, set()),
    ],
)
def test_the_most_specific_class_covers_those_above_it(
    settings: dict[str, object], covered: set[int]
) -> None:
    chosen = choice(**{"most_specific": True, **settings})
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
