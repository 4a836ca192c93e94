"""A function in another process: its answer, or a sentence that says why there is none."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from epanns.isolated import IsolatedError, IsolatedProcess, NoAnswerError

FUNCTIONS = """
import ctypes, os, subprocess, sys, time
from dataclasses import dataclass

@dataclass
class Place:
    folder: str
    number: int

def works():
    print("noise that is no answer")
    return [Place(os.getcwd(), 2)]

def starts_a_server():
    server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    return [Place("", server.pid)]

def hangs():
    time.sleep(60)

def crashes():
    ctypes.string_at(0)

def ends():
    os._exit(7)

def needs_what_is_missing():
    import a_package_that_is_missing

def raises():
    raise ValueError("17 is too much")
"""


@pytest.fixture
def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, float], IsolatedProcess]]:
    """Starts one of the functions above in another process."""
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    started = []

    def start_one(function: str, limit: float = 60) -> IsolatedProcess:
        started.append(IsolatedProcess(("epanns.isolated", "functions", function), limit))
        return started[-1]

    yield start_one
    for process in started:
        process.end()


def failure(process: IsolatedProcess, kind: type[IsolatedError] = IsolatedError) -> str:
    with pytest.raises(IsolatedError) as caught:
        process.answer()
    assert type(caught.value) is kind
    return str(caught.value)


def test_its_dataclasses_arrive_and_nothing_it_prints(
    start: Callable[..., IsolatedProcess],
) -> None:
    assert start("works").answer() == [{"folder": str(Path.cwd()), "number": 2}]


def test_it_runs_wherever_the_user_is(
    start: Callable[..., IsolatedProcess], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert start("works").answer()[0]["folder"] == str(tmp_path)


def test_what_it_leaves_running_is_not_waited_for(start: Callable[..., IsolatedProcess]) -> None:
    (server,) = start("starts_a_server").answer()
    os.kill(server["number"], signal.SIGTERM)  # it is still there


def test_what_hangs_is_given_up_at_its_limit_and_ended(
    start: Callable[..., IsolatedProcess],
) -> None:
    process = start("hangs", 1.0)
    assert failure(process, NoAnswerError) == "No answer within 1 s."
    process.end()
    with pytest.raises(ProcessLookupError):
        os.kill(process._process.pid, 0)


def test_a_crash_says_how(start: Callable[..., IsolatedProcess]) -> None:
    assert failure(start("crashes"), NoAnswerError) == "It crashed (SIGSEGV)."
    assert failure(start("ends"), NoAnswerError) == "It crashed (exit code 7)."


def test_a_missing_package_is_named_with_what_to_do(start: Callable[..., IsolatedProcess]) -> None:
    sentence = failure(start("needs_what_is_missing"))
    assert sentence.startswith("a_package_that_is_missing does not load (No module named")
    assert sentence.endswith("scripts/demo installs what is missing.")


def test_a_module_that_does_not_load_is_told_too(start: Callable[..., IsolatedProcess]) -> None:
    process = IsolatedProcess(("epanns.isolated", "no_such_module", "function"), 60)
    assert failure(process).startswith("no_such_module does not load")
    process.end()


def test_whatever_it_raises_becomes_a_sentence(start: Callable[..., IsolatedProcess]) -> None:
    assert failure(start("raises")) == (
        "Unexpected fault (ValueError: 17 is too much); please report it."
    )
