"""Displays that do not answer, before a window is opened and while one is open."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tkinter as tk
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

import pytest

from epanns.paths import ROOT
from epanns.settings import Settings
from gui import display
from gui.app import DisplayError, run
from gui.display import ADDRESS, answers, ended_by_signals
from gui.main_window.window import TITLE
from gui.widgets.root_window import FaultReporter
from tests.support.programs import environment
from tests.support.testbench.virtual_display import VirtualDisplay

NUMBERS = count(7431)  # of displays that are not there
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no X")


def serve(server: socket.socket, answer: bytes) -> None:
    """Accept connections until the socket is closed, and say one thing or nothing."""
    held = []
    with suppress(OSError):
        while True:
            held.append(server.accept()[0])
            if answer:
                held[-1].sendall(answer)


@pytest.fixture(params=["unix", "tcp"])
def listening(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, str]]:
    """A server where Xlib looks for one, and what DISPLAY says then."""
    number = next(NUMBERS)  # a thread that waits for the former one may still hold its address
    if request.param == "unix":
        server, name = socket.socket(socket.AF_UNIX), f":{number}.0"
        if sys.platform != "linux":
            pytest.skip("abstract sockets are Linux's")
        server.bind(f"\0/tmp/.X11-unix/X{number}")
    else:
        server, name = socket.socket(), f"localhost:{number}"
        server.bind(("localhost", display.FIRST_PORT + number))
    server.listen()
    yield server, name
    with suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()


@pytest.mark.parametrize("answer", [b"", b"\0"], ids=["nothing", "a refusal"])
def test_a_display_answers_or_not(
    answer: bytes, listening: tuple[socket.socket, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, name = listening
    threading.Thread(target=serve, args=(server, answer), daemon=True).start()
    monkeypatch.setattr(display, "ANSWERS_WITHIN", 5.0 if answer else 0.3)
    assert answers(name) is bool(answer)


@pytest.mark.parametrize("name", ["", ":7430", "localhost:7430", "nonsense", "/private/x:0", ":x"])
def test_of_a_display_that_is_not_there_tk_will_tell(name: str) -> None:
    assert answers(name)


@pytest.mark.parametrize(
    ("name", "host"), [(":0", ""), (":1.0", ""), ("unix:0", "unix"), ("host:10.0", "host"),
    ("tcp/host:0", "host"), ("[::1]:0", "[::1]")],
)  # fmt: skip
def test_the_name_of_a_display_tells_where_it_is(name: str, host: str) -> None:
    found = ADDRESS.fullmatch(name)
    assert found is not None and found["host"] == host


def test_a_window_is_not_waited_for_on_a_display_that_does_not_answer(
    listening: tuple[socket.socket, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, name = listening
    monkeypatch.setenv("DISPLAY", name)
    monkeypatch.setattr(display, "ANSWERS_WITHIN", 0.3)
    with pytest.raises(DisplayError, match=f"The display {name} does not answer; use --text."):
        run(lambda: pytest.fail("an engine was made"), Settings())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_for_a_display(
    number: signal.Signals, listening: tuple[socket.socket, str]
) -> None:
    server, name = listening
    program = subprocess.Popen(
        [sys.executable, str(ROOT / "demo_tag.py")], env=environment(DISPLAY=name), cwd=ROOT
    )
    with server.accept()[0]:
        program.send_signal(number)
        assert program.wait(5) in (0, -number)  # before the display is given up


@pytest.mark.display
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_amid_drawing_closes_the_window_once_that_is_done(
    number: signal.Signals, display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """matplotlib draws in a command of Tk, in which an exception would be a fault of Tk's."""
    monkeypatch.setenv("DISPLAY", display.env["DISPLAY"])
    root = tk.Tk()
    faults = FaultReporter(root)
    done: list[str] = []

    def draw() -> None:
        os.kill(os.getpid(), number)
        done.append("drawn")

    def close() -> None:
        done.append("closed")
        root.destroy()

    root.tk.createcommand("draw", draw)

    def ask() -> None:
        root.after(0, close)

    with ended_by_signals(ask, lambda: done.append("ended")):
        root.after(1, lambda: root.tk.call("draw"))
        root.mainloop()
    assert done == ["drawn", "closed"] and not faults.said


@pytest.mark.display
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_while_its_display_hangs(number: signal.Signals) -> None:
    program = ROOT / "tests" / "support" / "window_program.py"
    with VirtualDisplay(800, 600) as screen:
        window = subprocess.Popen(
            [sys.executable, str(program), "live"],
            env={**screen.env, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert window.stdin is not None and window.stdout is not None
        assert window.stdout.readline() == "start\n"
        window.stdin.write("lively\n")
        window.stdin.flush()
        screen.wait_for_window(TITLE)
        screen._server.send_signal(signal.SIGSTOP)
        try:
            time.sleep(3.0)  # until the program waits for the display
            window.send_signal(number)
            output, errors = window.communicate(timeout=60)
        finally:
            screen._server.send_signal(signal.SIGCONT)
    assert "close" in output.splitlines(), "the engine, and with it a recording, is ended in order"
    assert errors == "The display does not answer; the program has ended without it.\n"
    assert window.returncode == 1
