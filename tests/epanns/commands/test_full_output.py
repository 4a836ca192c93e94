"""Standard output that is full, closed or not read to its end: one sentence at most."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.sessions.session_writer import SessionWriter
from tests.support.commands import epanns_command
from tests.support.counting import ABOUT, prediction, sound
from tests.support.programs import ROOT, environment

COMMANDS = (
    "--help",
    "tag --help",
    "tag {0}/noise.wav",
    "tag {0}/noise.wav --json --segments",
    "detect {0}/noise.wav --threshold 0.01",
    "models list",
    "models check starter",
    "replay {0}/session.h5 --plain",
    "export {0}/session.h5 --as csv --into {0}/into",
    "pack {0}/pack.h5 --listing {0}/listing.csv",
    "evaluate {0}/listing.csv --clip loudest",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "noise.wav", np.random.default_rng(5).normal(0, 0.1, 32000), 32000)
    (tmp_path / "listing.csv").write_text("path,labels,split\nnoise.wav,White noise,test\n")
    with SessionWriter(tmp_path / "session.h5", ABOUT) as writer:
        writer.add_sound(sound(0, 32000))
        writer.add_prediction(prediction(32000))
        writer.finish("stopped")
    return tmp_path


def run(folder: Path, words: str, ending: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in a shell with something after it, such as a redirection."""
    command = epanns_command(*words.format(folder).split())
    return subprocess.run(
        ["sh", "-c", f'"$@" {ending}', "sh", *command],
        cwd=ROOT, env=environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_full_output_is_said(folder: Path, words: str) -> None:
    done = run(folder, words, "> /dev/full")
    assert done.returncode == 1
    assert done.stderr.endswith("The output cannot be written: No space left on device.\n")
    assert "Traceback" not in done.stderr and done.stderr.count("cannot be written") == 1


@pytest.mark.parametrize("words", COMMANDS)
def test_a_closed_output_is_said(folder: Path, words: str) -> None:
    done = run(folder, words, ">&-")
    assert done.returncode == 1
    assert done.stderr.endswith("The output cannot be written: Bad file descriptor.\n")
    assert "Traceback" not in done.stderr and done.stderr.count("cannot be written") == 1


@pytest.mark.parametrize("words", COMMANDS)
def test_a_reader_that_has_ended_is_no_fault(folder: Path, words: str) -> None:
    assert run(folder, words, "| true").stderr.count("Traceback") == 0


def test_closed_streams_are_no_places_for_files(folder: Path) -> None:
    """A recording must not be what libraries take for standard output or standard error."""
    done = run(folder, "pack {0}/pack.h5 --listing {0}/listing.csv", "<&- >&- 2>&-")
    assert done.returncode == 1
    again = run(folder, "pack {0}/pack.h5 --listing {0}/listing.csv", "")
    assert "1 clips" in again.stdout and "1 there before" in again.stdout
