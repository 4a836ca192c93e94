"""Displays that do not answer: before a window is opened, and while one is open.

Xlib waits for a display for ever, and Python, which waits for Xlib, takes no signal meanwhile.
"""

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from epanns.console import tell

ANSWERS_WITHIN = 10.0  # seconds
ENDS_WITHIN = 5.0  # seconds from a signal to the end of the window
ADDRESS = re.compile(r"(?:(?:tcp|unix)/)?(?P<host>[^/]*):(?P<number>\d+)(?:\.\d+)?")
FIRST_PORT = 6000
HELLO = b"l\0\x0b\0\0\0" + bytes(6)  # X11's greeting: low bytes first, version 11.0, no authority
ENDING = (signal.SIGINT, signal.SIGTERM)


def answers(display: str) -> bool:
    """Whether an X server answers at all, if only to refuse; anything but X does, too.

    Args:
        display: what the variable DISPLAY says.
    """
    address = ADDRESS.fullmatch(display)
    if address is None or sys.platform == "win32":
        return True
    try:
        with closing(_connected(address["host"], int(address["number"]))) as server:
            server.sendall(HELLO)
            server.recv(1)
    except TimeoutError:
        return False
    except OSError:  # Tk will say why
        return True
    return True


def _connected(host: str, number: int) -> socket.socket:
    """A connection to an X server, as Xlib makes it."""
    if host.strip("[]") not in ("", "unix"):
        return socket.create_connection((host.strip("[]"), FIRST_PORT + number), ANSWERS_WITHIN)
    path = f"/tmp/.X11-unix/X{number}"
    server = socket.socket(socket.AF_UNIX)
    server.settimeout(ANSWERS_WITHIN)
    try:
        server.connect(f"\0{path}" if sys.platform == "linux" else path)
    except ConnectionRefusedError:  # no such abstract socket
        server.connect(path)
    return server


@contextmanager
def plain_signals() -> Iterator[None]:
    """Let Ctrl+C and SIGTERM end the program at once, while there is nothing yet to be ended."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ended_by_signals(close: Callable[[], None], end: Callable[[], None]) -> Iterator[None]:
    """End the program by Ctrl+C and SIGTERM, also where the display keeps its main thread waiting.

    Args:
        close: asks the window to close. It is called amid whatever the main thread does, such as
            drawing, and so must not do it at once.
        end: what must be ended in order where the window does not close; called on another thread.
    """
    handlers = {number: signal.signal(number, lambda *_: close()) for number in ENDING}
    listener, teller = socket.socketpair()
    teller.setblocking(False)
    ended = threading.Event()
    before = signal.set_wakeup_fd(teller.fileno(), warn_on_full_buffer=False)
    threading.Thread(
        target=_end_on_signal, args=(listener, ended, end), name="signals", daemon=True
    ).start()
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(before)
        teller.close()  # which ends the thread
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _end_on_signal(
    listener: socket.socket, ended: threading.Event, end: Callable[[], None]
) -> None:
    with listener:
        while number := listener.recv(1):
            if number[0] in ENDING and not ended.wait(ENDS_WITHIN):
                end()
                tell("The display does not answer; the program has ended without it.")
                os._exit(1)
