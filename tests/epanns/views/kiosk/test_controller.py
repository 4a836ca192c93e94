"""What the kiosk's screen says, moment by moment."""

import random
from itertools import count

import numpy as np
import pytest

from epanns.live.watchdog import RESTARTING
from epanns.prediction import NetworkInfo, Prediction
from epanns.views.kiosk.controller import KioskController
from epanns.views.kiosk.game import ASKED, BETWEEN, CELEBRATED, GONE, Challenge
from epanns.views.kiosk.screen import AFRESH, AWAY, INVITATION, MUTED, WAKING, KioskScreen
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.vocabulary.audioset import AUDIOSET, part_of_audioset
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.fake_engine import STATES, scores
from tests.support.networks import STARTER

WHISTLE = Challenge((AUDIOSET.index("Whistling"),), "Whistle!", 0.3)
HOP = 3200
UNSMOOTHED = RankingOptions(smoothing=0.0)
MINE = NetworkInfo("mine", vocabulary=Vocabulary(("Drill", "Saw", "Hammer")))


class Visit:
    """A kiosk's controller and the sounds of its visitors."""

    def __init__(self, spec: SelectionSpec | None = None) -> None:
        self.controller = KioskController(
            UNSMOOTHED, spec or SelectionSpec(), [WHISTLE], random.Random(0)
        )
        self._hops = count()

    def hear(self, seconds: float = 0.1, level: float = -20.0, **sounds: float) -> KioskScreen:
        """What is said in the end while a sound goes on; '_' stands for a blank."""
        screen = INVITATION
        for _ in range(round(10 * seconds)):
            end = next(self._hops) * HOP
            prediction = Prediction(end - 32000, end, scores(**sounds), level, 0.01, STARTER)
            screen = self.controller.look(STATES["live"], prediction)
        return screen

    def quiet(self, seconds: float = 0.1) -> KioskScreen:
        return self.hear(seconds, level=-90.0)


def test_when_all_is_quiet_it_invites_and_shows_no_bars() -> None:
    assert Visit().quiet(5) == INVITATION


def test_before_the_first_prediction_it_invites() -> None:
    assert Visit().controller.look(STATES["live"], None) == INVITATION


def test_it_names_the_top_class_below_its_family_above_the_bars() -> None:
    screen = Visit().hear(1, Bark=0.7, Dog=0.8, Animal=0.9)
    assert (screen.over, screen.title) == ("Animal", "Bark")
    assert screen.index == AUDIOSET.index("Bark")
    assert [row.name for row in screen.rows] == ["Animal", "Dog", "Bark"]


def test_bars_are_there_for_what_is_above_the_threshold_also_without_a_caption() -> None:
    screen = Visit(SelectionSpec(threshold=0.1)).hear(1, Dog=0.3, Rain=0.12, Siren=0.08)
    assert screen.title == INVITATION.title
    assert [row.name for row in screen.rows] == ["Dog", "Rain"]


def test_it_asks_celebrates_and_goes_on() -> None:
    visit = Visit()
    visit.hear(BETWEEN + 0.5, Speech=0.9)
    asked = visit.hear(2, Whistling=0.15)
    assert (asked.over, asked.title) == ("Can you make it say …", "Whistling")
    assert asked.under == "Whistle!"
    assert asked.near == pytest.approx(0.5)
    assert asked.left == pytest.approx(1 - 2.4 / ASKED, abs=0.02)
    won = visit.hear(0.1, Whistling=0.5)
    assert (won.over, won.title, won.won) == ("You made it say", "Whistling", 1)
    assert won.celebrates and won.near is None
    after = visit.hear(CELEBRATED + 0.2, Speech=0.9)
    assert (after.title, after.celebrates, after.won) == ("Speech", False, 1)
    assert visit.quiet(GONE + 1) == INVITATION


def test_only_sounds_that_may_be_shown_are_asked_for() -> None:
    visit = Visit(SelectionSpec(classes="Animal"))
    assert visit.hear(BETWEEN + 5, Dog=0.9).near is None


