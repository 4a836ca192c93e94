"""A session plays as it was recorded: its sound, its scores, its gaps, at the same pace."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from epanns.audio.ring_buffer import Gap
from epanns.live.engine import Engine
from epanns.prediction import Prediction
from epanns.sessions.player import SessionSource
from epanns.sessions.reader import Session
from epanns.settings import Settings
from epanns.status import ModelPhase, RecordingEnded, RecordingOutcome, SourcePhase
from tests.support.counting import TOOLS, sound, toy_session
from tests.support.waiting import wait_until

Play = Callable[..., SessionSource]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.h5"


@pytest.fixture
def play() -> Iterator[Play]:
    sources = []

    def start(
        path: Path, loop: bool = False, publish: Callable[[Prediction], None] = lambda _: None
    ) -> SessionSource:
        sources.append(SessionSource(path, path.name, loop, publish))
        sources[-1].start()
        return sources[-1]

    yield start
    for source in sources:
        source.stop()


def test_sound_and_predictions_come_as_they_were_recorded(path: Path, play: Play) -> None:
    toy_session(path, 2.0)
    heard: list[tuple[int, Prediction]] = []
    began = time.monotonic()
    source: SessionSource = play(
        path, publish=lambda each: heard.append((source.ring.position, each))
    )
    wait_until(lambda: source.state.phase is SourcePhase.ENDED)
    assert time.monotonic() - began >= 1.9
    assert (source.ring.since(0).waveform == sound(0, 64000)).all()
    with Session(path) as session:
        for (position, played), stored in zip(heard, session.predictions(), strict=True):
            assert (played.start, played.end) == (stored.start, stored.end)
            assert (played.scores == stored.scores).all()
            assert 0 <= position - played.end < 1600  # neither early nor late
    assert source.model.phase is ModelPhase.READY
    assert source.model.name == "starter"
    assert source.state.name == "counter, 2025-11-21 14:03"


def test_predictions_bring_the_network_and_the_classes_of_when_they_were_made(
    path: Path, play: Play
) -> None:
    toy_session(path, 1.0, network=TOOLS)
    heard: list[Prediction] = []
    source = play(path, publish=heard.append)
    wait_until(lambda: source.state.phase is SourcePhase.ENDED)
    assert {played.network for played in heard} == {TOOLS}
    assert source.model.name == "mine.pth"
    # They end after 0.5 to 1.0 s; the class is the number of the tenth of a second.
    assert [played.top(1)[0][0] for played in heard] == [
        TOOLS.vocabulary.names[tenth % 3] for tenth in range(5, 11)
    ]


def test_gaps_are_gaps_again(path: Path, play: Play) -> None:
    gaps = (Gap(16_000, 0, "overflow"), Gap(32_000, 8_000, "microphone lost"))
    toy_session(path, 2.0, gaps)
    source = play(path)
    wait_until(lambda: source.state.phase is SourcePhase.ENDED)
    assert tuple(source.ring.gaps) == gaps
    assert source.overflows == 1
    assert source.ring.position == 64_000
    assert (source.ring.latest(30_000).waveform == sound(40_000, 64_000)).all()


def test_a_long_gap_is_cut_short_and_said(path: Path, play: Play) -> None:
    hour = 3600 * 32_000
    toy_session(path, 3601.0, (Gap(16_000, hour, "microphone lost"),))
    source = play(path)
    wait_until(lambda: source.state.phase is SourcePhase.LOST)
    assert source.state.reason == "No sound was recorded here for 3600 s."
    wait_until(lambda: source.state.phase is SourcePhase.LIVE)
    assert source.state.reason == ""
    wait_until(lambda: source.state.phase is SourcePhase.ENDED)
    assert source.ring.position == 3601 * 32_000


def test_it_plays_again_and_again(path: Path, play: Play) -> None:
    toy_session(path, 0.7)
    ends: list[int] = []
    source = play(path, loop=True, publish=lambda each: ends.append(each.end))
    wait_until(lambda: source.ring.position > 50_000)
    assert ends[:5] == [16000, 19200, 22400, 22400 + 16000, 22400 + 19200]


def test_a_broken_session_is_a_state_and_not_an_error(path: Path, play: Play) -> None:
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    source = play(path)
    wait_until(lambda: source.state.phase is SourcePhase.FAILED)
    assert "is no recording session, or it is damaged" in source.state.reason


def test_the_engine_shows_a_session_without_a_network(path: Path) -> None:
    toy_session(path, 2.0)
    published: list[int] = []
    engine = Engine(Settings(source=str(path)), publish=lambda each: published.append(each.end))
    engine.start()
    wait_until(lambda: len(published) > 9)
    status = engine.status()
    assert (status.source.phase, status.model.name) == (SourcePhase.LIVE, "starter")
    assert status.model.summary == "as recorded"
    assert status.level_dbfs > -20
    assert status.pace.updates_per_second > 0
    assert status.pace.inference_seconds == pytest.approx(0.01)
    assert "model loader" not in [thread.name for thread in threading.enumerate()]
    engine.record()
    wait_until(lambda: engine.notices != ())
    assert engine.notices[-1].content == RecordingEnded(RecordingOutcome.NOT_NEEDED)
    wait_until(lambda: engine.done)
    assert published == list(range(16000, 64001, 3200))
    engine.start()  # from its beginning
    wait_until(lambda: len(published) > 20)
    assert published[16] == 16000
    engine.close()
