"""JSON for other programs: one object a prediction, in English, as the network scored it."""

import json

import numpy as np
import pytest

from epanns.prediction import NetworkInfo, Prediction
from epanns.views.json_view import JsonView
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.fake_engine import LIVE, scores
from tests.support.networks import STARTER

TOOLS = NetworkInfo("mine", vocabulary=Vocabulary(("Drill", "Saw", "Hammer")))


def dog(level_dbfs: float = -20.04) -> Prediction:
    return Prediction(
        0, 32000, scores(Dog=0.5, Speech=0.87654, Rain=0.3), level_dbfs, 0.01, STARTER
    )


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_a_prediction_with_time_level_and_the_top_classes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    view = JsonView(RankingOptions(top_k=2), SelectionSpec())
    view.add(dog())
    view.draw(LIVE)
    assert printed(capsys) == [
        {"time": 1.0, "level_dbfs": -20.0, "top": [["Speech", 0.8765], ["Dog", 0.5]]}
    ]


def test_scores_are_not_smoothed_and_names_are_in_english(
    capsys: pytest.CaptureFixture[str],
) -> None:
    view = JsonView(RankingOptions(top_k=1, smoothing=5.0, language="de"), SelectionSpec())
    view.add(dog())
    view.add(Prediction(3200, 35200, scores(Dog=0.9), -20.0, 0.01, STARTER))
    assert [line["top"] for line in printed(capsys)] == [[["Speech", 0.8765]], [["Dog", 0.9]]]


def test_only_selected_classes_are_there_fewer_than_asked_for_where_there_are_no_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    view = JsonView(RankingOptions(top_k=500), SelectionSpec(classes="Dog"))
    view.add(dog())
    (line,) = printed(capsys)
    assert line["top"][0] == ["Dog", 0.5]
    assert "Speech" not in dict(line["top"])


def test_what_is_too_soft_is_silence_and_digital_silence_has_a_level_that_json_knows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    view = JsonView(RankingOptions(top_k=1), SelectionSpec())
    view.add(dog(level_dbfs=-np.inf))
    assert printed(capsys) == [{"time": 1.0, "level_dbfs": -120.0, "top": [["Silence", 1.0]]}]


def test_a_network_of_other_classes_is_written_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    view = JsonView(RankingOptions(top_k=2), SelectionSpec(classes="domestic"))
    view.add(dog())
    sounds = np.array([0.25, 0.5, 0.125], np.float32)
    view.add(Prediction(0, 32000, sounds, -20.0, 0.01, TOOLS))
    view.add(Prediction(0, 32000, sounds, -80.0, 0.01, TOOLS))
    _, loud, soft = printed(capsys)
    assert loud["top"] == [["Saw", 0.5], ["Drill", 0.25]]
    assert [score for _, score in soft["top"]] == [0.0, 0.0]
