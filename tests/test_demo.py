"""The real program in the terminal: on the sample, on files, without what it would like to have."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns import AudioTagger
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.paths import SAMPLE
from epanns.settings import Settings
from epanns.views import terminal
from epanns.views.shown_scores import shown_scores
from tests.support.programs import ROOT, command, demo, environment, predictions, running
from tests.support.timetable import sections

BAR = re.compile(r"  \S.*  \d\.\d\d( █*)?$")
LISTENED = 17.5  # seconds of the sample, in which there are speech, a whistle and silence


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
    assert len(objects) > 5
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
    """That the network names the other sounds of the sample, too, is in test_sample.py."""
    recording, _ = soundfile.read(SAMPLE, dtype="float32")
    tagger = AudioTagger("starter")
    objects = []
    with running("--json") as program:
        assert program.stdout is not None
        for line in program.stdout:
            objects.append(json.loads(line))
            if objects[-1]["time"] > LISTENED:
                break
        program.terminate()
        _, errors = program.communicate(timeout=60)
    assert "No microphone is connected. Playing the bundled sample instead." in errors
    assert "offline" in errors
    heard = [each for each in sections(len(recording) / SAMPLE_RATE) if each.offset <= LISTENED]
    assert len(heard) > 2
    for section in heard:
        onset, offset, label = section
        inside = [one for one in objects if onset + 1.1 <= one["time"] <= offset]
        named = [label in [name for name, _ in one["top"][:2]] for one in inside]
        assert inside, section
        assert np.mean(named) > 0.8, section
    for one in objects:
        end = round(one["time"] * SAMPLE_RATE)
        start = max(end - SAMPLE_RATE, 0)
        again = tagger.tag(recording[start:end], start=start)
        scores = shown_scores(again, Settings().silence)
        for name, score in one["top"]:
            assert score == pytest.approx(scores[again.network.vocabulary.index(name)], abs=1e-3)


def blocks_of_bars(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines with bars that stand together, without those at the end."""
    bars: list[str] = []
    for line in lines:
        if BAR.match(line.rstrip("\n")):
            bars.append(line)
        elif bars:
            yield bars
            bars = []


@pytest.mark.parametrize(
    ("flags", "number"), [((), signal.SIGTERM), (("--text", "--source", "sample"), signal.SIGINT)]
)
def test_the_terminal_shows_as_many_bars_as_asked_for_until_a_signal_ends_it_quietly(
    flags: tuple[str, ...], number: signal.Signals
) -> None:
    with running(*flags, env=environment(TOP_K="10")) as program:
        assert program.stdout is not None
        bars = ["nothing"]
        for bars in islice(blocks_of_bars(program.stdout), 10):
            if bars[0].split()[0] == "Speech":
                break
        program.send_signal(number)
        _, errors = program.communicate(timeout=40)  # the sample would go on for longer
    assert bars[0].split()[0] == "Speech"
    assert "█" in bars[0]
    assert len(bars) == 10
    assert program.returncode == 0
    assert "Traceback" not in errors
    if not flags:
        assert "No window can be opened here" in errors
        assert "Showing bars in the terminal." in errors


def test_plain_writes_nothing_but_lines_to_a_terminal_until_its_seconds_are_over(
    tone: Path,
) -> None:
    pty = pytest.importorskip("pty", reason="terminals are for POSIX systems")
    ours, terminal_end = pty.openpty()
    result = subprocess.run(
        command("--plain", "--source", str(tone), "--loop", "--seconds", "4"),
        env=environment(TERM="xterm-256color"),
        stdout=terminal_end,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(terminal_end)
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


def test_the_network_is_described_and_an_output_that_knows_few_letters_is_no_error(
    tone: Path,
) -> None:
    env = environment(PYTHONIOENCODING="ascii")
    result = demo("--text", "--source", str(tone), env=env)
    assert result.returncode == 0, result.stderr
    assert "Sine wave" in result.stdout
    for word in ("layers", "widths", "parameters", "size", "segment", "527"):
        assert word in result.stderr


def test_a_bad_setting_ends_the_program_with_a_sentence_and_code_2() -> None:
    result = demo("--top-k", "zero")
    assert result.returncode == 2
    assert result.stderr == ("Setting top_k is 'zero'; it must be a whole number from 1 to 527.\n")
    assert result.stdout == ""


def test_a_file_without_sound_ends_the_program_with_a_sentence_and_code_1(tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("no sound")
    result = demo("--json", "--source", str(path))
    assert result.returncode == 1
    assert f"{path} is no sound file" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_checkpoint_that_is_none_ends_the_program_with_a_sentence_and_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"no weights")
    code = terminal.run(Settings(offline=True, json_lines=True, source="sample", model=str(path)))
    assert code == 1
    errors = capsys.readouterr().err
    assert str(path) in errors
    assert "Traceback" not in errors


def test_weights_that_are_not_here_are_not_fetched_offline(
    capsys: pytest.CaptureFixture[str],
) -> None:
    if (ROOT / "models/Cnn14_mAP=0.431.pth").exists():
        pytest.skip("somebody has fetched CNN14")
    code = terminal.run(Settings(offline=True, json_lines=True, source="sample", model="cnn14"))
    assert code == 1
    assert "the setting offline forbids to fetch them" in capsys.readouterr().err


def test_ctrl_c_during_the_first_imports_is_quiet() -> None:
    with running() as program:
        time.sleep(0.1)
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=60)
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("samples", "segment", "hop", "last"), [(3200, 1.0, 1.0, 0.1), (22400, 0.5, 0.4, 0.7)]
)
def test_all_of_a_file_is_scored_to_its_end_however_short(
    samples: int,
    segment: float,
    hop: float,
    last: float,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "click.wav"
    soundfile.write(path, np.full(samples, 0.3), 32000)
    terminal.run(
        Settings(
            offline=True,
            model="starter",
            json_lines=True,
            source=str(path),
            segment=segment,
            hop=hop,
            seconds=60,
        )
    )
    times = [one["time"] for one in predictions(capsys.readouterr().out)]
    assert times[-1] == last
    assert len(times) == 1 or samples > 3200


def test_a_reader_that_has_had_enough_is_no_error(tone: Path) -> None:
    with running("--json", "--source", str(tone), "--loop") as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.wait(60) == 0
        assert "Traceback" not in program.stderr.read()
