"""The pace is that of the last seconds; the energy stays known once it was measured."""

import pytest

from epanns.runtimes import pace
from epanns.runtimes.pace import PaceMeter
from epanns.status import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that a test sets."""
    now = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def test_the_pace_is_that_of_the_last_three_seconds(clock: list[float]) -> None:
    meter = PaceMeter()
    assert meter.pace() == Pace()
    for seconds in (0.5, 0.01, 0.03, 0.02):
        meter.add(seconds)
        clock[0] += 1.0
    clock[0] -= 0.5
    assert meter.pace() == Pace(3 / 3.0, 0.02), "the first is too long ago"
    clock[0] += 3.0
    assert meter.pace() == Pace()


def test_energy_is_the_mean_where_it_was_measured_and_stays_known(clock: list[float]) -> None:
    meter = PaceMeter()
    for joules in (0.02, None, 0.04):
        meter.add(0.01, joules)
    assert meter.pace().joules == pytest.approx(0.03)
    clock[0] += 3.5
    meter.add(0.01)
    assert meter.pace().joules == pytest.approx(0.03)
