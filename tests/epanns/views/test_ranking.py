"""The rows that people read: smoothed, filtered, and in an order that does not flicker."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epanns.prediction import NetworkInfo, Prediction
from epanns.settings import Settings
from epanns.views.class_selection import ClassSelection
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.views.ranking import CLEARLY_AHEAD, PEAK_FALL, Ranking, shown_scores
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.networks import STARTER

HOP = 3200
TOOLS = Vocabulary(("Drill", "Saw", "Dog", "Hammer"))


def predict(
    time: int = 0, level_dbfs: float = -20.0, others: float = 0.0, **scores: float
) -> Prediction:
    """A Prediction number `time`, with the named classes' scores; '_' stands for a blank."""
    values = np.full(527, others, np.float32)
    for name, score in scores.items():
        values[AUDIOSET.index(name.replace("_", " "))] = score
    return Prediction(time * HOP, time * HOP + 32000, values, level_dbfs, 0.01, STARTER)


def ranking(**settings: object) -> Ranking:
    made = Settings(**{"smoothing": 0.0, "top_k": 3, **settings})  # type: ignore[arg-type]
    return Ranking(RankingOptions.of(made), SelectionSpec.of(made))


def names(rows: tuple) -> list[str]:
    return [row.name for row in rows]


def test_the_highest_scores_come_first() -> None:
    rows = ranking().update(predict(Speech=0.9, Dog=0.5, Siren=0.7, Rain=0.1))
    assert [(row.name, round(row.score, 2)) for row in rows] == [
        ("Speech", 0.9),
        ("Siren", 0.7),
        ("Dog", 0.5),
    ]


def test_a_peak_is_remembered_and_falls_steadily() -> None:
    ranked = ranking()
    ranked.update(predict(0, Siren=0.9))
    (row, *_) = ranked.update(predict(10, Siren=0.3))
    assert (row.name, row.peak) == ("Siren", pytest.approx(0.9 - PEAK_FALL, abs=1e-4))
    (row, *_) = ranked.update(predict(100, Siren=0.3))
    assert row.peak == row.score == pytest.approx(0.3)


def test_a_class_moves_up_only_when_it_is_clearly_ahead() -> None:
    steady = ranking()
    steady.update(predict(0, Speech=0.50, Dog=0.48))
    assert names(steady.update(predict(1, Speech=0.48, Dog=0.50)))[:2] == ["Speech", "Dog"]
    assert names(steady.update(predict(2, Speech=0.48, Dog=0.52)))[:2] == ["Dog", "Speech"]


def test_a_newcomer_needs_to_be_clearly_ahead_of_the_last_one_shown() -> None:
    steady = ranking()
    steady.update(predict(0, Speech=0.5, Dog=0.4, Rain=0.3))
    hardly = steady.update(predict(1, Speech=0.5, Dog=0.4, Rain=0.3, Siren=0.32))
    clearly = steady.update(predict(2, Speech=0.5, Dog=0.4, Rain=0.3, Siren=0.35))
    assert names(hardly) == ["Speech", "Dog", "Rain"]
    assert names(clearly) == ["Speech", "Dog", "Siren"]


@given(st.lists(st.lists(st.floats(0, 1, width=32), min_size=6, max_size=6), min_size=1))
def test_nobody_shown_is_ever_clearly_behind_the_one_below_or_one_left_out(
    history: list[list[float]],
) -> None:
    steady = ranking(top_k=4)
    for time, values in enumerate(history):
        scores = np.zeros(527, np.float32)
        scores[:6] = values
        rows = steady.update(
            Prediction(time * HOP, time * HOP + 32000, scores, -20.0, 0.0, STARTER)
        )
        shown = [row.score for row in rows]
        assert all(b <= a + CLEARLY_AHEAD + 1e-6 for a, b in pairwise(shown))
        left_out = np.delete(scores, [row.index for row in rows])
        weakest = min(shown) if len(shown) == 4 else 0.0
        assert left_out.max() <= weakest + CLEARLY_AHEAD + 1e-6


def test_smoothing_follows_the_time_of_the_sound_not_the_number_of_predictions() -> None:
    often, seldom = ranking(smoothing=0.5), ranking(smoothing=0.5)
    for view in (often, seldom):
        view.update(predict(0, Speech=0.0))
    for time in range(1, 11):
        rows = often.update(predict(time, Speech=1.0))
    expected = 1 - math.exp(-10 * HOP / 32000 / 0.5)
    assert rows[0].score == pytest.approx(expected, abs=1e-5)
    assert seldom.update(predict(10, Speech=1.0))[0].score == pytest.approx(expected, abs=1e-5)