@pytest.mark.parametrize(
    ("state", "screen"),
    [
        ("starting", WAKING),
        ("loading", WAKING),
        ("fetching", WAKING),
        ("ended", WAKING),
        ("lost", AWAY),
        ("failed", AWAY),
        ("model-failed", AFRESH),
        ("stopped", AFRESH),  # nobody stops it: that is an engine which has been closed
    ],
)
def test_what_hinders_it_is_said_calmly(state: str, screen: KioskScreen) -> None:
    visit = Visit()
    visit.hear(1, Dog=0.9)
    assert visit.controller.look(STATES[state], None) == screen


def test_a_muted_microphone_is_suspected() -> None:
    assert Visit().controller.look(STATES["silent"], None) == MUTED


def test_while_an_engine_is_being_replaced_it_says_so() -> None:
    assert Visit().controller.look(RESTARTING, None) == AFRESH


def test_what_was_heard_before_a_hindrance_is_not_said_after_it() -> None:
    visit = Visit()
    visit.hear(1, Dog=0.9)
    visit.controller.look(STATES["lost"], None)
    assert visit.controller.look(STATES["live"], None).title == INVITATION.title


def test_a_round_goes_on_after_a_hindrance_with_the_time_that_was_left() -> None:
    visit = Visit()
    visit.hear(BETWEEN + 0.5, Speech=0.9)
    left = visit.hear(2, Speech=0.9).left
    for _ in range(1000):
        visit.controller.look(STATES["lost"], None)
    assert visit.hear(0.1, Speech=0.9).left == pytest.approx(left, abs=0.01)


def test_a_network_of_other_classes_is_named_in_them_and_plays_no_game() -> None:
    visit = Visit()
    screen = INVITATION
    for hop in range(round(10 * (BETWEEN + 1))):
        end = hop * HOP
        sounds = np.array([0.1, 0.8, 0.02], np.float32)
        screen = visit.controller.look(
            STATES["live"], Prediction(end - 32000, end, sounds, -20.0, 0.01, MINE)
        )
    assert (screen.over, screen.title, screen.index) == ("", "Saw", 1)
    assert screen.vocabulary is MINE.vocabulary
    assert [row.name for row in screen.rows] == ["Saw", "Drill"]
    assert (screen.near, screen.won) == (None, 0)


def test_a_round_that_a_network_of_other_classes_interrupts_is_over() -> None:
    visit = Visit()
    visit.hear(BETWEEN + 2.5, Speech=0.9)
    sounds = np.array([0.1, 0.8, 0.02], np.float32)
    for end in range(0, 32000, HOP):
        prediction = Prediction(end - 32000, end, sounds, -20.0, 0.01, MINE)
        screen = visit.controller.look(STATES["live"], prediction)
    assert (screen.title, screen.near, screen.won) == ("Saw", None, 0)


def test_a_network_with_some_of_audiosets_classes_is_asked_for_those_in_their_own_order() -> None:
    """Whistling is the second class of this network, and not the 40th."""
    some = NetworkInfo("some", vocabulary=part_of_audioset(("Speech", "Whistling")))
    controller = Visit().controller
    for end in range(0, round(BETWEEN + 2) * 32000, HOP):
        near = 0.15 if end > BETWEEN * 32000 else 0.0
        sounds = np.array([0.9, near], np.float32)
        prediction = Prediction(end - 32000, end, sounds, -20.0, 0.01, some)
        screen = controller.look(STATES["live"], prediction)
    assert (screen.over, screen.title) == ("Can you make it say …", "Whistling")
    assert screen.near == pytest.approx(0.5)


def test_what_a_network_of_audioset_does_not_know_is_not_asked_for() -> None:
    some = NetworkInfo("some", vocabulary=part_of_audioset(("Speech", "Music")))
    controller = Visit().controller
    for end in range(0, round(BETWEEN + 5) * 32000, HOP):
        sounds = np.array([0.9, 0.0], np.float32)
        prediction = Prediction(end - 32000, end, sounds, -20.0, 0.01, some)
        screen = controller.look(STATES["live"], prediction)
    assert (screen.title, screen.near) == ("Speech", None)


def test_a_vocabulary_with_ids_of_its_own_is_not_taken_for_audiosets() -> None:
    others = NetworkInfo("own", vocabulary=Vocabulary(("Drill", "Saw"), ids=("Q1", "7")))
    sounds = np.array([0.1, 0.8], np.float32)
    prediction = Prediction(0, 32000, sounds, -20.0, 0.01, others)
    assert Visit().controller.look(STATES["live"], prediction).near is None
