"""Nothing that is heard is lost or kept twice, whatever happens to the program or the disk."""

import hashlib
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from epanns.audio.ring_buffer import Gap
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import NetworkInfo
from epanns.sessions import recorder as recorder_module
from epanns.sessions.reader import Session
from epanns.sessions.recorder import Recorder
from epanns.settings import Settings
from epanns.status import (
    DiskNearlyFull,
    NoticeContent,
    RecordingEnded,
    RecordingOutcome,
    SourcePhase,
    SourceState,
)
from tests.support.counting import TOOLS, CountingSource, prediction, sound
from tests.support.programs import ROOT, environment
from tests.support.waiting import wait_until

FIRST = 48000  # as in recording_program.py
STARTER = NetworkInfo("starter", "a network")
OTHER = NetworkInfo("mine.pth", "another network", hashlib.sha256(b"weights").hexdigest())


@dataclass
class Recording:
    """A recorder on a counting source, and what it said."""

    path: Path
    source: CountingSource = field(default_factory=CountingSource)
    said: list[NoticeContent] = field(default_factory=list)

    def begin(self) -> Recorder:
        settings = Settings().model_dump_json()
        self.recorder = Recorder(self.source, "microphone", self.path, settings, self.said.append)
        self.recorder.start()
        return self.recorder

    def look(self) -> None:
        """Wait until the recorder has taken over all that there is."""
        heard = self.source.ring.position
        wait_until(lambda: self.recorder._next == heard)

    def end(self) -> Session:
        self.recorder.stop("stopped")
        self.recorder.thread.join()
        return Session(self.path)


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    recording = Recording(tmp_path / "session.h5")
    yield recording
    if hasattr(recording, "recorder"):
        recording.recorder.stop("stopped")


def test_it_begins_at_the_moment_it_was_asked_for_and_ends_so(recording: Recording) -> None:
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


def test_predictions_are_kept_with_the_network_that_made_them(recording: Recording) -> None:
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


def test_a_network_of_other_classes_is_recorded_with_their_names(recording: Recording) -> None:
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
    recording: Recording,
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


def test_nothing_waits_for_it(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert time.monotonic() - began < 2
    still[0] = False
    recording.look()
    with recording.end() as session:
        assert len(session) == 200
        assert (session.waveform(0, session.samples) == sound(0, 672_000)).all()


def test_gaps_of_the_capture_are_kept(recording: Recording) -> None:
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


def test_hours_without_a_microphone_are_one_gap(recording: Recording) -> None:
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
    recording = Recording(tmp_path / "session.h5", CountingSource(seconds=1))
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


def test_another_device_is_noted_with_its_place(recording: Recording) -> None:
    recording.begin()
    recording.source.hear(32000)
    recording.look()
    recording.source.state = SourceState(SourcePhase.LIVE, "another microphone")
    recording.source.hear(32000)
    with recording.end() as session:
        assert session.devices == ((0, "counter"), (32000, "another microphone"))


def test_without_sound_there_is_no_file(recording: Recording) -> None:
    recorder = recording.begin()
    time.sleep(0.3)
    recorder.stop("stopped")
    recorder.thread.join()
    assert recording.said == [RecordingEnded(RecordingOutcome.NOTHING_HEARD)]
    assert not recording.path.exists()


def test_a_file_that_is_there_stays_as_it_is(recording: Recording) -> None:
    recording.path.write_text("precious")
    recorder = recording.begin()
    recording.source.hear(3200)
    recorder.thread.join()
    assert recorder.state is None
    (failed,) = recording.said
    assert failed == RecordingEnded(
        RecordingOutcome.FAILED,
        recording.path,
        reason=f"{recording.path} is there already; choose another name.",
    )
    assert recording.path.read_text() == "precious"


def test_its_state_says_how_far_it_is(recording: Recording) -> None:
    recorder = recording.begin()
    assert recorder.state is not None
    assert (recorder.state.path, recorder.state.seconds) == (recording.path, 0.0)
    recording.source.hear(80_000)
    wait_until(lambda: recorder.state is not None and recorder.state.seconds == 2.5)
    wait_until(lambda: recorder.state is not None and recorder.state.size > 50_000)


# -- what happens to the program -----------------------------------------------


def program(path: Path, seconds: float, *more: object) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        ROOT / "tests" / "support" / "recording_program.py",
        path,
        seconds,
        *more,
    ]
    env = environment(PYTHONPATH=str(ROOT))
    return subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT
    )


def heard(line: str) -> int:
    return int(line.removeprefix("heard "))