def test_another_source_begins_without_the_past() -> None:
    view = ranking(smoothing=5.0)
    view.update(predict(100, Speech=1.0))
    assert view.update(predict(0, Dog=1.0))[0].name == "Dog"


def test_nothing_above_the_threshold_is_not_heard() -> None:
    view = ranking(threshold=0.05)
    view.update(predict(others=0.01, Speech=0.04))
    assert not view.heard
    view.update(predict(1, Speech=0.06))
    assert view.heard


def test_a_very_quiet_segment_is_silence_whatever_the_network_says() -> None:
    quiet = predict(level_dbfs=-61.0, Music=0.9)
    scores = shown_scores(quiet, silence_dbfs=-60.0)
    assert scores[AUDIOSET.index("Silence")] == 1.0
    assert scores.sum() == 1.0
    assert shown_scores(quiet, silence_dbfs=-70.0) is quiet.scores
    assert names(ranking().update(predict(level_dbfs=-math.inf))) == ["Silence"]


def test_only_the_selected_classes_are_shown() -> None:
    rows = ranking(classes="Animal").update(predict(Speech=0.9, Dog=0.5))
    assert rows[0].name == "Dog"
    assert {row.index for row in rows} <= set(AUDIOSET.subset("Animal"))


def test_pinned_classes_stand_at_the_top_whatever_their_scores() -> None:
    view = ranking(pin="Rain; Dog")
    for time, score in enumerate((0.0, 0.9, 0.1)):
        rows = view.update(predict(time, Speech=0.5, Siren=0.4, Dog=score))
        assert names(rows) == ["Rain", "Dog", "Speech"]
        assert [row.pinned for row in rows] == [True, True, False]
        assert [row.heard for row in rows] == [False, score > 0.05, True]


def test_pinned_classes_take_no_more_rows_than_there_are() -> None:
    rows = ranking(pin="Rain; Dog; Cat; Bird").update(predict(Speech=0.9))
    assert names(rows) == ["Rain", "Dog", "Cat"]


def test_a_class_is_heard_from_its_own_threshold_on() -> None:
    view = ranking()
    dog = AUDIOSET.index("Dog")
    view.selection = view.selection.with_threshold(dog, 0.5)
    rows = view.update(predict(Dog=0.4, Speech=0.3))
    assert [(row.name, row.heard) for row in rows[:2]] == [("Dog", False), ("Speech", True)]
    view.selection = view.selection.with_threshold(dog, 0.4)
    assert view.update(predict(1, Dog=0.4, Speech=0.3))[0].heard


def test_only_the_most_specific_class_of_a_chain_is_shown() -> None:
    view = ranking(top_k=8, most_specific=True)
    chain = {"Animal": 0.9, "Domestic_animals,_pets": 0.8, "Dog": 0.7, "Speech": 0.6}
    assert names(view.update(predict(0, others=0.001, Bark=0.5, **chain))) == ["Speech", "Bark"]
    assert names(view.update(predict(1, others=0.001, Bark=0.03, **chain)))[:2] == ["Dog", "Speech"]


def test_a_class_at_its_threshold_does_not_let_those_above_it_come_and_go() -> None:
    view = ranking(top_k=1, most_specific=True)
    shown = [
        names(view.update(predict(time, Dog=0.7, Bark=score)))
        for time, score in enumerate((0.04, 0.06, 0.04, 0.06, 0.03, 0.04))
    ]
    assert shown == [["Dog"], ["Bark"], ["Bark"], ["Bark"], ["Dog"], ["Dog"]]


def test_a_class_that_is_not_shown_covers_none_above_it() -> None:
    view = ranking(most_specific=True)
    view.selection = view.selection.show([AUDIOSET.index("Bark")], False)
    assert names(view.update(predict(Dog=0.7, Bark=0.6)))[0] == "Dog"


def test_watched_classes_are_told_though_they_have_no_row() -> None:
    view = ranking(classes="music", watch="Dog; Smoke detector, smoke alarm")
    dog = AUDIOSET.index("Dog")
    view.update(predict(0, Dog=0.06, Music=0.9))
    assert view.fired == (dog,)
    view.update(predict(1, Dog=0.04))
    assert view.fired == ()
    view.update(predict(2, Dog=0.9, level_dbfs=-80.0))  # silence, whatever the network says
    assert view.fired == ()
    view.update(predict(3, Dog=0.9))
    view.clear()
    assert view.fired == ()


