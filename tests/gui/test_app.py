"""The window as a program of its own: opened and closed as a user does."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from epanns.paths import ROOT
from epanns.settings import Settings
from gui.app import DisplayError, run
from gui.main_window.window import TITLE
from tests.support.fake_engine import STATES, FakeEngine
from tests.support.testbench.virtual_display import VirtualDisplay

PROGRAM = ROOT / "tests" / "support" / "window_program.py"

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(display: VirtualDisplay) -> Iterator[Start]:
    """Starts the program; ends those that are left."""
    programs = []

    def start_one(*arguments: str) -> subprocess.Popen[str]:
        program = subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments],
            env={**display.env, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        programs.append(program)
        return program

    yield start_one
    for program in programs:
        program.kill()
        program.communicate()


def has_painted(program: subprocess.Popen[str]) -> None:
    """The engine is started after the first paint."""
    assert program.stdout is not None
    assert program.stdout.readline() == "start\n"


def ended_well(program: subprocess.Popen[str]) -> bool:
    output, errors = program.communicate(timeout=90)
    return output.splitlines()[-1] == "close" and errors == "" and program.returncode == 0


@pytest.mark.display
@pytest.mark.parametrize("state", STATES)
def test_closes_in_every_state(start: Start, display: VirtualDisplay, state: str) -> None:
    program = start(state)
    has_painted(program)
    window = display.wait_for_window(TITLE)
    display.close_window(window)
    assert ended_well(program)


@pytest.mark.display
def test_control_q_closes(start: Start, display: VirtualDisplay) -> None:
    program = start("live")
    has_painted(program)
    display.focus(display.wait_for_window(TITLE))
    display.key("ctrl+q")
    assert ended_well(program)


@pytest.mark.display
def test_ends_by_itself_after_the_seconds_that_were_set(start: Start) -> None:
    program = start("live", "--seconds", "1")
    assert ended_well(program)


@pytest.mark.display
@pytest.mark.parametrize("mode", [(), ("--kiosk",)])
def test_interrupt_closes(start: Start, display: VirtualDisplay, mode: tuple[str, ...]) -> None:
    program = start("live", *mode)
    has_painted(program)
    display.wait_for_window(TITLE)
    program.send_signal(2)
    assert ended_well(program)


def test_without_a_display_no_engine_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":64999")
    made: list[FakeEngine] = []

    def make_engine() -> Any:
        made.append(FakeEngine(Settings()))
        return made[-1]

    with pytest.raises(DisplayError, match="--text"):
        run(make_engine, Settings())
    assert made == []
