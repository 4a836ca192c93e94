"""A function in another process: what it returns, or a sentence that says why there is nothing."""

import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from epanns.child_process import (
    LOW_PRIORITY,
    Answer,
    ChildError,
    ChildProcess,
    Ended,
    Failure,
    NoAnswerError,
    call,
)
from tests.support.waiting import wait_until

FUNCTIONS = """
import ctypes, os, subprocess, sys, time
from dataclasses import dataclass
from epanns.errors import ConversionError

@dataclass
class Place:
    folder: str
    number: int

def talks(channel):
    for number in range(100):
        channel.send(number)

def works(number=2):
    print("noise that is no answer", flush=True)
    os.system("echo noise of a program")
    return [Place(os.getcwd(), number)]

def starts_a_server():
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid

def forks():
    child = os.fork()
    if child == 0:  # which holds the pipes open
        time.sleep(60)
        os._exit(0)
    return child

def hangs():
    time.sleep(60)

def crashes():
    ctypes.string_at(0)

def ends():
    os._exit(7)

def ends_halfway(channel):
    message = b"\\x80\\x05X\\xff\\xff\\x00\\x00half of a mess"
    channel._outgoing.write(message)
    channel._outgoing.flush()
    os._exit(7)

class Unreadable:
    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        return fail_with, (self.error,)  # called where it is unpickled

def fail_with(error):
    raise error

def sends_what_cannot_be_read(error):
    return Unreadable(error)

def needs_what_is_missing():
    import a_package_that_is_missing

def refuses():
    raise ConversionError("It is too odd.")

def raises():
    raise ValueError("17 is too much")

def returns_what_cannot_be_sent():
    return ["before " * 100_000, lambda: None]

def returns_what_is_unknown_elsewhere():
    class Local:
        pass
    Local.__qualname__ = "Local"
    Local.__module__ = "known_only_here"
    sys.modules["known_only_here"] = module = type(os)("known_only_here")
    module.Local = Local
    return Local()

def doubles(channel, first):
    channel.send(2 * first)
    subprocess.run(["cat"], check=True)  # it reads nothing of what is meant for us
    while True:
        number = channel.receive()
        if number is None:
            return "enough"
        channel.send(2 * number)

def modules_before():
    return [name for name in ("first_module", "second_module") if name in sys.modules]

def priority():
    return os.nice(0), os.environ.get("OMP_NUM_THREADS")

def blas_threads():
    return os.environ.get("OPENBLAS_NUM_THREADS")

def complains():
    print("a complaint", file=sys.stderr, flush=True)
"""
Start = Callable[..., ChildProcess]


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the functions above, which other processes find where this one does."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "functions.py").write_text(FUNCTIONS)
    for name in ("first_module", "second_module"):
        (folder / f"{name}.py").touch()
    monkeypatch.syspath_prepend(folder)
    yield importlib.import_module("functions")
    del sys.modules["functions"]


@pytest.fixture
def start(functions: Any) -> Iterator[Start]:
    """Starts one of the functions above in another process."""
    started = []

    def start_one(function: str, *arguments: Any, **options: Any) -> ChildProcess:
        started.append(ChildProcess(f"functions:{function}", *arguments, **options))
        return started[-1]

    yield start_one
    for process in started:
        process.end()


def failure(process: ChildProcess, limit: float = 60.0) -> ChildError:
    with pytest.raises(ChildError) as caught:
        process.answer(limit)
    return caught.value


def silence(process: ChildProcess, limit: float = 60.0) -> str:
    """The sentence about a process that gives no answer."""
    error = failure(process, limit)
    assert isinstance(error, NoAnswerError) and error.kind == ""
    return str(error)


def is_gone(process: ChildProcess) -> bool:
    try:
        os.kill(process._process.pid, 0)
    except ProcessLookupError:
        return True
    return False


# --- what it returns


def test_its_objects_arrive_and_nothing_that_is_printed(start: Start, functions: Any) -> None:
    assert start("works").answer(60) == [functions.Place(str(Path.cwd()), 2)]


def test_its_arguments_are_handed_over(start: Start, functions: Any) -> None:
    assert start("works", 3).answer() == [functions.Place(str(Path.cwd()), 3)]


