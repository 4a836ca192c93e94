"""The engine as views use it: start, stop, choose, close; the sample where no microphone works."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.engine import NOTICES_KEPT, Engine
from epanns.settings import Settings
from epanns.status import (
    ModelPhase,
    NetworkInUse,
    NoticeContent,
    SampleInstead,
    SourcePhase,
    UnknownClasses,
)
from tests.support.counting import toy_session
from tests.support.own_network import write_own_network
from tests.support.testbench.virtual_mic import VirtualMicrophone
from tests.support.waiting import wait_until


@pytest.fixture
def make() -> Iterator[Callable[..., Engine]]:
    """Make and start engines that are closed at the end."""
    engines: list[Engine] = []

    def start(**settings: Any) -> Engine:
        engine = Engine(Settings(offline=True, **settings))
        engines.append(engine)
        engine.start()
        return engine

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture
def hum(tmp_path: Path) -> Path:
    path = tmp_path / "hum.wav"
    sine = 0.1 * np.sin(2 * np.pi * 100 * np.arange(3 * SAMPLE_RATE // 2) / SAMPLE_RATE)
    soundfile.write(path, sine, SAMPLE_RATE)
    return path


def test_making_an_engine_starts_nothing() -> None:
    before = set(threading.enumerate())
    engine = Engine(Settings(offline=True))
    status = engine.status()
    assert set(threading.enumerate()) <= before
    assert (status.running, status.source.phase) == (False, SourcePhase.STOPPED)
    assert engine.latest is None
    engine.close()


def test_a_file_is_heard_from_its_first_sample_to_its_end(
    make: Callable[..., Engine], hum: Path
) -> None:
    engine = make(source=str(hum))
    assert engine.status().source.phase is SourcePhase.STARTING
    wait_until(lambda: engine.latest is not None)
    first = engine.latest
    assert first is not None
    assert first.start == 0
    assert first.level_dbfs == pytest.approx(-23.0, abs=0.2)
    wait_until(lambda: engine.status().source.phase is SourcePhase.ENDED)
    status = engine.status()
    assert status.model.phase is ModelPhase.READY
    assert status.model.name == "starter"
    assert status.pace.inference_seconds > 0
    assert 1 < status.pace.updates_per_second <= 11
    assert (status.overflows, status.gaps, status.non_finite) == (0, 0, 0)


def test_a_file_that_has_ended_starts_again_from_its_beginning(
    make: Callable[..., Engine], hum: Path
) -> None:
    engine = make(source=str(hum))
    wait_until(lambda: engine.done)
    engine.start()
    wait_until(lambda: engine.latest is not None and engine.latest.end < SAMPLE_RATE)
    wait_until(lambda: engine.done)


def test_stop_and_start_again_while_live(make: Callable[..., Engine]) -> None:
    engine = make(source="sample")
    wait_until(lambda: engine.latest is not None)
    for _ in range(10):
        engine.stop()
        engine.start()
    engine.stop()
    wait_until(lambda: engine.status().source.phase is SourcePhase.STOPPED)
    assert engine.latest is None
    assert not engine.status().running
    engine.start()
    wait_until(lambda: engine.latest is not None)


def test_closing_ends_every_thread(make: Callable[..., Engine]) -> None:
    before = set(threading.enumerate())
    engine = make(source="sample")
    wait_until(lambda: engine.latest is not None)
    engine.close()
    wait_until(lambda: set(threading.enumerate()) <= before)


def test_a_broken_file_is_a_state_and_not_an_error(
    make: Callable[..., Engine], tmp_path: Path
) -> None:
    path = tmp_path / "broken.wav"
    path.write_text("no sound")
    engine = make(source=str(path))
    wait_until(lambda: engine.status().source.phase is SourcePhase.FAILED)
    assert "is no sound file" in engine.status().source.reason


def test_broken_weights_are_a_state_and_not_an_error(
    make: Callable[..., Engine], tmp_path: Path
) -> None:
    path = tmp_path / "weights.pth"
    path.write_text("no weights")
    engine = make(source="sample", model=str(path))
    wait_until(lambda: engine.status().model.phase is ModelPhase.FAILED)
    assert str(path) in engine.status().model.reason
    (failed,) = engine.notices
    assert (failed.number, failed.content) == (1, engine.status().model.reason)


def test_a_network_in_use_is_told_and_no_notice(hum: Path) -> None:
    told: list[NoticeContent] = []
    engine = Engine(Settings(offline=True, source=str(hum), model="starter"), tell=told.append)
    engine.start()
    wait_until(lambda: engine.latest is not None)
    engine.close()
    in_use = [content for content in told if isinstance(content, NetworkInUse)]
    assert [(content.name, content.segment, content.hop) for content in in_use] == [
        ("starter", 1.0, 0.1)
    ]
    assert "layers" in in_use[0].summary
    assert engine.notices == ()


@pytest.mark.parametrize("scored", ["now", "then"])
def test_classes_that_the_network_in_use_lacks_are_told_once_and_are_a_state(
    hum: Path, tmp_path: Path, scored: str
) -> None:
    model = write_own_network(tmp_path / "birds.pth")
    source = hum if scored == "now" else toy_session(tmp_path / "session.h5", 2.0)
    told: list[NoticeContent] = []
    settings = Settings(
        offline=True,
        source=str(source),
        model=str(model),
        classes="Robin",
        pin="Wren, Eurasian; Dog",
    )
    engine = Engine(settings, tell=told.append)
    assert engine.status().unknown_classes == ()
    engine.start()
    wait_until(lambda: engine.done)
    unknown = ("Dog",) if scored == "now" else ("Robin", "Wren, Eurasian")
    assert engine.status().unknown_classes == unknown
    assert [each for each in told if isinstance(each, UnknownClasses)] == [UnknownClasses(unknown)]
    engine.close()


def test_notices_are_numbered_and_the_last_ones_kept() -> None:
    told: list[NoticeContent] = []
    engine = Engine(Settings(offline=True), tell=told.append)

    def ask_in_vain() -> None:
        for _ in range(20):
            engine.keep_last_minute()

    threads = [threading.Thread(target=ask_in_vain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.close()
    numbers = [notice.number for notice in engine.notices]
    assert numbers == list(range(80 - NOTICES_KEPT + 1, 81))
    assert len(told) == 80


def test_a_file_is_played_and_a_microphone_is_not(make: Callable[..., Engine], hum: Path) -> None:
    assert make(source=str(hum)).status().plays_file
    assert make(source="sample").status().plays_file
    engine = Engine(Settings(offline=True))
    assert not engine.status().plays_file
    engine.close()


def test_the_last_minute_of_sound_is_there_while_there_is_a_source(
    make: Callable[..., Engine],
) -> None:
    engine = make(source="sample")
    wait_until(lambda: engine.latest is not None)
    ring = engine.ring
    assert ring is not None and ring.position > 0
    engine.stop()
    wait_until(lambda: engine.ring is None)


@pytest.mark.microphone
def test_the_sample_stands_in_until_a_microphone_is_there(
    mic: VirtualMicrophone, make: Callable[..., Engine]
) -> None:
    mic.unplug()
    engine = make()
    wait_until(lambda: engine.latest is not None)
    first = engine.latest
    assert first is not None
    assert first.start == 0  # it waited for the network
    wait_until(lambda: engine.latest is not None and engine.latest.end > 2 * SAMPLE_RATE)
    status = engine.status()
    assert status.source.name == "bundled sample"
    assert status.microphone is not None
    assert status.microphone.phase is SourcePhase.FAILED
    assert status.plays_file
    assert [type(each.content) for each in engine.notices].count(SampleInstead) == 1
    mic.plug()
    engine.retry_microphone()
    wait_until(lambda: engine.status().source.name == "default microphone")
    assert engine.status().microphone is None
    time.sleep(0.2)
    assert engine.latest is None or engine.latest.end < 2 * SAMPLE_RATE


@pytest.mark.microphone
def test_a_microphone_can_be_chosen_while_a_file_plays(
    mic: VirtualMicrophone, make: Callable[..., Engine]
) -> None:
    engine = make(source="sample")
    wait_until(lambda: engine.latest is not None)
    engine.choose_microphone("virtual")
    wait_until(lambda: engine.status().source.name == "virtual_microphone")
    assert "virtual_microphone" in [found.name for found in engine.microphones]
    assert not engine.status().plays_file


@pytest.mark.microphone
def test_a_microphone_plugged_in_while_another_is_live_is_listed_after_a_look(
    mic: VirtualMicrophone, make: Callable[..., Engine]
) -> None:
    engine = make()
    wait_until(lambda: engine.latest is not None)
    before = engine.microphones
    engine.look_for_microphones()
    wait_until(lambda: engine.microphones is not before)
    wait_until(lambda: engine.status().gaps > 0)  # while it is opened, its state stays
    wait_until(lambda: engine.status().source.phase is SourcePhase.LIVE)
    assert engine.status().gaps == 1


@pytest.mark.microphone
def test_microphones_are_listed_while_a_file_plays(
    mic: VirtualMicrophone, make: Callable[..., Engine]
) -> None:
    engine = make(source="sample")
    assert engine.microphones == ()
    engine.look_for_microphones()
    wait_until(lambda: "virtual_microphone" in [found.name for found in engine.microphones])