def test_kill_9_costs_at_most_two_seconds(tmp_path: Path) -> None:
    """Ten programs are killed at random moments; each file opens and is whole up to its end."""
    chance = random.Random(9)
    running = {}
    for number in range(10):
        path = tmp_path / f"{number}.h5"
        running[path] = program(path, 30)
    for process in running.values():
        assert process.stdout is not None
        process.stdout.readline()  # they have begun
    began = time.monotonic()
    ends = sorted((began + chance.uniform(1.5, 6.0), path) for path in running)
    for moment, path in ends:
        time.sleep(max(moment - time.monotonic(), 0))
        running[path].send_signal(signal.SIGKILL)
    for path, process in running.items():
        lines = process.communicate()[0].splitlines()
        last = heard([line for line in lines if line.startswith("heard")][-1])
        assert process.returncode == -signal.SIGKILL
        with Session(path) as session:
            assert last - session.samples <= 2 * SAMPLE_RATE
            assert session.samples > 0
            kept = session.waveform(0, session.samples)
            assert (kept == sound(FIRST, FIRST + session.samples)).all()
            assert last - session.ends[-1] <= 2 * SAMPLE_RATE
            assert (np.diff(session.ends) == 3200).all()
            assert session.ended == ""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Make disks with so many bytes free."""
    mounted: list[Path] = []

    def make(free: int) -> Path:
        folder = tmp_path / f"disk {len(mounted)}"
        folder.mkdir()
        size = f"size={free // 4096 * 4096}"
        mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
        if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("only root can mount a small disk")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_announced_and_ends_the_recording_in_order(
    small_disk: Callable[[int], Path],
) -> None:
    recording = Recording(small_disk(recorder_module.SPARE + 1_500_000) / "session.h5")
    recorder = recording.begin()
    rooms: list[float | None] = []
    while (state := recorder.state) is not None:
        rooms.append(state.room)
        recorder.add(prediction(recording.source.hear(3200)))
        time.sleep(0.02)  # five times as fast as it would be live
    assert any(room is not None and room < recorder_module.WARN_AT[0] for room in rooms)
    warned, full, saved = recording.said
    assert isinstance(warned, DiskNearlyFull) and 0 < warned.seconds < recorder_module.WARN_AT[0]
    assert isinstance(full, RecordingEnded) and isinstance(saved, RecordingEnded)
    assert (full.outcome, full.path) == (RecordingOutcome.DISK_FULL, recording.path)
    assert (saved.outcome, saved.path) == (RecordingOutcome.SAVED, recording.path)
    assert saved.size == recording.path.stat().st_size
    assert shutil.disk_usage(recording.path.parent).free > 1_000_000
    with Session(recording.path) as session:
        assert session.ended == "the disk was full"
        assert session.samples > 5 * SAMPLE_RATE
        assert (session.waveform(0, session.samples) == sound(0, session.samples)).all()


def test_a_disk_that_others_fill_suddenly_costs_what_was_not_on_it(
    small_disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "SPARE", -(10**9))  # it does not see it coming
    recording = Recording(small_disk(1_000_000) / "session.h5")
    recorder = recording.begin()
    while recorder.state is not None:
        recorder.add(prediction(recording.source.hear(3200)))
        time.sleep(0.02)
    failed = recording.said[-1]
    assert isinstance(failed, RecordingEnded) and failed.outcome is RecordingOutcome.FAILED
    assert "No space left on device" in failed.reason
    with Session(recording.path) as session:
        assert session.samples > 2 * SAMPLE_RATE
        assert (session.waveform(0, session.samples) == sound(0, session.samples)).all()
        assert len(session) == len(session.scores(0, 10**6))


def test_a_limit_on_files_ends_the_recording_and_not_the_program(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="limits are for POSIX systems")
    path = tmp_path / "session.h5"
    process = program(path, 8, 300_000)
    lines = process.communicate()[0].splitlines()
    assert process.returncode == 0
    assert lines[-1] == "end"
    at = lines.index("over")
    assert sum(line.startswith("heard") for line in lines[at:]) > 5  # the program went on
    told = [line for line in lines if line.startswith("TELL")]
    assert "cannot be written: File too large." in told[-1]
    assert told[-1].endswith("The recording has ended; what was on disk is kept.")
    last = heard([line for line in lines[:at] if line.startswith("heard")][-1])
    with Session(path) as session:
        assert last - session.samples <= 2 * SAMPLE_RATE + SAMPLE_RATE // 2
        kept = session.waveform(0, session.samples)
        assert (kept == sound(FIRST, FIRST + session.samples)).all()
