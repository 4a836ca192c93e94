"""The parts that several pictures have in common."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from epanns.detection.overview import overview
from epanns.detection.picture_parts import draw_spectrogram, mark_time, shortened


@pytest.mark.parametrize(
    ("duration", "least", "step"),
    [(1.0, 0.1, 0.1), (1.0, 1, 1), (14.0, 0.1, 1), (15.0, 0.1, 2), (1e7, 0.1, 86400)],
)
def test_marks_of_time_are_round_and_few(duration: float, least: float, step: float) -> None:
    axes = Figure().add_subplot()
    axes.set_xlim(0, duration)
    assert mark_time(axes, duration, 14, least) == step
    assert np.diff(axes.get_xticks())[0] == pytest.approx(step)


def test_frequencies_are_marked_at_their_bands_with_their_units() -> None:
    axes = Figure().add_subplot()
    seen = overview([np.random.default_rng(1).normal(0, 0.1, 32000).astype(np.float32)])
    draw_spectrogram(axes, seen, (200, 1000, 8000))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["200 Hz", "1 kHz", "8 kHz"]
    low, middle, high = axes.get_yticks()
    assert 0 < low < middle < high < 63


def test_a_long_name_is_cut_off() -> None:
    assert shortened("Dog", 3) == "Dog"
    assert shortened("Male speech, man speaking", 13) == "Male speech,…"
