"""The learning rate by value."""

import pytest
import torch

from epanns.training.schedule import learning_rate


def test_it_rises_in_equal_steps_and_falls_by_a_cosine() -> None:
    rates = [learning_rate(step, 12, 4, 0.8) for step in range(12)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8])
    assert rates[8] == pytest.approx(0.4)
    assert rates[6] == pytest.approx(0.8 * (1 + 0.5**0.5) / 2)
    assert sorted(rates[4:], reverse=True) == rates[4:] and 0 < rates[-1] < 0.04


def test_no_warm_up() -> None:
    assert learning_rate(0, 10, 0, 0.5) == 0.5


def test_a_constant_rate_stays_where_the_warm_up_leads() -> None:
    rates = [learning_rate(step, 12, 4, 0.8, "constant") for step in range(12)]
    assert rates == pytest.approx([0.2, 0.4, 0.6, *9 * [0.8]])


def test_one_cycle_is_that_of_pytorch() -> None:
    steps, warm_up = 40, 12
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 0.5, total_steps=steps + 1, pct_start=(warm_up + 1) / (steps + 1)
    )
    expected = []
    for _ in range(steps):
        optimiser.step()
        cycle.step()
        expected.append(cycle.get_last_lr()[0])
    found = [learning_rate(step, steps, warm_up, 0.5, "one-cycle") for step in range(steps)]
    assert max(found) == found[warm_up - 1] == pytest.approx(0.5)
    assert found[: warm_up - 1] == pytest.approx(expected[: warm_up - 1])
    assert found[-1] < 0.01 * 0.5 and found[warm_up:] == sorted(found[warm_up:], reverse=True)
