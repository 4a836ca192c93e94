"""Having the source that is wanted, without an engine around it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from epanns.audio.file_source import FileSource
from epanns.audio.microphone import MicrophoneSource
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.source_manager import SourceManager
from epanns.settings import Settings
from epanns.status import SourcePhase
from tests.support.waiting import wait_until

Make = Callable[..., SourceManager]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes what hears, where there is no microphone; notices go to a list of its own."""
    monkeypatch.setattr("epanns.audio.microphone.microphones", lambda _: ())
    made: list[SourceManager] = []

    def one(
        notices: list[str] | None = None, stand_in: bool = True, **settings: Any
    ) -> SourceManager:
        told = [] if notices is None else notices
        hearing = SourceManager(
            Settings(**settings), lambda _: None, told.append, lambda _: None, stand_in
        )
        made.append(hearing)
        return hearing

    yield one
    for hearing in made:
        hearing.drop()


@pytest.fixture
def hum(tmp_path: Path) -> Path:
    path = tmp_path / "hum.wav"
    soundfile.write(path, 0.1 * np.sin(np.arange(SAMPLE_RATE) / 50), SAMPLE_RATE)
    return path


def test_a_file_waits_for_a_network_so_that_its_beginning_is_heard(make: Make, hum: Path) -> None:
    hearing = make(source=str(hum))
    hearing.keep(ready=False)
    assert isinstance(hearing.heard, FileSource) and not hearing.heard.started
    hearing.keep(ready=True)
    assert hearing.heard.started
    assert (hearing.name, hearing.missed) == (str(hum), None)


def test_the_same_source_is_kept_and_dropped_when_nothing_is_to_be_heard(
    make: Make, hum: Path
) -> None:
    hearing = make(source=str(hum))
    hearing.keep(ready=True)
    first = hearing.heard
    hearing.keep(ready=True)
    assert hearing.heard is first
    hearing.drop()
    assert hearing.heard is None
    hearing.keep(ready=True)
    assert hearing.heard is not first


def test_the_sample_stands_in_for_no_microphone_which_is_said_once(make: Make) -> None:
    notices: list[str] = []
    hearing = make(notices)

    def stands_in() -> bool:
        hearing.keep(ready=True)
        return hearing.name == "sample"

    wait_until(stands_in)
    hearing.keep(ready=True)
    assert isinstance(hearing.source, MicrophoneSource) and isinstance(hearing.heard, FileSource)
    assert hearing.missed is not None and hearing.missed.phase is not SourcePhase.LIVE
    assert len(notices) == 1 and "Playing the bundled sample instead." in notices[0]


def test_nothing_stands_in_where_that_is_not_wanted(make: Make) -> None:
    hearing = make(stand_in=False)
    hearing.keep(ready=True)
    source = hearing.source
    assert source is not None
    wait_until(lambda: source.state.phase is SourcePhase.FAILED)
    hearing.keep(ready=True)
    assert hearing.heard is source and hearing.missed is None


def test_from_a_file_to_the_microphone(make: Make, hum: Path) -> None:
    hearing = make(source=str(hum), stand_in=False)
    hearing.keep(ready=True)
    file = hearing.heard
    hearing.wanted = "microphone"
    hearing.keep(ready=True)
    assert isinstance(hearing.heard, MicrophoneSource)
    assert file is not None and file.state.phase is not SourcePhase.LIVE
