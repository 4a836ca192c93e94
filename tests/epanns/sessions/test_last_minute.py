"""The last minute is kept as it was heard, when it is asked for, and not otherwise."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
import soundfile

from epanns.audio.ring_buffer import Gap
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.engine import Engine
from epanns.prediction import NetworkInfo, Prediction
from epanns.sessions.last_minute import MINUTE, LastMinuteRecorder
from epanns.sessions.reader import Session
from epanns.settings import Settings
from epanns.status import NoticeContent, RecordingEnded, RecordingOutcome, SourcePhase
from tests.support.counting import TOOLS, CountingSource, prediction, sound
from tests.support.full_disk import file_limit
from tests.support.waiting import wait_until

STARTER, OTHER = NetworkInfo("starter", "a network"), NetworkInfo("mine", "mine")
NOTHING_HEARD = RecordingEnded(RecordingOutcome.NOTHING_HEARD, last_minute=True)
NOT_NEEDED = RecordingEnded(RecordingOutcome.NOT_NEEDED, last_minute=True)


@dataclass
class Listening:
    """A last minute of a counting source, and what it said."""

    path: Path
    source: CountingSource = field(default_factory=CountingSource)
    said: list[NoticeContent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.last_minute = LastMinuteRecorder(Settings().model_dump_json(), self.said.append)

    @property
    def failure(self) -> str:
        """Why the last minute was not kept, which is all that was said."""
        (ended,) = self.said
        assert isinstance(ended, RecordingEnded) and ended.last_minute
        assert ended.outcome is RecordingOutcome.FAILED
        return ended.reason

    def hear(self, seconds: float, network: NetworkInfo = STARTER) -> None:
        """A Prediction for each 0.1 s."""
        self.last_minute.follow(self.source, "microphone")
        for _ in range(round(10 * seconds)):
            self.last_minute.add(prediction(self.source.hear(3200), network=network))
        self.last_minute.follow(self.source, "microphone")

    def keep(self) -> Session:
        self.last_minute.keep(self.path)
        self.last_minute.close(20)
        return Session(self.path)


@pytest.fixture
def listening(tmp_path: Path) -> Listening:
    return Listening(tmp_path / "recordings" / "minute.h5")


def test_the_last_sixty_seconds_are_kept_sample_by_sample(listening: Listening) -> None:
    listening.hear(75)
    end = 75 * SAMPLE_RATE
    with listening.keep() as session:
        assert session.samples == MINUTE == 60 * SAMPLE_RATE
        assert (session.waveform(0, MINUTE) == sound(end - MINUTE, end)).all()
        assert session.ends.tolist() == list(range(3200, MINUTE + 1, 3200))
        assert (session.source, session.device) == ("microphone", "counter")
        assert session.networks == ((0, NetworkInfo("starter", "a network")),)
        assert session.ended == "the last minute was kept"
        heard = [int(p.scores.argmax()) for p in session.predictions()]
        assert heard == [(end - MINUTE + 3200 * n) // 3200 % 527 for n in range(1, 601)]
        assert session.settings["hop"] == 0.1
    size = listening.path.stat().st_size
    assert listening.said == [
        RecordingEnded(RecordingOutcome.SAVED, listening.path, 60.0, size, last_minute=True)
    ]


def test_less_than_a_minute_is_all_there_is(listening: Listening) -> None:
    listening.hear(2)
    listening.hear(1, OTHER)
    with listening.keep() as session:
        assert session.samples == 3 * SAMPLE_RATE
        assert (session.waveform(0, session.samples) == sound(0, session.samples)).all()
        assert [(row, network.name) for row, network in session.networks] == [
            (0, "starter"),
            (20, "mine"),
        ]


def test_a_network_of_other_classes_is_kept_with_their_names(listening: Listening) -> None:
    listening.hear(2, TOOLS)
    with listening.keep() as session:
        assert session.vocabulary == TOOLS.vocabulary
        assert {found.network for found in session.predictions()} == {TOOLS}
        assert session.scores(0, 20).shape == (20, 3)


def test_it_says_when_it_was_heard_also_after_a_while(listening: Listening) -> None:
    listening.hear(5)
    heard = datetime.now().astimezone()
    time.sleep(2.0)
    listening.last_minute.follow(listening.source, "microphone")  # nothing new comes in
    with listening.keep() as session:
        assert (heard - session.began).total_seconds() == pytest.approx(5, abs=1.0)


def test_what_comes_while_it_is_written_is_not_in_it(listening: Listening) -> None:
    listening.hear(5)
    listening.last_minute.keep(listening.path)
    listening.hear(5)
    listening.last_minute.close(20)
    with Session(listening.path) as session:
        assert session.samples == 5 * SAMPLE_RATE
        assert session.ends[-1] == 5 * SAMPLE_RATE


def test_gaps_are_kept_as_far_as_they_are_of_this_minute(listening: Listening) -> None:
    ring = listening.source.ring
    ring.mark_gap("overflow")
    listening.hear(10)
    ring.mark_gap("microphone lost", 5 * SAMPLE_RATE)
    listening.hear(30)
    ring.mark_gap("overflow")
    listening.hear(27)
    with listening.keep() as session:
        assert session.gaps == (
            Gap(0, 3 * SAMPLE_RATE, "microphone lost"),  # which began before
            Gap(33 * SAMPLE_RATE, 0, "overflow"),
        )
        assert not session.waveform(0, 3 * SAMPLE_RATE).any()


def test_scores_of_another_source_are_not_mixed_in(listening: Listening) -> None:
    listening.hear(3)
    listening.source = CountingSource()
    listening.last_minute.follow(listening.source, "microphone")
    listening.last_minute.add(prediction(3 * SAMPLE_RATE, network=STARTER))  # comes too late
    listening.hear(5)
    with listening.keep() as session:
        assert session.samples == 5 * SAMPLE_RATE
        assert session.ends.tolist() == list(range(3200, 5 * SAMPLE_RATE + 1, 3200))


def test_memory_holds_a_minute_of_scores(listening: Listening) -> None:
    listening.hear(70)
    assert len(listening.last_minute._scored) == 600


def test_nothing_heard_is_nothing_kept(listening: Listening) -> None:
    listening.last_minute.keep(listening.path)
    listening.last_minute.follow(listening.source, "microphone")
    listening.last_minute.keep(listening.path)
    assert listening.said == [NOTHING_HEARD] * 2
    assert not listening.path.parent.exists()


def test_nothing_is_written_unless_it_is_asked_for(listening: Listening) -> None:
    listening.hear(70)
    assert not listening.path.parent.exists()


def test_a_file_that_is_there_stays_as_it_is(listening: Listening) -> None:
    listening.path.parent.mkdir()
    listening.path.write_text("precious")
    listening.hear(1)
    listening.last_minute.keep(listening.path)
    listening.last_minute.close(20)
    assert listening.failure == f"{listening.path} is there already; choose another name."
    assert listening.path.read_text() == "precious"


def test_a_folder_that_cannot_be_there_is_one_sentence(listening: Listening) -> None:
    listening.path.parent.write_text("a file where the folder should be")
    listening.hear(1)
    listening.last_minute.keep(listening.path)
    listening.last_minute.close(20)
    assert listening.failure.endswith("cannot be written: File exists.")


def test_a_full_disk_is_one_sentence_and_leaves_no_file(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    from epanns.storage import journal

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal.os, "fsync", full)
    listening.hear(1)
    listening.last_minute.keep(listening.path)
    listening.last_minute.close(20)
    assert listening.failure == f"{listening.path} cannot be written: No space left on device."
    assert list(listening.path.parent.iterdir()) == []


# -- by the engine ----------------------------------------------------------------


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    path = tmp_path / "noise.wav"
    soundfile.write(path, sound(0, 3 * SAMPLE_RATE) / 4, SAMPLE_RATE, subtype="FLOAT")
    return path


def test_what_the_engine_heard_is_kept_and_replays(tmp_path: Path, noise: Path) -> None:
    path = tmp_path / "minute.h5"
    engine = Engine(Settings(offline=True, source=str(noise)))

    def kept() -> RecordingEnded:
        size = path.stat().st_size if path.exists() else 0
        return RecordingEnded(RecordingOutcome.SAVED, path, 3.0, size, last_minute=True)

    try:
        engine.start()
        wait_until(lambda: engine.done)
        engine.stop()  # what was heard is there still
        wait_until(lambda: engine.ring is None)
        engine.keep_last_minute(path)
        wait_until(lambda: any(notice.content == kept() for notice in engine.notices))
    finally:
        engine.close()
    with Session(path) as session:
        assert session.samples == 3 * SAMPLE_RATE
        waveform = session.waveform(0, session.samples)
        assert abs(waveform - sound(0, 3 * SAMPLE_RATE) / 4).max() <= 0.5 / 32768
        assert session.source == str(noise)
        assert session.networks[0][1].name == "starter"
        assert session.ends[-1] == 3 * SAMPLE_RATE
        scored = [p.scores.argmax() for p in session.predictions()]
    replayed: list[Prediction] = []
    player = Engine(Settings(offline=True, source=str(path)), publish=replayed.append)
    try:
        player.start()
        wait_until(lambda: player.done)
        assert player.status().source.phase is SourcePhase.ENDED
        player.keep_last_minute(tmp_path / "again.h5")
        assert player.notices[-1].content == NOT_NEEDED
    finally:
        player.close()
    assert [p.scores.argmax() for p in replayed] == scored


def test_closing_waits_for_what_is_being_written(tmp_path: Path, noise: Path) -> None:
    path = tmp_path / "minute.h5"
    engine = Engine(Settings(offline=True, source=str(noise)))
    engine.start()
    wait_until(lambda: engine.done)
    engine.keep_last_minute(path)
    engine.close()
    with Session(path) as session:
        assert session.ended == "the last minute was kept"


def test_two_programs_may_keep_their_last_minute_in_one_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "2026-11-30_12-00-00_last-minute.h5"
    monkeypatch.setattr("epanns.sessions.last_minute.new_path", lambda ending: path)
    for program in (Listening(path), Listening(path)):
        program.hear(1)
        program.last_minute.keep(None)
        program.last_minute.close(20)
        (saved,) = program.said
        assert isinstance(saved, RecordingEnded) and saved.outcome is RecordingOutcome.SAVED
    second = path.with_stem(f"{path.stem}_2")
    assert isinstance(saved, RecordingEnded) and saved.path == second
    assert Session(path).samples == Session(second).samples == SAMPLE_RATE


@pytest.mark.parametrize("room", [0, 5_000, 12_000, 30_000, 60_000])
def test_a_minute_that_has_no_room_is_told_and_leaves_nothing(
    listening: Listening, room: int
) -> None:
    listening.hear(3)
    with file_limit(room):
        listening.last_minute.keep(listening.path)
        listening.last_minute.close(20)
    assert listening.failure == f"{listening.path} cannot be written: File too large."
    assert not list(listening.path.parent.iterdir())
