"""An engine that stands still is noticed, and replaced by a new one."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from epanns.live.watchdog import (
    LONGEST,
    RESTARTING,
    STALLED,
    STUCK,
    SupervisedEngine,
    Watchdog,
)
from epanns.prediction import Prediction
from epanns.settings import Settings
from epanns.status import Status
from tests.support.fake_engine import STATES, FakeEngine
from tests.support.networks import STARTER
from tests.support.waiting import wait_until


def prediction() -> Prediction:
    return Prediction(0, 32000, np.zeros(527, np.float32), -20.0, 0.01, STARTER)


class Guard:
    """A watchdog and a clock that only the test moves on."""

    def __init__(self) -> None:
        self.watchdog = Watchdog()
        self.now = 1000.0
        self.last = prediction()

    def calls(self, seconds: float, status: Status | None, live: bool = False) -> list[float]:
        """Seconds after which it called for a new engine, looking ten times a second."""
        began, called = self.now, []
        for _ in range(round(10 * seconds)):
            self.last = prediction() if live else self.last
            if self.watchdog.look(status, self.last, self.now):
                called.append(round(self.now - began, 1))
            self.now += 0.1
        return called


def test_as_long_as_predictions_come_all_is_well() -> None:
    assert Guard().calls(100, STATES["live"], live=True) == []


@pytest.mark.parametrize("state", ["live", "silent", "model-failed", "ended"])
def test_a_state_in_which_none_comes_though_it_should_is_noticed_soon(state: str) -> None:
    (first, *_) = Guard().calls(STALLED + 1, STATES[state])
    assert first == pytest.approx(STALLED, abs=0.2)


def test_an_engine_that_cannot_even_say_its_state_is_noticed_soon() -> None:
    assert Guard().calls(STALLED + 1, None) == [pytest.approx(STALLED, abs=0.2)]


@pytest.mark.parametrize("state", ["lost", "starting", "failed", "loading", "stopped"])
def test_a_state_that_passes_by_itself_has_more_time(state: str) -> None:
    assert Guard().calls(STUCK + 1, STATES[state]) == [pytest.approx(STUCK, abs=0.2)]


def test_a_download_may_take_its_time() -> None:
    assert Guard().calls(600, STATES["fetching"]) == []


def test_attempts_in_vain_come_less_and_less_often() -> None:
    called = Guard().calls(4000, STATES["live"])
    waits = np.diff([0.0, *called])
    assert waits[:4] == pytest.approx([5, 10, 20, 40], abs=0.3)
    assert waits[-1] == pytest.approx(LONGEST, abs=0.3)


def test_a_prediction_makes_it_patient_and_quick_again() -> None:
    guard = Guard()
    guard.calls(100, STATES["live"])
    guard.calls(1, STATES["live"], live=True)
    assert guard.calls(STALLED + 1, STATES["live"]) == [pytest.approx(STALLED, abs=0.2)]


def test_a_microphone_that_comes_back_late_is_not_blamed_for_the_time_before() -> None:
    guard = Guard()
    guard.calls(STUCK - 5, STATES["lost"])
    assert guard.calls(STALLED - 1, STATES["live"]) == []


def test_a_time_in_which_nobody_looked_does_not_count() -> None:
    guard = Guard()
    guard.calls(1, STATES["live"])
    guard.now += 3600  # the computer slept
    assert guard.calls(STALLED - 1.5, STATES["live"]) == []


# -- the engine that is kept --------------------------------------------------


class Workshop:
    """Makes fake engines; what the next ones are like is up to the test."""

    def __init__(self) -> None:
        self.made: list[FakeEngine] = []
        self.told: list[str] = []
        self.fails = 0
        self.slow = threading.Event()
        self.slow.set()

    def make(self) -> Any:
        self.slow.wait(20)
        if self.made and self.fails:
            self.fails -= 1
            raise OSError("no more threads")
        self.made.append(FakeEngine(Settings()))
        return self.made[-1]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setattr("epanns.live.watchdog.STALLED", 0.2)
    return Workshop()


def kept(shop: Workshop) -> SupervisedEngine:
    engine = SupervisedEngine(shop.make, shop.told.append)
    engine.start()
    return engine


def looks(engine: SupervisedEngine, ready: Callable[[], bool]) -> Callable[[], bool]:
    """A condition that asks for the engine's status each time."""

    def condition() -> bool:
        engine.status()
        return ready()

    return condition


def test_a_healthy_engine_is_shown_as_it_is(shop: Workshop) -> None:
    engine = kept(shop)
    assert engine.status() == STATES["live"]
    assert engine.latest is not None
    wait_until(looks(engine, lambda: shop.made[0].calls == ["start"]))
    engine.close()
    assert shop.made[0].calls == ["start", "close"]


def test_a_model_that_fails_is_replaced_with_its_engine_and_the_reason_told(shop: Workshop) -> None:
    engine = kept(shop)
    shop.made[0].current = replace(
        STATES["model-failed"], source=STATES["lost"].source
    )  # no predictions
    wait_until(looks(engine, lambda: len(shop.made) == 2))
    wait_until(lambda: engine.status().running)
    assert shop.made[0].calls == ["start", "close"]
    assert shop.made[1].calls == ["start"]
    assert engine.restarts == 1
    assert shop.told == [f"Starting afresh (1): {STATES['model-failed'].model.reason}"]
    engine.close()


def test_while_an_engine_is_being_made_there_is_none_and_nobody_waits(shop: Workshop) -> None:
    engine = kept(shop)
    shop.slow.clear()
    monkey = cast(Any, shop.made[0])
    monkey.status = lambda: 1 / 0
    wait_until(looks(engine, lambda: engine.restarts == 1))
    assert engine.status() == RESTARTING
    assert not RESTARTING.running
    assert engine.latest is None
    shop.slow.set()
    wait_until(lambda: engine.status() == STATES["live"])
    assert engine.latest is not None
    engine.close()


def test_an_engine_that_cannot_be_made_is_tried_again(shop: Workshop) -> None:
    engine = kept(shop)
    shop.fails = 2
    cast(Any, shop.made[0]).status = lambda: 1 / 0
    wait_until(looks(engine, lambda: len(shop.made) == 2))
    assert sum("no more threads" in sentence for sentence in shop.told) == 2
    engine.close()


def test_closing_ends_an_engine_that_is_just_being_made(shop: Workshop) -> None:
    engine = kept(shop)
    shop.slow.clear()
    cast(Any, shop.made[0]).status = lambda: 1 / 0
    wait_until(looks(engine, lambda: engine.restarts == 1))
    threading.Timer(0.2, shop.slow.set).start()
    engine.close()
    assert "start" not in shop.made[-1].calls or shop.made[-1].calls[-1] == "close"
    assert "close" in shop.made[-1].calls
