"""Views know engines by these protocols; mypy checks the signatures, this the names."""

import inspect
from collections.abc import Callable

import pytest

from epanns.live.contract import ObservedEngine, TaggerEngine
from epanns.live.engine import Engine
from epanns.live.watchdog import SupervisedEngine
from epanns.settings import Settings
from gui.main_window.engine_placeholder import EnginePlaceholder
from tests.support.fake_engine import FakeEngine


def operated(settings: Settings) -> tuple[TaggerEngine, ...]:
    return Engine(settings), FakeEngine(settings), EnginePlaceholder(plays_file=False)


def observed(settings: Settings) -> tuple[ObservedEngine, ...]:
    return *operated(settings), SupervisedEngine(lambda: FakeEngine(settings))


def names(protocol: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(protocol) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("engines", "protocol"), [(operated, TaggerEngine), (observed, ObservedEngine)]
)
def test_every_engine_has_every_name(
    engines: Callable[[Settings], tuple[object, ...]], protocol: type
) -> None:
    assert names(ObservedEngine) <= names(TaggerEngine)
    for engine in engines(Settings(offline=True)):
        assert names(protocol) <= set(dir(engine)), type(engine)
