"""python -m epanns replay, as a researcher runs it."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from epanns.sessions.reader import Session
from tests.support.commands import epanns, epanns_command, epanns_program
from tests.support.counting import toy_session
from tests.support.programs import ROOT, environment
from tests.support.testbench.virtual_display import VirtualDisplay
from tests.support.waiting import wait_until


def test_the_stored_scores_are_shown(tmp_path: Path) -> None:
    path = toy_session(tmp_path / "session.h5", 2.0)
    result = epanns_program("replay", path, "--json", "--top-k", "1")
    assert result.returncode == 0, result.stderr
    shown = [json.loads(line) for line in result.stdout.splitlines()]
    with Session(path) as session:
        assert [line["time"] for line in shown] == np.round(session.ends / 32000, 3).tolist()
        assert [line["top"][0][0] for line in shown] == [
            prediction.top(1)[0][0] for prediction in session.predictions()
        ]


def test_a_session_that_was_cut_off_says_so(tmp_path: Path) -> None:
    path = toy_session(tmp_path / "session.h5", 1.0, ended="")
    result = epanns("replay", path, "--json")
    assert result.returncode == 0
    assert f"{path} was cut off after 1.0 s, or goes on still." in result.stderr


@pytest.mark.parametrize("content", [b"", b"text", b"\x89HDF\r\n\x1a\n" + bytes(99)])
def test_what_is_no_session_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.h5"
    path.write_bytes(content)
    result = epanns("replay", path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"{path} is no recording session, or it is damaged")
    assert result.stderr.count("\n") == 1


@pytest.mark.display
def test_a_session_plays_in_the_window(tmp_path: Path) -> None:
    path = toy_session(tmp_path / "session.h5", 30.0)
    with VirtualDisplay(1280, 800) as display:
        variables = {name: display.env[name] for name in ("DISPLAY",)}
        program = subprocess.Popen(
            epanns_command("replay", path), cwd=ROOT, env=environment(**variables),
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        window = display.wait_for_window("Live sound tagger")

        def colours() -> int:
            display.screenshot(tmp_path / "window.png", window)
            return display.statistics(tmp_path / "window.png").colours

        wait_until(lambda: colours() > 100)
        program.terminate()
        assert program.wait(30) == 0
        assert program.stderr is not None
        assert "Traceback" not in program.stderr.read()
