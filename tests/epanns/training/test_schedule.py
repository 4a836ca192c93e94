"""The learning rate by value."""

import pytest

from epanns.training.schedule import learning_rate


def test_it_rises_in_equal_steps_and_falls_by_a_cosine() -> None:
    rates = [learning_rate(step, 12, 4, 0.8) for step in range(12)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8])
    assert rates[8] == pytest.approx(0.4)
    assert rates[6] == pytest.approx(0.8 * (1 + 0.5**0.5) / 2)
    assert sorted(rates[4:], reverse=True) == rates[4:] and 0 < rates[-1] < 0.04


def test_no_warm_up() -> None:
    assert learning_rate(0, 10, 0, 0.5) == 0.5
