"""Nothing that is heard is lost or kept twice."""

import hashlib
import random
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from epanns.audio.ring_buffer import Gap
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import NetworkInfo
from epanns.sessions.reader import Session
from epanns.status import RecordingEnded, RecordingOutcome, SourcePhase, SourceState
from tests.support.counted_recording import CountedRecording
from tests.support.counting import TOOLS, CountingSource, prediction, sound
from tests.support.waiting import wait_until

FIRST = 48000  # samples before the recording begins
STARTER = NetworkInfo("starter", "a network")
OTHER = NetworkInfo("mine.pth", "another network", hashlib.sha256(b"weights").hexdigest())


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[CountedRecording]:
    recording = CountedRecording(tmp_path / "session.h5")
    yield recording
    if hasattr(recording, "recorder"):
        recording.recorder.stop("stopped")


def test_it_begins_at_the_moment_it_was_asked_for_and_ends_so(recording: CountedRecording) -> None:
    recording.source.hear(50_000)
    before = datetime.now().astimezone()
    recording.begin()
    chance = random.Random(1)
    while recording.source.ring.position < 250_000:
        recording.source.hear(chance.randrange(1, 9000))
        time.sleep(0.02)
    end = recording.source.ring.position
    with recording.end() as session:
        assert session.samples == end - 50_000
        assert (session.waveform(0, end) == sound(50_000, end)).all()
        assert abs((session.began - before).total_seconds()) < 8
        assert session.began.utcoffset() == before.utcoffset()
        assert (session.source, session.device, session.ended) == (
            "microphone", "counter", "stopped",
        )  # fmt: skip
        assert session.settings["hop"] == 0.1
        assert {"Python", "numpy", "epanns-live-tagger"} <= set(session.versions)
        assert session.gaps == ()
    assert recording.recorder.state is None
    size = recording.path.stat().st_size
    assert recording.said == [
        RecordingEnded(RecordingOutcome.SAVED, recording.path, (end - 50_000) / SAMPLE_RATE, size)
    ]


def test_predictions_are_kept_with_the_network_that_made_them(recording: CountedRecording) -> None:
    recording.source.hear(FIRST)
    recorder = recording.begin()
    recorder.add(prediction(FIRST, network=OTHER))  # heard before, so not of this recording
    for end in (FIRST + 3200, FIRST + 6400):
        recorder.add(prediction(end, network=STARTER))
    recorder.add(prediction(FIRST + 9600, network=OTHER))
    recording.source.hear(9600)
    with recording.end() as session:
        assert session.ends.tolist() == [3200, 6400, 9600]
        assert session.starts.tolist() == [3200 - 32000, 6400 - 32000, 9600 - 32000]
        assert [int(p.scores.argmax()) for p in session.predictions()] == [16, 17, 18]
        assert session.networks == ((0, STARTER), (2, OTHER))


def test_a_network_of_other_classes_is_recorded_with_their_names(
    recording: CountedRecording,
) -> None:
    recorder = recording.begin()
    for _ in range(20):
        recorder.add(prediction(recording.source.hear(3200), network=TOOLS))
    with recording.end() as session:
        assert session.vocabulary == TOOLS.vocabulary
        assert session.networks == ((0, TOOLS),)
        assert [found.network for found in session.predictions()] == [TOOLS] * 20
        assert [int(found.scores.argmax()) for found in session.predictions()] == [
            number % 3 for number in range(1, 21)
        ]


def test_a_network_of_other_classes_ends_a_recording_whose_scores_are_of_some(
    recording: CountedRecording,
) -> None:
    recorder = recording.begin()
    recorder.add(prediction(recording.source.hear(32000), network=STARTER))
    recording.look()
    wait_until(lambda: recording.path.exists() and len(Session(recording.path)) == 1)
    recorder.add(prediction(recording.source.hear(32000), network=TOOLS))
    recorder.thread.join(20)
    (failed,) = recording.said
    assert isinstance(failed, RecordingEnded) and failed.outcome is RecordingOutcome.FAILED
    assert failed.reason == f"{recording.path} has scores of other classes; record into another."
    with Session(recording.path) as session:
        assert [found.network for found in session.predictions()] == [STARTER]


