"""The current source, without an engine around it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.audio.file_source import FileSource
from epanns.audio.microphone import MicrophoneSource
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.source_manager import SourceManager
from epanns.status import NoticeContent, SampleInstead, SourcePhase
from tests.support.waiting import wait_until

Make = Callable[..., SourceManager]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes source managers where there is no microphone; notices go to a list of the test's."""
    monkeypatch.setattr("epanns.audio.microphone.microphones", lambda _: ())
    made: list[SourceManager] = []

    def one(
        wanted: str = "microphone",
        notices: list[NoticeContent] | None = None,
        stand_in: bool = True,
    ) -> SourceManager:
        told = [] if notices is None else notices
        sources = SourceManager(
            wanted,
            microphone="",
            channel=None,
            loop=False,
            stand_in=stand_in,
            publish=lambda _: None,
            notice=told.append,
            tell=lambda _: None,
        )
        made.append(sources)
        return sources

    yield one
    for sources in made:
        sources.drop()


@pytest.fixture
def hum(tmp_path: Path) -> Path:
    path = tmp_path / "hum.wav"
    soundfile.write(path, 0.1 * np.sin(np.arange(SAMPLE_RATE) / 50), SAMPLE_RATE)
    return path


def test_a_file_waits_for_a_network_so_that_its_beginning_is_heard(make: Make, hum: Path) -> None:
    sources = make(str(hum))
    sources.update(ready=False)
    assert isinstance(sources.current, FileSource) and not sources.current.started
    sources.update(ready=True)
    assert sources.current.started
    assert (sources.name, sources.missing_microphone) == (str(hum), None)


def test_the_same_source_is_kept_and_dropped_with_all_sources(make: Make, hum: Path) -> None:
    sources = make(str(hum))
    sources.update(ready=True)
    first = sources.current
    sources.update(ready=True)
    assert sources.current is first
    sources.drop()
    assert sources.current is None
    sources.update(ready=True)
    assert sources.current is not first


def test_the_sample_stands_in_for_no_microphone_which_is_said_once(make: Make) -> None:
    notices: list[NoticeContent] = []
    sources = make(notices=notices)

    def stands_in() -> bool:
        sources.update(ready=True)
        return sources.name == "sample"

    wait_until(stands_in)
    sources.update(ready=True)
    assert isinstance(sources.source, MicrophoneSource) and isinstance(sources.current, FileSource)
    missing = sources.missing_microphone
    assert missing is not None and missing.phase is not SourcePhase.LIVE
    assert notices == [SampleInstead(missing.reason)]


def test_nothing_stands_in_where_that_is_not_wanted(make: Make) -> None:
    sources = make(stand_in=False)
    sources.update(ready=True)
    source = sources.source
    assert source is not None
    wait_until(lambda: source.state.phase is SourcePhase.FAILED)
    sources.update(ready=True)
    assert sources.current is source and sources.missing_microphone is None


def test_from_a_file_to_the_microphone(make: Make, hum: Path) -> None:
    sources = make(str(hum), stand_in=False)
    sources.update(ready=True)
    file = sources.current
    sources.wanted = "microphone"
    sources.update(ready=True)
    assert isinstance(sources.current, MicrophoneSource)
    assert file is not None and file.state.phase is not SourcePhase.LIVE
