"""Whatever happens to the program or the disk, a recording holds all but the last seconds."""

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.sessions import recorder as recorder_module
from epanns.sessions.reader import Session
from epanns.status import DiskNearlyFull, RecordingEnded, RecordingOutcome
from tests.support.counted_recording import CountedRecording
from tests.support.counting import prediction, sound
from tests.support.programs import ROOT, environment

FIRST = 48000  # as in recording_program.py


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
    recording = CountedRecording(small_disk(recorder_module.SPARE + 1_500_000) / "session.h5")
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
    recording = CountedRecording(small_disk(1_000_000) / "session.h5")
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
    process = program(path, 5, 150_000)
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


@pytest.mark.parametrize("room", [0, 5_000, 12_000, 30_000])
def test_a_disk_without_room_for_a_beginning_ends_the_recording_and_no_program(
    tmp_path: Path, room: int
) -> None:
    """HDF5 would end the program with a segmentation fault after a write that failed."""
    pytest.importorskip("resource", reason="limits are for POSIX systems")
    process = program(tmp_path / "session.h5", 2, room)
    lines = process.communicate()[0].splitlines()
    assert process.returncode == 0 and lines[-1] == "end"
    (told,) = (line for line in lines if line.startswith("TELL"))
    assert told == (
        f"TELL {tmp_path / 'session.h5'} cannot be written: File too large. The recording has"
        " ended; nothing of it was kept."
    )
    assert not list(tmp_path.iterdir())
