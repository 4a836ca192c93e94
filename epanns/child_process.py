"""Functions in processes of their own, so that crashes, hangs and PyTorch stay in these.

python -m epanns.child_process MODULE:FUNCTION

is the other process. It reads the function's arguments from standard input and writes what the
function returns, or the sentence of its error, to standard output, as pickles: both ends are this
program. A function that is started with a channel gets it as its first argument; it can receive
further messages and send any number of its own.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO, Literal

from epanns.blas import use_one_thread
from epanns.errors import EpannsError, reason
from epanns.packages.requirements import remedy
from epanns.paths import INSTALLED, ROOT

GRACE = 0.5  # seconds to read an answer that was sent in time, or for a killed process to end
LOW_PRIORITY = 10  # added to the process's nice value: the user may be listening in the meantime


class ChildError(EpannsError):
    """The function failed; a sentence says why.

    Attributes:
        kind: the name of the error's class in the other process; "" where it crashed or hung.
    """

    def __init__(self, sentence: str, kind: str = "") -> None:
        super().__init__(sentence)
        self.kind = kind


class NoAnswerError(ChildError):
    """The process crashed, or did not answer in time."""


@dataclass(frozen=True)
class Answer:
    """What a function returned."""

    value: Any


@dataclass(frozen=True)
class Failure:
    """The error of a function: a sentence, and the name of its class."""

    sentence: str
    kind: str


class Ended:
    """The process sends no more messages."""


class Channel:
    """One end of a connection between two processes. Each method may block."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming, self._outgoing = incoming, outgoing

    def send(self, message: Any) -> None:
        """Send a message.

        Raises:
            OSError: the other end has gone.
        """
        # Pickled first, so that a message that cannot be pickled leaves nothing in the pipe.
        self._outgoing.write(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
        self._outgoing.flush()

    def receive(self) -> Any:
        """The next message.

        Raises:
            EOFError: the other end has gone, perhaps in the middle of a message, or sent what this
                process cannot unpickle.
        """
        try:
            return pickle.load(self._incoming)
        except Exception:  # unpickling raises many kinds of errors, MemoryError among them
            raise EOFError from None


class ChildProcess:
    """A function that runs in a process of its own, started at once.

    Args:
        function: "module:function".
        arguments: what it is called with.
        channel: whether it is called with a Channel before these, to converse with this process.
        modules: modules that the process imports first.
        quiet: whether what its libraries write to standard error is dropped.
        low_priority: whether it gives way to other programs and computes on one thread.
    """

    def __init__(
        self,
        function: str,
        *arguments: Any,
        channel: bool = False,
        modules: Sequence[str] = (),
        quiet: bool = True,
        low_priority: bool = False,
    ) -> None:
        self._began = time.monotonic()
        own = [] if INSTALLED else [str(ROOT)]
        path = [*own, *filter(None, sys.path), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(path))}
        use_one_thread(environment)
        if low_priority:
            environment["OMP_NUM_THREADS"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "epanns.child_process", function],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._channel = Channel(self._process.stdout, self._process.stdin)  # type: ignore[arg-type]
        self._listening = False
        self._ended = threading.Event()
        self.send((low_priority, tuple(modules), channel, arguments))

    def send(self, message: Any) -> None:
        """Send a message; lost if the process has ended, which listen() and answer() report."""
        with contextlib.suppress(OSError):
            self._channel.send(message)

    def listen(self, to: queue.Queue[tuple[ChildProcess, Any]]) -> None:
        """From now on put each message into a queue, with this process, and at the end Ended.

        While a bounded queue is full the process has to wait.
        """
        self._listening = True
        threading.Thread(target=self._pass_on, args=(to,), daemon=True).start()

    def answer(self, limit: float | None = None) -> Any:
        """Wait for what the function returns.

        Args:
            limit: seconds it may take since its start; None for any time.

        Raises:
            ChildError: the function failed.
            NoAnswerError: its process crashed or hangs.
        """
        said: queue.Queue[tuple[ChildProcess, Any]] = queue.Queue()
        self.listen(said)
        left = None if limit is None else max(self._began + limit - time.monotonic(), GRACE)
        try:
            _, message = said.get(timeout=left)
        except queue.Empty:
            raise NoAnswerError(f"No answer within {limit:g} s.") from None
        if isinstance(message, Failure):
            raise ChildError(message.sentence, message.kind)
        if not isinstance(message, Answer):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
            raise NoAnswerError(f"It crashed ({_ending(self._process.returncode)}).")
        return message.value

    def end(self) -> None:
        """Kill it if it still runs; wait briefly, as a process in a system call may not end."""
        self._ended.set()
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        # A pipe that a thread reads can only be closed when its other end, forks included, is gone.
        for stream in (self._process.stdin, None if self._listening else self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _pass_on(self, to: queue.Queue[tuple[ChildProcess, Any]]) -> None:
        try:
            with contextlib.suppress(EOFError):
                while self._put(to, self._channel.receive()):
                    pass
        finally:  # whatever happens: the other threads wait for it
            self._put(to, Ended())
            if self._process.stdout is not None:
                self._process.stdout.close()

    def _put(self, to: queue.Queue[tuple[ChildProcess, Any]], message: Any) -> bool:
        """Put a message into a queue; False where it is full after end(), as it may stay so."""
        while True:
            try:
                to.put((self, message), timeout=GRACE)
                return True
            except queue.Full:
                if self._ended.is_set():
                    return False


def call(
    function: str,
    *arguments: Any,
    modules: Sequence[str] = (),
    limit: float | None = None,
    low_priority: bool = False,
) -> Any:
    """Call a function in a process of its own; see ChildProcess.

    Returns:
        What the function returns.

    Raises:
        ChildError: the function failed.
        NoAnswerError: its process crashed, or took longer than `limit`.
    """
    process = ChildProcess(function, *arguments, modules=modules, low_priority=low_priority)
    try:
        return process.answer(limit)
    finally:
        process.end()


def _ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None:
        return "it says nothing more"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"


def _own(descriptor: int, mode: Literal["rb", "wb"]) -> BinaryIO:
    """Standard input or output for this process alone; the descriptor becomes the null device.

    Otherwise a program that a library starts, such as a sound server, would read from standard
    input and keep standard output open.
    """
    own = os.fdopen(os.dup(descriptor), mode)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return own


def _main() -> None:
    """Run as the other process. Ends at once, even if threads hang in a library."""
    channel = Channel(_own(0, "rb"), _own(1, "wb"))
    try:
        low_priority, modules, converses, arguments = channel.receive()
        if low_priority and hasattr(os, "nice"):
            os.nice(LOW_PRIORITY)
        for module in modules:
            import_module(module)
        module, _, name = sys.argv[1].partition(":")
        function = getattr(import_module(module), name)
        value = function(channel, *arguments) if converses else function(*arguments)
        channel.send(Answer(value))
    except ImportError as error:
        sentence = f"{error.name or 'A package'} does not load ({error}); {remedy(error.name)}."
        channel.send(Failure(sentence, "ImportError"))
    except (EOFError, BrokenPipeError):  # the program has gone
        pass
    except Exception as error:  # the program reports any error
        channel.send(Failure(reason(error), type(error).__name__))
    os._exit(0)


if __name__ == "__main__":
    # By the name that the program imports it by, so that pickles refer to the same classes.
    import_module("epanns.child_process")._main()
