"""python -m epanns record, as a researcher runs it."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.sessions.reader import Session
from tests.support.commands import CommandRun, epanns, epanns_command, epanns_program
from tests.support.programs import ROOT, environment
from tests.support.testbench.virtual_mic import VirtualMicrophone
from tests.support.waiting import wait_until

SAMPLE = ("--source", "sample", "--model", "starter")


def record(*words: object) -> CommandRun:
    return epanns("record", *words)


def wait_for(path: Path, condition: Callable[[Session], bool]) -> None:
    """Wait until a session that is being recorded meets a condition.

    It is seldom looked into: while it is open here, nothing is written to it.
    """

    def met() -> bool:
        time.sleep(0.3)
        if not path.exists():
            return False
        with Session(path) as session:
            return condition(session)

    wait_until(met)


def heard_again(session: Session) -> bool:
    """Whether there is sound after the loss of the microphone."""
    lost = [gap for gap in session.gaps if gap.reason == "microphone lost"]
    return bool(lost) and session.samples > lost[-1].position + lost[-1].samples


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.h5"


def test_a_file_is_recorded_to_its_end(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "tone.wav"
    soundfile.write(file, 0.3 * np.sin(np.arange(64000) / 10), 32000, "PCM_16")
    result = epanns_program("record", "--out", path, "--source", file, "--model", "starter")
    assert result.returncode == 0, result.stderr
    assert f"Recorded 0:02, 0.1\N{NO-BREAK SPACE}MB to {path}." in result.stderr
    with Session(path) as session:
        assert session.samples == 64000
        assert (
            np.rint(session.waveform(0, 64000) * 32768) == soundfile.read(file, dtype="int16")[0]
        ).all()
        assert len(session) > 10


def test_a_damaged_file_is_recorded_as_far_as_it_can_be_read_and_named(
    path: Path, tmp_path: Path
) -> None:
    file = tmp_path / "cut.wav"
    soundfile.write(file, 0.3 * np.sin(np.arange(64000) / 10), 32000, "PCM_16")
    with file.open("r+b") as cut:
        cut.truncate(64044)
    result = record("--out", path, "--source", file, "--model", "starter")
    assert result.returncode == 0, result.stderr
    assert "is cut off: 2.0 s of sound are promised, 1.0 s are there." in result.stderr
    with Session(path) as session:
        assert session.samples == 32000


def test_it_ends_after_so_many_seconds_of_sound(path: Path) -> None:
    result = record("--out", path, "--seconds", 2, *SAMPLE)
    assert result.returncode == 0, result.stderr
    with Session(path) as session:
        assert 2.0 <= session.duration < 4.0
        assert session.settings["seconds"] == 2.0
        assert session.ended == "stopped"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(path: Path, number: signal.Signals) -> None:
    program = subprocess.Popen(
        epanns_command("record", "--out", path, *SAMPLE), stderr=subprocess.PIPE, text=True,
        cwd=ROOT, env=environment(),
    )  # fmt: skip
    wait_for(path, lambda session: session.samples > 0)
    program.send_signal(number)
    errors = program.communicate(timeout=60)[1]
    assert program.returncode == 0
    assert "Traceback" not in errors
    assert f"to {path}." in errors
    with Session(path) as session:
        assert session.ended == "stopped"


def test_a_file_that_is_there_is_not_touched(path: Path) -> None:
    path.write_text("precious")
    result = record("--out", path, *SAMPLE)
    assert result.returncode == 1
    assert result.stderr == f"Error: {path} is there already; choose another name.\n"
    assert path.read_text() == "precious"


def test_without_a_microphone_it_says_so_and_records_nothing(path: Path) -> None:
    """And not the sample, which stands in for it where somebody looks."""
    words = ("--model", "starter", "--microphone", "a theremin")
    result = epanns_program("record", "--out", path, *words)
    assert result.returncode == 1
    assert "No microphone" in result.stderr  # is connected, or fits
    assert "sample" not in result.stderr
    assert "Traceback" not in result.stderr
    assert not path.exists()


def test_what_is_no_sound_is_said(path: Path) -> None:
    result = record("--out", path, "--source", ROOT / "README.md", "--model", "starter")
    assert result.returncode == 1
    assert "is no sound file" in result.stderr
    assert not path.exists()


def test_a_setting_that_cannot_work_is_one_sentence(path: Path) -> None:
    result = record("--out", path, "--hop", "-1", *SAMPLE)
    assert result.returncode != 0
    assert result.stderr == "Setting hop is '-1'; it must be a number from 0.02 to 10.\n"
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = record("--out", tmp_path / "file" / "session.h5", *SAMPLE)
    assert result.returncode == 1
    assert "session.h5 cannot be written: " in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.microphone
def test_a_microphone_is_recorded_over_its_loss(mic: VirtualMicrophone, path: Path) -> None:
    program = subprocess.Popen(
        epanns_command("record", "--out", path, "--model", "starter"), stderr=subprocess.PIPE,
        text=True, cwd=ROOT, env={**environment(), **mic.env},
    )  # fmt: skip
    wait_for(path, lambda session: session.samples > 0)
    mic.unplug()
    time.sleep(3)
    mic.plug()
    wait_for(path, heard_again)
    program.send_signal(signal.SIGINT)
    errors = program.communicate(timeout=60)[1]
    assert program.returncode == 0, errors
    with Session(path) as session:
        assert session.source == "microphone"
        assert session.device
        lost = [gap for gap in session.gaps if gap.reason == "microphone lost"]
        assert len(lost) == 1
        assert lost[0].samples > 2 * 32000
        assert not session.waveform(lost[0].position, lost[0].position + lost[0].samples).any()
        assert session.samples > lost[0].position + lost[0].samples


def test_a_sound_file_is_refused_with_the_way_to_one(tmp_path: Path) -> None:
    run = record("--source", "sample", "--out", tmp_path / "x.wav")
    assert run.returncode == 1
    assert f"record into {tmp_path / 'x.h5'}, then " in run.stderr
    assert f"export {tmp_path / 'x.h5'} --as wav." in run.stderr
