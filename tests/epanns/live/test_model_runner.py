"""A network that is compared with the first: it scores the same sound and disturbs nothing."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from epanns.live.engine import Engine
from epanns.runtimes.energy import EnergyMeter
from epanns.settings import Settings
from epanns.status import ModelPhase, Status
from tests.support.energy_counters import counter
from tests.support.golden.standin import build
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that are converted once."""
    path = tmp_path_factory.mktemp("weights") / "narrow.pth"
    torch.save(build().state_dict(), path)
    return path


@pytest.fixture
def make() -> Iterator[Callable[..., Engine]]:
    """Make and start engines at the sample, which are closed at the end."""
    engines: list[Engine] = []

    def start(other: str | Path = "", **settings: Any) -> Engine:
        engine = Engine(
            Settings(offline=True, **{"source": "sample", "model": "starter", **settings})
        )
        engines.append(engine)
        engine.start()
        engine.compare_with(str(other))
        return engine

    yield start
    for engine in engines:
        engine.close()


def other_phase(status: Status) -> ModelPhase | None:
    return status.comparison.model.phase if status.comparison else None


def test_both_score_the_same_segments_each_with_its_network(
    make: Callable[..., Engine], narrow: Path
) -> None:
    engine = make(other=narrow)
    seen: dict[int, np.ndarray] = {}

    def same_end() -> bool:
        for each in (engine.latest, engine.comparison_latest):
            if each is not None:
                other = seen.setdefault(each.end, each.scores)
                if not np.allclose(other, each.scores, atol=1e-3):
                    return True
        return False

    wait_until(same_end)
    status = engine.status()
    assert status.comparison is not None
    assert (status.model.name, status.comparison.model.name) == ("starter", "narrow.pth")
    assert status.comparison.scores
    assert status.comparison.model.size == narrow.stat().st_size
    assert status.comparison.pace.inference_seconds > 0


def test_it_is_asked_for_and_let_go_while_live(make: Callable[..., Engine], narrow: Path) -> None:
    engine = make()
    wait_until(lambda: engine.latest is not None)
    assert engine.comparison_latest is None and engine.status().comparison is None
    threads = set(threading.enumerate())
    for _ in range(3):
        engine.compare_with(str(narrow))
        wait_until(lambda: engine.comparison_latest is not None)
    engine.compare_with("")
    assert engine.comparison_latest is None and engine.status().comparison is None
    wait_until(lambda: set(threading.enumerate()) <= threads)


def test_one_that_fails_says_why_and_the_first_goes_on(
    make: Callable[..., Engine], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"no weights at all")
    engine = make(other=broken)
    wait_until(lambda: other_phase(engine.status()) is ModelPhase.FAILED)
    status = engine.status()
    assert status.comparison is not None and "broken.pth" in status.comparison.model.reason
    assert not any("broken.pth" in str(notice.content) for notice in engine.notices)
    wait_until(lambda: engine.latest is not None)
    assert engine.status().model.phase is ModelPhase.READY


def test_one_that_is_not_here_is_not_fetched_offline(make: Callable[..., Engine]) -> None:
    engine = make(other="cnn14")
    wait_until(lambda: other_phase(engine.status()) is ModelPhase.FAILED)
    comparison = engine.status().comparison
    assert comparison is not None and "offline" in comparison.model.reason


def test_closing_ends_its_threads_too(make: Callable[..., Engine], narrow: Path) -> None:
    before = set(threading.enumerate())
    engine = make(other=narrow)
    wait_until(lambda: engine.comparison_latest is not None)
    engine.close()
    wait_until(lambda: set(threading.enumerate()) <= before)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness on Linux only")
def test_its_worker_gives_way_and_that_of_the_first_does_not(
    make: Callable[..., Engine], narrow: Path
) -> None:
    engine = make(other=narrow)
    wait_until(lambda: engine.comparison_latest is not None)
    workers = [each for each in threading.enumerate() if each.name == "live tagger"]
    niceness = sorted(os.getpriority(os.PRIO_PROCESS, each.native_id or 0) for each in workers)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert niceness == [own, min(own + 10, 19)]


def test_asked_for_again_the_same_one_goes_on(make: Callable[..., Engine], narrow: Path) -> None:
    engine = make(other=narrow)
    runner = engine._comparison
    engine.compare_with(str(narrow))
    assert engine._comparison is runner
    engine.compare_with("cnn14")
    wait_until(lambda: other_phase(engine.status()) is ModelPhase.FAILED)
    failed = engine._comparison
    engine.compare_with("cnn14")
    assert engine._comparison is not failed, "one that failed is tried again"


def test_one_that_is_let_go_while_it_loads_never_scores(
    make: Callable[..., Engine], tmp_path: Path
) -> None:
    new = tmp_path / "new.pth"  # which is converted first
    torch.save(build().state_dict(), new)
    engine = make(other=new)
    runner = engine._comparison
    assert runner is not None
    wait_until(lambda: engine.latest is not None)
    engine.compare_with("")
    wait_until(lambda: not any(thread.is_alive() for thread in runner.threads))
    assert runner.latest is None or not runner.loaded


def test_a_session_that_is_played_is_not_scored_anew(
    make: Callable[..., Engine], narrow: Path, tmp_path: Path
) -> None:
    path = tmp_path / "session.h5"
    recorder = make()
    wait_until(lambda: recorder.latest is not None)
    recorder.record(path)
    wait_until(lambda: (state := recorder.status().recording) is not None and state.seconds > 1)
    recorder.close()
    engine = make(other=narrow, source=str(path), loop=True)
    wait_until(lambda: engine.latest is not None)
    state = engine.status().comparison
    assert state is not None and not state.scores
    assert engine.comparison_latest is None


def test_updates_of_two_networks_take_turns_so_that_their_energy_can_be_told(
    make: Callable[..., Engine], narrow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter(tmp_path, "intel-rapl:0", "package-0", 0)
    monkeypatch.setattr("epanns.live.engine.EnergyMeter", lambda: EnergyMeter(tmp_path))
    engine = make(other=narrow)

    def both() -> bool:
        status = engine.status()
        other = status.comparison
        return None not in (status.pace.joules, other.pace.joules if other else None)

    wait_until(both)
    assert engine.status().measures_energy
