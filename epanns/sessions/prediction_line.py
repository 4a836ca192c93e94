"""A prediction as an object of JSON: a line of demo_tag.py --json, a row of an exported session."""

from collections.abc import Iterable
from typing import Any

from epanns.audio.level import finite_dbfs
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import Prediction


def prediction_line(prediction: Prediction, top: Iterable[tuple[str, float]]) -> dict[str, Any]:
    """A prediction as JSON can hold it.

    Args:
        prediction: when it was and how loud.
        top: names and scores of the classes to write, best first.

    Returns:
        time (s, of its end), level_dbfs, and top, a list of [name, score].
    """
    return {
        "time": round(prediction.end / SAMPLE_RATE, 3),
        "level_dbfs": finite_dbfs(prediction.level_dbfs),
        "top": [[name, round(score, 4)] for name, score in top],
    }
