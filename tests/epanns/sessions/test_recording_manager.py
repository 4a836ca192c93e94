"""Recordings in the whole engine: they begin and end as the user wants, and with their source."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.engine import Engine
from epanns.paths import RECORDINGS
from epanns.prediction import Prediction
from epanns.sessions.reader import Session
from epanns.sessions.recording_manager import RecordingManager
from epanns.settings import Settings
from epanns.status import NoticeContent, RecordingEnded, RecordingOutcome
from epanns.storage.checksums import sha256_of
from epanns.zoo.catalogue import path_of
from tests.support.counting import CountingSource
from tests.support.waiting import wait_until

Make = Callable[..., Engine]


@pytest.fixture
def make() -> Iterator[Make]:
    """Make engines that are closed at the end."""
    engines: list[Engine] = []

    def start(**settings: Any) -> Engine:
        published: list[Prediction] = []
        engine = Engine(
            Settings(offline=True, model="starter", **settings), publish=published.append
        )
        engine.published = published  # type: ignore[attr-defined]
        engines.append(engine)
        return engine

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture
def hum(tmp_path: Path) -> Path:
    path = tmp_path / "hum.wav"
    sine = 0.1 * np.sin(2 * np.pi * 100 * np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE)
    soundfile.write(path, sine, SAMPLE_RATE, "PCM_16")
    return path


def test_a_file_is_recorded_from_its_first_sample_to_its_last(
    make: Make, hum: Path, tmp_path: Path
) -> None:
    path = tmp_path / "session.h5"
    engine = make(source=str(hum))
    engine.record(path)
    engine.start()
    wait_until(lambda: engine.done and engine.status().recording is None)
    with Session(path) as session:
        played = soundfile.read(hum, dtype="int16")[0]
        assert session.samples == len(played)
        assert (np.rint(session.waveform(0, len(played)) * 32768) == played).all()
        published = engine.published  # type: ignore[attr-defined]
        assert session.ends.tolist() == [each.end for each in published]
        for stored, live in zip(session.predictions(), published, strict=True):
            assert (stored.scores == live.scores.astype(np.float16)).all()
            assert stored.level_dbfs == pytest.approx(live.level_dbfs)
        assert session.networks[0][1].checksum == sha256_of(path_of("starter"))
        assert (session.source, session.ended) == (str(hum), "the sound ended")
    saved = RecordingEnded(RecordingOutcome.SAVED, path, 3.0, path.stat().st_size)
    assert engine.notices[-1].content == saved


def test_a_recording_begins_and_ends_while_the_sound_goes_on(make: Make, tmp_path: Path) -> None:
    engine = make(source="sample")
    engine.start()
    wait_until(lambda: engine.latest is not None)
    for name in ("one.h5", "two.h5"):
        engine.record(tmp_path / name)
        wait_until(lambda: (state := engine.status().recording) is not None and state.seconds > 0.5)
        engine.stop_recording()
        wait_until(lambda: engine.status().recording is None)
        assert engine.latest is not None  # it went on
        with Session(tmp_path / name) as session:
            assert session.ended == "stopped"
            assert session.source == "sample"
            assert session.ends[0] > 0


def test_a_recording_that_another_one_replaces_is_whole(make: Make, tmp_path: Path) -> None:
    engine = make(source="sample")
    engine.start()
    for name in ("one.h5", "two.h5"):
        path = tmp_path / name
        engine.record(path)
        wait_until(
            lambda path=path: (  # type: ignore[misc]
                (state := engine.status().recording) is not None
                and state.path == path
                and state.seconds > 0.5
            )
        )
    engine.close()
    for name in ("one.h5", "two.h5"):
        with Session(tmp_path / name) as session:
            assert session.ended == "stopped"


@pytest.mark.parametrize(("end", "why"), [("stop", "the sound ended"), ("close", "stopped")])
def test_stop_and_close_end_a_recording_in_order(
    make: Make, tmp_path: Path, end: str, why: str
) -> None:
    path = tmp_path / "session.h5"
    engine = make(source="sample")
    engine.start()
    engine.record(path)
    wait_until(lambda: (state := engine.status().recording) is not None and state.seconds > 1)
    getattr(engine, end)()
    wait_until(lambda: engine.status().recording is None)
    with Session(path) as session:
        assert session.ended == why
        assert session.samples > SAMPLE_RATE
    if end == "stop":
        engine.start()
        wait_until(lambda: engine.latest is not None)
        assert engine.status().recording is None  # nobody asked for another one


def test_a_recording_that_cannot_be_written_is_said_and_the_engine_goes_on(
    make: Make, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    engine = make(source="sample")

    def not_written(content: NoticeContent) -> bool:
        return (
            isinstance(content, RecordingEnded)
            and content.outcome is RecordingOutcome.FAILED
            and "cannot be written" in content.reason
        )

    engine.record(tmp_path / "file" / "session.h5")
    engine.start()
    wait_until(lambda: any(not_written(notice.content) for notice in engine.notices))
    wait_until(lambda: engine.status().recording is None)
    wait_until(lambda: engine.latest is not None)


def test_recordings_without_a_name_go_to_one_folder(make: Make) -> None:
    engine = make(source="sample")
    engine.record()
    engine.start()
    wait_until(lambda: engine.status().recording is not None)
    state = engine.status().recording
    assert state is not None
    assert state.path.parent == RECORDINGS
    engine.stop_recording()
    wait_until(lambda: engine.status().recording is None)
    state.path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # somebody's recordings are there
        RECORDINGS.rmdir()


def test_programs_that_begin_in_one_second_keep_both_recordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both choose the name of that second while no file has it."""
    path, second = tmp_path / "2026-11-30_12-00-00.h5", "2026-11-30_12-00-00_2"
    monkeypatch.setattr("epanns.sessions.recording_manager.new_path", lambda: path)
    said: list[NoticeContent] = []
    programs = [(RecordingManager("{}", said.append), CountingSource()) for _ in range(2)]
    for manager, source in programs:
        manager.begin(None)
        manager.update(source, "microphone", goes_on=True)
    for (_, source), file in zip(programs, (path, path.with_stem(second)), strict=True):
        source.hear(32000)
        wait_until(file.exists)
    for manager, _ in programs:
        manager.close()
    saved = sorted(each.path for each in said if isinstance(each, RecordingEnded) and each.path)
    assert saved == [path, path.with_stem(second)]
    assert [Session(each).samples for each in saved] == [32000, 32000]


def test_a_file_that_the_user_named_is_not_written_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "mine.h5"
    said: list[NoticeContent] = []
    manager, source = RecordingManager("{}", said.append), CountingSource()
    manager.begin(path)
    manager.update(source, "microphone", goes_on=True)
    path.write_text("of another program")
    source.hear(32000)
    wait_until(lambda: bool(said))
    manager.close()
    assert isinstance(said[0], RecordingEnded) and "is there already" in said[0].reason
    assert [each.name for each in tmp_path.iterdir()] == ["mine.h5"]