def test_nothing_waits_for_it(recording: CountedRecording, monkeypatch: pytest.MonkeyPatch) -> None:
    """While its disk stands still, Predictions and sound are taken in as quickly as ever."""
    from epanns.sessions.session_writer import SessionWriter

    commit, still = SessionWriter.commit, [True]

    def slow(writer: SessionWriter) -> None:
        wait_until(lambda: not still[0])
        commit(writer)

    monkeypatch.setattr(SessionWriter, "commit", slow)
    recorder = recording.begin()
    recording.source.hear(32000)
    wait_until(lambda: recorder._next == 32000)
    began = time.monotonic()
    for _ in range(200):
        recorder.add(prediction(recording.source.hear(3200)))
    assert time.monotonic() - began < 20, "it waited for the disk, which stood still"
    still[0] = False
    recording.look()
    with recording.end() as session:
        assert len(session) == 200
        assert (session.waveform(0, session.samples) == sound(0, 672_000)).all()


def test_gaps_of_the_capture_are_kept(recording: CountedRecording) -> None:
    ring = recording.source.ring
    recording.source.hear(1000)
    ring.mark_gap("overflow")
    recording.source.hear(1000)
    recording.begin()
    ring.mark_gap("overflow")  # at the first sample
    recording.source.hear(1000)
    recording.look()
    ring.mark_gap("overflow")
    ring.mark_gap("microphone lost", 500)
    recording.look()
    ring.mark_gap("microphone lost", 700)  # it goes on
    recording.source.hear(1000)
    ring.mark_gap("overflow")
    recording.source.hear(10)
    with recording.end() as session:
        assert session.gaps == (
            Gap(0, 0, "overflow"),
            Gap(1000, 0, "overflow"),
            Gap(1000, 1200, "microphone lost"),
            Gap(3200, 0, "overflow"),
        )
        assert not session.waveform(1000, 2200).any()
        assert session.samples == 3210


def test_hours_without_a_microphone_are_one_gap(recording: CountedRecording) -> None:
    recording.begin()
    recording.source.hear(32000)
    recording.look()
    recording.source.ring.mark_gap("microphone lost", 5 * 3600 * SAMPLE_RATE)
    recording.source.hear(32000)
    with recording.end() as session:
        assert session.gaps == (Gap(32000, 5 * 3600 * SAMPLE_RATE, "microphone lost"),)
        assert session.samples == 5 * 3600 * SAMPLE_RATE + 64000
        end = 5 * 3600 * SAMPLE_RATE + 32000
        assert (session.waveform(end, end + 32000) == sound(end, end + 32000)).all()


def test_what_a_slow_disk_misses_is_a_gap(tmp_path: Path) -> None:
    recording = CountedRecording(tmp_path / "session.h5", CountingSource(seconds=1))
    recording.source.hear(10)
    recorder = recording.begin()
    recording.source.hear(32000)
    recording.look()
    recorder._look = lambda writer: None  # type: ignore[method-assign] # it stands still
    time.sleep(0.5)
    recording.source.hear(50_000)
    del recorder._look
    recording.look()
    with recording.end() as session:
        assert session.gaps == (Gap(32000, 18000, "the disk was too slow"),)
        assert not session.waveform(32000, 50000).any()
        assert (session.waveform(50000, 82000) == sound(50010, 82010)).all()


def test_another_device_is_noted_with_its_place(recording: CountedRecording) -> None:
    recording.begin()
    recording.source.hear(32000)
    recording.look()
    recording.source.state = SourceState(SourcePhase.LIVE, "another microphone")
    recording.source.hear(32000)
    with recording.end() as session:
        assert session.devices == ((0, "counter"), (32000, "another microphone"))


def test_without_sound_there_is_no_file(recording: CountedRecording) -> None:
    recorder = recording.begin()
    time.sleep(0.3)
    recorder.stop("stopped")
    recorder.thread.join()
    assert recording.said == [RecordingEnded(RecordingOutcome.NOTHING_HEARD)]
    assert not recording.path.exists()


def test_a_file_that_is_there_stays_as_it_is(recording: CountedRecording) -> None:
    recording.path.write_text("precious")
    recorder = recording.begin()
    recording.source.hear(3200)
    recorder.thread.join()
    assert recorder.state is None
    (failed,) = recording.said
    assert failed == RecordingEnded(
        RecordingOutcome.FAILED, reason=f"{recording.path} is there already; choose another name."
    )
    assert recording.path.read_text() == "precious"


def test_its_state_says_how_far_it_is(recording: CountedRecording) -> None:
    recorder = recording.begin()
    assert recorder.state is not None
    assert (recorder.state.path, recorder.state.seconds) == (recording.path, 0.0)
    recording.source.hear(80_000)
    wait_until(lambda: recorder.state is not None and recorder.state.seconds == 2.5)
    wait_until(lambda: recorder.state is not None and recorder.state.size > 50_000)