def test_the_selection_may_change_while_live() -> None:
    view = ranking()
    everything = view.selection
    scores = {"Speech": 0.9, "Dog": 0.5, "Siren": 0.7}
    assert names(view.update(predict(0, **scores))) == ["Speech", "Siren", "Dog"]
    view.selection = everything.only("animals")
    assert names(view.update(predict(1, **scores)))[0] == "Dog"
    view.selection = everything.show(range(527), False)
    assert view.update(predict(2, **scores)) == ()
    view.selection = everything.pin(AUDIOSET.index("Rain"), True)
    assert names(view.update(predict(3, **scores))) == ["Rain", "Speech", "Siren"]


@pytest.mark.parametrize("top_k", [1, 10, 527])
def test_top_k_may_change_while_live(top_k: int) -> None:
    view = ranking()
    view.update(predict(others=0.01, Speech=0.9))
    view.top_k = top_k
    rows = view.update(predict(1, others=0.01, Speech=0.9))
    assert len(rows) == len(set(names(rows))) == top_k
    assert rows[0].name == "Speech"


def test_a_prediction_cannot_be_changed_by_a_view() -> None:
    prediction = predict(Speech=0.9)
    with pytest.raises(ValueError, match="read-only"):
        prediction.scores[0] = 0.0


def of_tools(time: int, scores: list[float], level_dbfs: float = -20.0) -> Prediction:
    """A Prediction of a network with four classes, two of which the other one has, too."""
    network = NetworkInfo("mine", vocabulary=TOOLS)
    values = np.array(scores, np.float32)
    return Prediction(time * HOP, time * HOP + 32000, values, level_dbfs, 0.01, network)


def test_a_network_of_other_classes_is_followed_without_the_past() -> None:
    spec = SelectionSpec(watch="dog; saw", pin="Siren; Hammer", threshold=0.3)
    view = Ranking(RankingOptions(top_k=3, smoothing=5.0), spec)
    view.update(predict(0, Siren=0.9, Speech=0.8))
    rows = view.update(of_tools(1, [0.1, 0.9, 0.5, 0.2]))
    assert [(row.index, row.name, round(row.score, 2)) for row in rows] == [
        (3, "Hammer", 0.2),  # pinned, as far as the network knows what is
        (1, "Saw", 0.9),
        (2, "Dog", 0.5),
    ]
    assert [row.heard for row in rows] == [False, True, True]
    assert {row.vocabulary for row in rows} == {TOOLS}
    assert view.fired == (1, 2)
    assert view.selection.vocabulary is TOOLS
    back = view.update(predict(2, Siren=0.9, Speech=0.8))
    assert names(back) == ["Siren", "Hammer", "Speech"]
    assert view.selection == ClassSelection.of(spec)


def test_without_a_class_for_silence_a_very_quiet_segment_is_nothing() -> None:
    quiet = of_tools(0, [0.9, 0.8, 0.7, 0.6], level_dbfs=-80.0)
    assert not shown_scores(quiet, silence_dbfs=-60.0).any()
    assert ranking().update(quiet) == ()


def test_a_class_of_the_ontology_or_its_subsets_is_all_of_a_network_without_them() -> None:
    view = ranking(classes="Animal", top_k=8, language="de", most_specific=True)
    rows = view.update(of_tools(0, [0.9, 0.8, 0.7, 0.6]))
    assert names(rows) == ["Drill", "Saw", "Dog", "Hammer"], "and in its own words"


def test_what_the_user_made_of_the_selection_is_what_it_begins_with() -> None:
    spec = SelectionSpec()
    made = ClassSelection.of(spec).only("animals")
    view = Ranking(RankingOptions(top_k=1, smoothing=0.0), spec, made)
    assert names(view.update(predict(0, Speech=0.9, Dog=0.5))) == ["Dog"]


def test_a_selection_of_other_classes_may_come_before_their_first_scores() -> None:
    view = ranking()
    view.update(predict(0, Speech=0.9))
    view.selection = ClassSelection.of(SelectionSpec(), TOOLS).only("Saw")
    assert names(view.update(of_tools(1, [0.9, 0.8, 0.7, 0.6]))) == ["Saw"]
