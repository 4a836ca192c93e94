"""What the last seconds held."""

import numpy as np
import pytest

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import NetworkInfo, Prediction
from epanns.views.class_selection import ClassSelection
from epanns.views.history import History, heard
from epanns.views.options import SelectionSpec
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.fake_engine import scores
from tests.support.networks import STARTER

SILENCE = AUDIOSET.index("Silence")


def prediction(seconds: float, level_dbfs: float = -20.0) -> Prediction:
    end = round(seconds * SAMPLE_RATE)
    return Prediction(end - SAMPLE_RATE, end, scores(Siren=0.9), level_dbfs, 0.01, STARTER)


def test_it_keeps_the_last_seconds() -> None:
    history = History(10.0, -60.0)
    for seconds in range(1, 31):
        assert history.add(prediction(seconds))
    ends = [moment.prediction.end // SAMPLE_RATE for moment in history.moments()]
    assert ends == list(range(21, 31))


def test_a_prediction_is_taken_in_once() -> None:
    history, first = History(10.0, -60.0), prediction(1.0)
    assert history.add(first)
    assert not history.add(first)
    assert not history.add(None)
    assert len(history.moments()) == 1


def test_a_source_that_begins_anew_replaces_what_was() -> None:
    history = History(10.0, -60.0)
    for seconds in (5.0, 6.0, 1.0):
        history.add(prediction(seconds))
    assert [moment.prediction.end for moment in history.moments()] == [SAMPLE_RATE]


def test_what_is_too_soft_is_silence_alone_as_in_the_bars() -> None:
    history = History(10.0, -60.0)
    history.add(prediction(1.0, level_dbfs=-70.0))
    (moment,) = history.moments()
    assert moment.scores[SILENCE] == 1.0 and moment.scores.sum() == 1.0
    assert moment.prediction.scores[SILENCE] < 0.01, "the prediction itself stays as it is"


def test_moments_that_were_given_do_not_change() -> None:
    history = History(2.0, -60.0)
    history.add(prediction(1.0))
    before = history.moments()
    for seconds in range(2, 9):
        history.add(prediction(seconds))
    assert len(before) == 1
    np.testing.assert_array_equal(before[0].scores, scores(Siren=0.9))
    history.clear()
    assert history.moments() == ()


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ({}, [{"Bark", "Speech"}, {"Animal", "Speech"}]),  # each moment for itself
        ({"pin": "Animal"}, [{"Bark", "Animal", "Speech"}, {"Animal", "Speech"}]),
        ({"most_specific": False}, [{"Bark", "Dog", "Animal", "Speech"}, {"Animal", "Speech"}]),
        ({"threshold": 0.75}, [{"Dog"}, {"Animal", "Speech"}]),
    ],
)
def test_what_counts_as_heard_follows_the_selection(
    spec: dict[str, object], names: list[set[str]]
) -> None:
    history = History(10.0, -60.0)
    both = {"Animal": 0.9, "Speech": 0.6, "Dog": 0.8, "Bark": 0.7}, {"Animal": 0.8, "Speech": 0.8}
    for seconds, found in enumerate(both, 1):
        end = seconds * SAMPLE_RATE
        history.add(Prediction(end - SAMPLE_RATE, end, scores(**found), -20.0, 0.01, STARTER))
    moments = history.moments()
    chosen = {"most_specific": True, "threshold": 0.1, **spec}
    counted = heard(moments, ClassSelection.of(SelectionSpec(**chosen)))  # type: ignore[arg-type]
    assert [{AUDIOSET.names[i] for i in np.flatnonzero(each)} for each in counted] == names
    before = np.stack([moment.scores for moment in moments])
    assert (counted[counted > 0] == before[counted > 0]).all()
    assert before.all(), "the moments stay as they are"


def test_nothing_is_heard_in_no_moments() -> None:
    assert heard((), ClassSelection.of(SelectionSpec())).shape == (0, 527)


def test_a_network_of_other_classes_begins_anew() -> None:
    tools = Vocabulary(("Drill", "Saw"))
    history = History(10.0, -60.0)
    history.add(prediction(1.0))
    for seconds, level in ((2, -20.0), (3, -70.0)):
        end = seconds * SAMPLE_RATE
        network = NetworkInfo("mine", vocabulary=tools)
        sounds = np.array([0.9, 0.2], np.float32)
        history.add(Prediction(end - SAMPLE_RATE, end, sounds, level, 0.01, network))
    moments = history.moments()
    assert [moment.prediction.end // SAMPLE_RATE for moment in moments] == [2, 3]
    selection = ClassSelection.of(SelectionSpec(threshold=0.5), tools)
    counted = heard(moments, selection)
    np.testing.assert_array_equal(counted, np.array([[0.9, 0], [0, 0]], np.float32))
