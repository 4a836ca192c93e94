"""A second network beside the first: the same sound, its own network, nobody is disturbed."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from epanns.engine import Engine
from epanns.settings import Settings
from epanns.status import ModelPhase, Status
from golden.standin import build
from waiting import wait_until


@pytest.fixture
def narrow(tmp_path: Path) -> Path:
    path = tmp_path / "narrow.pth"
    torch.save(build().state_dict(), path)
    return path


@pytest.fixture
def make() -> Iterator[Callable[..., Engine]]:
    """Make and start engines at the sample, which are closed at the end."""
    engines: list[Engine] = []

    def start(**settings: Any) -> Engine:
        engine = Engine(Settings(offline=True, source="sample", **settings))
        engines.append(engine)
        engine.start()
        return engine

    yield start
    for engine in engines:
        engine.close()


def second_phase(status: Status) -> ModelPhase | None:
    return status.second.model.phase if status.second else None


def test_both_score_the_same_segments_each_with_its_network(
    make: Callable[..., Engine], narrow: Path
) -> None:
    engine = make(model="starter", second=str(narrow))
    seen: dict[int, np.ndarray] = {}

    def same_end() -> bool:
        first, second = engine.latest, engine.second.latest if engine.second else None
        for each in (first, second):
            if each is not None:
                other = seen.setdefault(each.end, each.scores)
                if not np.array_equal(other, each.scores):
                    return True
        return False

    wait_until(same_end)
    status = engine.status()
    assert status.second is not None
    assert (status.model.name, status.second.model.name) == ("starter", "narrow.pth")
    assert status.second.hears
    assert status.second.model.size == narrow.stat().st_size
    assert status.second.pace.inference_seconds > 0


def test_it_is_asked_for_and_let_go_while_live(make: Callable[..., Engine], narrow: Path) -> None:
    engine = make(model="starter")
    wait_until(lambda: engine.latest is not None)
    assert engine.second is None and engine.status().second is None
    threads = set(threading.enumerate())
    for _ in range(3):
        engine.ask_also(str(narrow))
        second = engine.second
        assert second is not None
        wait_until(lambda second=second: second.latest is not None)
    engine.ask_also("")
    assert engine.second is None and engine.status().second is None
    wait_until(lambda: set(threading.enumerate()) <= threads)


def test_one_that_fails_says_why_and_the_first_goes_on(
    make: Callable[..., Engine], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"no weights at all")
    engine = make(model="starter", second=str(broken))
    wait_until(lambda: second_phase(engine.status()) is ModelPhase.FAILED)
    status = engine.status()
    assert status.second is not None and "broken.pth" in status.second.model.reason
    assert not any("broken.pth" in notice for notice in engine.notices)
    wait_until(lambda: engine.latest is not None)
    assert engine.status().model.phase is ModelPhase.READY


def test_one_that_is_not_here_is_not_fetched_offline(make: Callable[..., Engine]) -> None:
    engine = make(model="starter", second="cnn14")
    wait_until(lambda: second_phase(engine.status()) is ModelPhase.FAILED)
    second = engine.status().second
    assert second is not None and "offline" in second.model.reason


def test_closing_ends_its_threads_too(make: Callable[..., Engine], narrow: Path) -> None:
    before = set(threading.enumerate())
    engine = make(model="starter", second=str(narrow))
    wait_until(lambda: engine.second is not None and engine.second.latest is not None)
    engine.close()
    assert set(threading.enumerate()) <= before


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness on Linux only")
def test_its_worker_gives_way_and_that_of_the_first_does_not(
    make: Callable[..., Engine], narrow: Path
) -> None:
    engine = make(model="starter", second=str(narrow))
    wait_until(lambda: engine.second is not None and engine.second.latest is not None)
    workers = [each for each in threading.enumerate() if each.name == "live tagger"]
    niceness = sorted(os.getpriority(os.PRIO_PROCESS, each.native_id or 0) for each in workers)
    assert niceness[1] > niceness[0] == os.getpriority(os.PRIO_PROCESS, 0)