def test_it_runs_wherever_the_user_is(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert start("works").answer(60)[0].folder == str(tmp_path)


def test_what_it_leaves_running_is_not_waited_for(start: Start) -> None:
    os.kill(start("starts_a_server").answer(60), signal.SIGTERM)  # it is still there


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
def test_what_it_forked_does_not_keep_its_end_waiting(start: Start) -> None:
    process = start("forks")
    child = process.answer(60)
    began = time.monotonic()
    process.end()
    assert time.monotonic() - began < 30 and is_gone(process)
    os.kill(child, signal.SIGKILL)  # it is still there


def test_call_is_all_of_it(functions: Any) -> None:
    assert call("functions:works", 5, limit=60) == [functions.Place(str(Path.cwd()), 5)]
    with pytest.raises(ChildError, match="17 is too much"):
        call("functions:raises")
    with pytest.raises(NoAnswerError, match="within 1 s"):
        call("functions:hangs", limit=1)


# --- why it returns nothing


def test_what_hangs_is_given_up_at_its_limit_and_ended(start: Start) -> None:
    process = start("hangs")
    assert silence(process, 1.0) == "No answer within 1 s."
    assert not is_gone(process)
    process.end()
    assert is_gone(process)


def test_a_crash_says_how(start: Start) -> None:
    assert silence(start("crashes")) == "It crashed (SIGSEGV)."
    assert silence(start("ends")) == "It crashed (exit code 7)."


def test_half_an_answer_is_none(start: Start) -> None:
    assert silence(start("ends_halfway", channel=True)) == "It crashed (exit code 7)."


def test_a_missing_package_is_named_with_what_to_do(start: Start) -> None:
    error = failure(start("needs_what_is_missing"))
    assert str(error).startswith("a_package_that_is_missing does not load (No module named")
    assert str(error).endswith("scripts/demo installs what is missing.")
    assert error.kind == "ImportError"


def test_a_module_that_does_not_load_is_told_too(start: Start) -> None:
    process = ChildProcess("no_such_module:function")
    assert str(failure(process)).startswith("no_such_module does not load")
    process.end()
    process = start("works", modules=["no_such_module"])
    assert str(failure(process)).startswith("no_such_module does not load")


def test_whatever_it_raises_becomes_a_sentence_and_its_kind(start: Start) -> None:
    error = failure(start("raises"))
    assert str(error) == "Unexpected fault (ValueError: 17 is too much); please report it."
    assert error.kind == "ValueError" and not isinstance(error, NoAnswerError)


def test_a_sentence_for_the_user_stays_as_it_is(start: Start) -> None:
    error = failure(start("refuses"))
    assert (str(error), error.kind) == ("It is too odd.", "ConversionError")


def test_what_cannot_be_sent_is_told(start: Start) -> None:
    assert "pickle" in str(failure(start("returns_what_cannot_be_sent")))


def test_what_only_it_knows_is_no_answer(start: Start) -> None:
    silence(start("returns_what_is_unknown_elsewhere"))


@pytest.mark.parametrize("error", [MemoryError, IndexError, ValueError, RecursionError])
def test_what_cannot_be_unpickled_is_no_answer(start: Start, error: type[Exception]) -> None:
    said: Queue[tuple[ChildProcess, Any]] = Queue()
    sender = start("sends_what_cannot_be_read", error("too much"))
    sender.listen(said)
    assert isinstance(said.get(timeout=10)[1], Ended)
    assert silence(start("sends_what_cannot_be_read", error("too much"))).startswith("It crashed")


# --- conversations


def test_messages_go_both_ways(start: Start) -> None:
    said: Queue[tuple[ChildProcess, Any]] = Queue()
    one, other = (start("doubles", word, channel=True) for word in (10, "ten "))
    for process in (one, other):
        process.listen(said)
        process.send(21)
        process.send(None)
    messages: dict[ChildProcess, list[Any]] = {one: [], other: []}
    for _ in range(8):
        process, message = said.get(timeout=60)
        messages[process].append(message)
    for first, heard in (20, messages[one]), ("ten ten ", messages[other]):
        assert heard[:3] == [first, 42, Answer("enough")] and isinstance(heard[3], Ended)


def test_a_conversation_that_breaks_off_ends(start: Start) -> None:
    said: Queue[tuple[ChildProcess, Any]] = Queue()
    process = start("doubles", 10, channel=True)
    process.listen(said)
    assert said.get(timeout=60) == (process, 20)
    process._process.kill()
    sender, message = said.get(timeout=60)
    assert sender is process and isinstance(message, Ended)
    process.send(21)  # nobody hears it, and nothing happens
    assert said.empty()


def test_a_fault_in_a_conversation_is_a_message(start: Start) -> None:
    said: Queue[tuple[ChildProcess, Any]] = Queue()
    start("doubles", None, channel=True).listen(said)
    _, message = said.get(timeout=60)
    assert isinstance(message, Failure) and message.kind == "TypeError"


def test_a_process_waits_while_the_queue_is_full_and_ends_all_the_same(start: Start) -> None:
    before = set(threading.enumerate())
    said: Queue[tuple[ChildProcess, Any]] = Queue(3)
    process = start("talks", channel=True)
    process.listen(said)
    assert [said.get(timeout=60)[1] for _ in range(10)] == list(range(10))
    time.sleep(0.5)
    assert said.qsize() == 3
    process.end()
    wait_until(lambda: set(threading.enumerate()) <= before)


def test_it_ends_when_the_program_has_gone(start: Start) -> None:
    process = start("doubles", 10, channel=True)
    assert process._process.stdin is not None
    process._process.stdin.close()
    assert process._process.wait(60) == 0


# --- how it runs


def test_modules_are_imported_before(start: Start) -> None:
    names = ["first_module", "second_module"]
    assert start("modules_before").answer(60) == []
    assert start("modules_before", modules=names).answer(60) == names


@pytest.mark.skipif(not hasattr(os, "nice"), reason="no priorities here")
def test_it_gives_way_to_others_if_asked_to(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    here = os.nice(0)
    assert start("priority").answer(60) == (here, None)
    nicer = min(here + LOW_PRIORITY, 19)
    assert start("priority", low_priority=True).answer(60) == (nicer, "1")


def test_its_matrix_products_take_one_thread_unless_the_user_said_otherwise(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert start("blas_threads").answer(60) == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    assert start("blas_threads").answer(60) == "2"


def test_its_complaints_are_dropped_unless_asked_for(
    start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    start("complains").answer(60)
    assert capfd.readouterr().err == ""
    start("complains", quiet=False).answer(60)
    assert capfd.readouterr().err == "a complaint\n"


def test_one_that_was_never_asked_is_ended_too(start: Start) -> None:
    process = start("hangs")
    process.end()
    assert is_gone(process)
