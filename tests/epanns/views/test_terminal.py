"""The terminal's bars: what is heard now, and never what was heard before."""

import numpy as np
import pytest

from epanns.prediction import NetworkInfo, Prediction
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.views.ranking import Ranking
from epanns.views.terminal import TextBars
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.fake_engine import STATES, scores
from tests.support.networks import STARTER

SPEECH = Prediction(0, 32000, scores(Speech=0.9, Dog=0.5), -20.0, 0.01, STARTER)
QUIET = Prediction(32000, 64000, scores(Speech=0.01), -20.0, 0.01, STARTER)


def new_bars(
    pictures: list[str], spec: SelectionSpec, top_k: int = 2, width: int = 80, softmax: bool = False
) -> TextBars:
    """Bars whose pictures go to a list."""
    ranking = Ranking(RankingOptions(top_k=top_k, smoothing=0.0), spec)
    return TextBars(
        ranking, lambda picture: pictures.append(picture.plain), 0.0, width, softmax=softmax
    )


@pytest.fixture
def pictures() -> list[str]:
    return []


@pytest.fixture
def bars(pictures: list[str]) -> TextBars:
    return new_bars(pictures, SelectionSpec(classes="domestic"))


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
    bars = new_bars(pictures, SelectionSpec(), top_k=1, width=40)
    bars.add(
        Prediction(
            0, 32000, scores(**{"Vehicle horn, car horn, honking": 1.0}), -20.0, 0.01, STARTER
        )
    )
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
    bars = new_bars(pictures, SelectionSpec(pin="Rain", watch="Dog"))
    bars.add(QUIET)
    bars.draw(STATES["live"])
    assert pictures[0].splitlines()[1].split() == ["Rain", "0.00"]
    bars.add(SPEECH)
    bars.draw(STATES["live"])
    heard, *rows = pictures[1].splitlines()[1:]
    assert heard == "  Heard: Dog"
    assert [row.split()[0] for row in rows] == ["Rain", "Speech"]


def test_that_the_classes_compete_is_told(pictures: list[str]) -> None:
    new_bars(pictures, SelectionSpec(), softmax=True).draw(STATES["live"])
    assert "  Softmax is on: the classes compete, for comparison only." in pictures[0].splitlines()


def test_classes_of_another_network_have_their_own_names(pictures: list[str]) -> None:
    bars = new_bars(pictures, SelectionSpec(watch="Saw"))
    bars.add(SPEECH)
    network = NetworkInfo("mine", vocabulary=Vocabulary(("Drill", "Saw", "Hammer")))
    bars.add(Prediction(3200, 35200, np.array([0.2, 0.9, 0.1], np.float32), -20.0, 0.01, network))
    bars.draw(STATES["live"])
    heard, *rows = pictures[0].splitlines()[1:]
    assert heard == "  Heard: Saw"
    assert [row.split()[0] for row in rows] == ["Saw", "Drill"]
