"""The terminal's bars: what is heard now, and never what was heard before."""

import pytest

from epanns.prediction import Prediction
from epanns.settings import Settings
from epanns.views.terminal import TextBars
from tests.support.fake_engine import STATES, scores

SPEECH = Prediction(0, 32000, scores(Speech=0.9, Dog=0.5), -20.0, 0.01)
QUIET = Prediction(32000, 64000, scores(Speech=0.01), -20.0, 0.01)


@pytest.fixture
def pictures() -> list[str]:
    return []


@pytest.fixture
def bars(pictures: list[str]) -> TextBars:
    settings = Settings(top_k=2, smoothing=0, classes="domestic")
    return TextBars(settings, lambda picture: pictures.append(picture.plain), every=0.0, width=80)


def test_each_class_has_a_line_with_its_score_and_a_bar(
    bars: TextBars, pictures: list[str]
) -> None:
    bars.add(SPEECH)
    bars.draw(STATES["live"])
    assert pictures[0].splitlines()[-2:] == [
        "  Speech  0.90 ███████████████████████████",
        "  Dog     0.50 ███████████████",
    ]


def test_a_narrow_terminal_has_shorter_names_and_bars(pictures: list[str]) -> None:
    settings = Settings(top_k=1, smoothing=0)
    bars = TextBars(settings, lambda picture: pictures.append(picture.plain), every=0.0, width=40)
    bars.add(Prediction(0, 32000, scores(**{"Vehicle horn, car horn, honking": 1.0}), -20.0, 0.01))
    bars.draw(STATES["live"])
    assert pictures[0].splitlines()[-1] == "  Vehicle horn, car ho  1.00 ██████████"


def test_the_state_and_the_subset_are_told(bars: TextBars, pictures: list[str]) -> None:
    bars.draw(STATES["lost"])
    first, *remarks = pictures[0].splitlines()
    assert first.startswith("Microphone lost: trying again … | Built-in microphone")
    assert "3 overflows, 1 gap, 12 invalid samples, 1,204 segments skipped" in first
    assert "  Showing 216 of 527 classes (domestic)." in remarks


@pytest.mark.parametrize("state", ["lost", "stopped", "ended", "failed", "starting"])
def test_without_sound_no_bar_of_the_past_is_shown(
    state: str, bars: TextBars, pictures: list[str]
) -> None:
    bars.add(SPEECH)
    bars.draw(STATES[state])
    assert "█" not in pictures[0]


def test_nothing_above_the_threshold_is_one_line(bars: TextBars, pictures: list[str]) -> None:
    bars.add(QUIET)
    bars.draw(STATES["live"])
    assert pictures[0].splitlines()[-1] == "  nothing above 5\N{NO-BREAK SPACE}%"


def test_pinned_and_watched_classes_stand_out(pictures: list[str]) -> None:
    settings = Settings(top_k=2, smoothing=0, pin="Rain", watch="Dog")
    bars = TextBars(settings, lambda picture: pictures.append(picture.plain), every=0.0, width=80)
    bars.add(QUIET)
    bars.draw(STATES["live"])
    assert pictures[0].splitlines()[1].split() == ["Rain", "0.00"]
    bars.add(SPEECH)
    bars.draw(STATES["live"])
    heard, *rows = pictures[1].splitlines()[1:]
    assert heard == "  Heard: Dog"
    assert [row.split()[0] for row in rows] == ["Rain", "Speech"]
