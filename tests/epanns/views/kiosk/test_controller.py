"""What the screen of an open day says, moment by moment."""

import random
from itertools import count

import pytest

from epanns.prediction import Prediction
from epanns.settings import Settings
from epanns.views.kiosk.controller import KioskController
from epanns.views.kiosk.game import ASKED, BETWEEN, CELEBRATED, GONE, Challenge
from epanns.views.kiosk.screen import AFRESH, DEAF, INVITATION, MUTED, WAKING, KioskScreen
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.fake_engine import STATES, scores

WHISTLE = Challenge((AUDIOSET.index("Whistling"),), "Whistle!", 0.3)
HOP = 3200


class Visit:
    """An open day and the sounds of its visitors."""

    def __init__(self, **settings: object) -> None:
        self.day = KioskController(
            Settings(smoothing=0.0, **settings),  # type: ignore[arg-type]
            [WHISTLE],
            random.Random(0),
        )
        self._hops = count()

    def hear(self, seconds: float = 0.1, level: float = -20.0, **sounds: float) -> KioskScreen:
        """What is said in the end while a sound goes on; '_' stands for a blank."""
        scene = INVITATION
        for _ in range(round(10 * seconds)):
            end = next(self._hops) * HOP
            prediction = Prediction(end - 32000, end, scores(**sounds), level, 0.01)
            scene = self.day.look((STATES["live"], prediction))
        return scene

    def quiet(self, seconds: float = 0.1) -> KioskScreen:
        return self.hear(seconds, level=-90.0)


def test_when_all_is_quiet_it_invites_and_shows_no_bars() -> None:
    assert Visit().quiet(5) == INVITATION


def test_before_the_first_prediction_it_invites() -> None:
    assert Visit().day.look((STATES["live"], None)) == INVITATION


def test_it_names_the_surest_sound_below_its_family_above_the_bars() -> None:
    scene = Visit().hear(1, Bark=0.7, Dog=0.8, Animal=0.9)
    assert (scene.over, scene.title) == ("Animal", "Bark")
    assert scene.index == AUDIOSET.index("Bark")
    assert [row.name for row in scene.rows] == ["Animal", "Dog", "Bark"]


def test_bars_are_there_for_what_is_above_the_threshold_also_without_a_caption() -> None:
    scene = Visit(threshold=0.1).hear(1, Dog=0.3, Rain=0.12, Siren=0.08)
    assert scene.title == INVITATION.title
    assert [row.name for row in scene.rows] == ["Dog", "Rain"]


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
    visit = Visit(classes="Animal")
    assert visit.hear(BETWEEN + 5, Dog=0.9).near is None


@pytest.mark.parametrize(
    ("state", "scene"),
    [
        ("starting", WAKING),
        ("loading", WAKING),
        ("fetching", WAKING),
        ("ended", WAKING),
        ("lost", DEAF),
        ("failed", DEAF),
        ("model-failed", AFRESH),
        ("stopped", AFRESH),  # nobody stops it: that is an engine which has been closed
    ],
)
def test_what_hinders_it_is_said_calmly(state: str, scene: KioskScreen) -> None:
    visit = Visit()
    visit.hear(1, Dog=0.9)
    assert visit.day.look((STATES[state], None)) == scene


def test_a_muted_microphone_is_suspected() -> None:
    assert Visit().day.look((STATES["silent"], None)) == MUTED


def test_while_there_is_no_engine_it_says_so() -> None:
    assert Visit().day.look(None) == AFRESH


def test_what_was_heard_before_a_hindrance_is_not_said_after_it() -> None:
    visit = Visit()
    visit.hear(1, Dog=0.9)
    visit.day.look((STATES["lost"], None))
    assert visit.day.look((STATES["live"], None)).title == INVITATION.title


def test_a_round_goes_on_after_a_hindrance_with_the_time_that_was_left() -> None:
    visit = Visit()
    visit.hear(BETWEEN + 0.5, Speech=0.9)
    left = visit.hear(2, Speech=0.9).left
    for _ in range(1000):
        visit.day.look((STATES["lost"], None))
    assert visit.hear(0.1, Speech=0.9).left == pytest.approx(left, abs=0.01)
