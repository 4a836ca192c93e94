"""The real program in the terminal: on the sample, on files, without what it would like to have."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.paths import SAMPLE
from tests.support.programs import ROOT, command, demo, environment, predictions
from tests.support.timetable import sections


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Two seconds of a 1 kHz tone in stereo at 44.1 kHz."""
    path = tmp_path / "tone.wav"
    wave = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(2 * 44100) / 44100)
    soundfile.write(path, np.stack([wave, wave], axis=1), 44100)
    return path


def test_json_is_one_object_a_prediction(tone: Path) -> None:
    result = demo("--json", "--source", str(tone), "--top-k", "3")
    assert result.returncode == 0
    objects = predictions(result.stdout)
    assert len(objects) > 10
    for one in objects:
        assert set(one) == {"time", "level_dbfs", "top"}
        assert one["level_dbfs"] == pytest.approx(-13.5, abs=0.5)
        assert len(one["top"]) == 3
        assert all(isinstance(name, str) and 0 <= score <= 1 for name, score in one["top"])
    times = [one["time"] for one in objects]
    assert times == sorted(times)
    assert times[-1] <= 2.01
    assert objects[-1]["top"][0][0] in ("Sine wave", "Beep, bleep")


def test_the_sample_stands_in_for_a_missing_microphone_and_its_sounds_are_named() -> None:
    length = soundfile.info(SAMPLE).duration
    result = demo("--json", "--seconds", str(length + 15))
    assert "No microphone is connected. Playing the bundled sample instead." in result.stderr
    assert "offline" in result.stderr
    objects = predictions(result.stdout)
    for section in sections(length):
        onset, offset, label = section
        inside = [one for one in objects if onset + 1.1 <= one["time"] <= offset]
        named = [label in [name for name, _ in one["top"][:2]] for one in inside]
        assert inside, section
        assert np.mean(named) > 0.8, section


@pytest.mark.parametrize("name", ["TOP_K", "EPANNS_TOP_K"])
def test_text_shows_as_many_bars_as_asked_for(name: str) -> None:
    env = environment(**{name: "10"})
    result = demo("--text", "--source", "sample", "--seconds", "9", env=env)
    bars = [line for line in result.stdout.split("Playing")[-1].splitlines() if " 0." in line]
    assert result.returncode == 0
    assert len(bars) == 10
    assert bars[0].split()[0] == "Speech"
    assert "█" in bars[0]


def test_plain_writes_nothing_but_lines_to_a_terminal(tone: Path) -> None:
    pty = pytest.importorskip("pty", reason="terminals are for POSIX systems")
    ours, terminal = pty.openpty()
    result = subprocess.run(
        command("--plain", "--source", str(tone), "--loop", "--seconds", "8"),
        env=environment(TERM="xterm-256color"),
        stdout=terminal,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(terminal)
    written = b""
    with suppress(OSError), os.fdopen(ours, "rb", buffering=0) as output:
        while piece := output.read(4096):
            written += piece
    assert result.returncode == 0
    lines = written.decode().split("\r\n")
    # A busy machine takes a while to open the sound, and says so.
    heard = [line for line in lines if not line.startswith("Opening")]
    assert heard[0].startswith("Playing. ")
    assert heard[1].startswith("Sine wave ")
    assert heard[1].endswith(" %")
    assert all(line.isprintable() for line in lines)


def test_without_a_display_the_terminal_takes_over_and_says_so() -> None:
    result = demo("--source", "sample", "--seconds", "9")
    assert result.returncode == 0
    assert "No window can be opened here" in result.stderr
    assert "Showing bars in the terminal." in result.stderr
    assert "Speech" in result.stdout


def test_the_network_is_described_at_the_start(tone: Path) -> None:
    result = demo("--text", "--source", str(tone))
    for word in ("layers", "widths", "parameters", "size", "segment", "527"):
        assert word in result.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--top-k", "zero"], "Setting top_k is 'zero'; it must be a whole number from 1 to 527."),
        (["--hop", "-1"], "Setting hop is '-1'; it must be a number from 0.02 to 10."),
        (["--no-such-flag"], "The flags are not understood"),
    ],
)
def test_bad_settings_end_the_program_with_a_sentence_and_code_2(
    flags: list[str], message: str
) -> None:
    result = demo(*flags)
    assert result.returncode == 2
    assert result.stderr.startswith(message)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_file_without_sound_ends_the_program_with_a_sentence_and_code_1(tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("no sound")
    result = demo("--json", "--source", str(path))
    assert result.returncode == 1
    assert f"{path} is no sound file" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_checkpoint_that_is_none_ends_the_program_with_a_sentence_and_code_1(
    tmp_path: Path,
) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"no weights")
    result = demo("--json", "--source", "sample", "--model", str(path))
    assert result.returncode == 1
    assert str(path) in result.stderr
    assert "Traceback" not in result.stderr


def test_weights_that_are_not_here_are_not_fetched_offline() -> None:
    if (ROOT / "models/Cnn14_mAP=0.431.pth").exists():
        pytest.skip("somebody has fetched CNN14")
    result = demo("--json", "--source", "sample", "--model", "cnn14")
    assert result.returncode == 1
    assert "the setting offline forbids to fetch them" in result.stderr


def test_ctrl_c_during_the_first_imports_is_quiet() -> None:
    process = subprocess.Popen(command(), env=environment(), stderr=subprocess.PIPE, text=True)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors


def test_a_very_short_sound_is_scored(tmp_path: Path) -> None:
    path = tmp_path / "click.wav"
    soundfile.write(path, np.full(3200, 0.3), 32000)
    result = demo("--json", "--source", str(path), "--segment", "10", "--hop", "10")
    assert [one["time"] for one in predictions(result.stdout)] == [0.1]


def test_all_of_a_file_is_scored_to_its_end(tone: Path) -> None:
    result = demo("--json", "--source", str(tone), "--segment", "1.5", "--hop", "1")
    assert predictions(result.stdout)[-1]["time"] == pytest.approx(2.0, abs=0.002)


def test_an_output_that_knows_few_letters_is_no_error(tone: Path) -> None:
    env = environment(PYTHONIOENCODING="ascii")
    result = demo("--text", "--source", str(tone), env=env)
    assert result.returncode == 0, result.stderr
    assert "Sine wave" in result.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_at_once_and_quietly(number: signal.Signals) -> None:
    process = subprocess.Popen(
        command("--text", "--source", "sample"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(4)
    began = time.monotonic()
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert time.monotonic() - began < 2
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_a_reader_that_has_had_enough_is_no_error(tone: Path) -> None:
    process = subprocess.Popen(
        command("--json", "--source", str(tone), "--loop"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(20) == 0
    assert "Traceback" not in process.stderr.read()
