"""A function in a process of its own, with a time limit: what hangs or crashes, does so alone.

python -m epanns.isolated MODULE FUNCTION
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any, NoReturn

from epanns.doctor.result import INSTALL
from epanns.errors import EpannsError, reason
from epanns.paths import ROOT

GRACE = 0.5  # seconds to read an answer that was given in time


class IsolatedError(EpannsError):
    """The function failed; a sentence says why."""


class NoAnswerError(IsolatedError):
    """Its process crashed, or did not answer in time."""


class IsolatedProcess:
    """A running function of the project, or a program that answers like one.

    Args:
        program: what stands after python -m.
        limit: seconds it may take, from now on.
    """

    def __init__(self, program: Sequence[str], limit: float) -> None:
        self._limit = limit
        self._until = time.monotonic() + limit
        path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", *program],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the sound system's libraries write there as they please
        )

    def answer(self) -> list[dict[str, Any]]:
        """Wait for what the function returns: its dataclasses as dictionaries.

        Raises:
            ApartError: the function failed; NoAnswerError: its process crashed or hangs.
        """
        left = max(self._until - time.monotonic(), GRACE)
        try:
            said, _ = self._process.communicate(timeout=left)
        except subprocess.TimeoutExpired:
            raise NoAnswerError(f"No answer within {self._limit:g} s.") from None
        try:
            answer = json.loads(said)
        except ValueError:
            raise NoAnswerError(f"It crashed ({_ending(self._process.returncode)}).") from None
        if "error" in answer:
            raise IsolatedError(answer["error"])
        value: list[dict[str, Any]] = answer["value"]
        return value

    def end(self) -> None:
        """Kill it if it still runs. What not even that ends, a dead disk say, is left behind."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        if self._process.stdout is not None:
            self._process.stdout.close()


def answer(function: Callable[[], Sequence[Any]]) -> NoReturn:
    """Be the other process: write what a function returns, dataclasses, and end at once."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")  # its own: a sound server that is started
    nowhere = os.open(os.devnull, os.O_WRONLY)  # on the way would keep standard output open
    os.dup2(nowhere, 1)
    said: dict[str, Any]
    try:
        said = {"value": [asdict(each) for each in function()]}
    except ImportError as error:
        said = {"error": f"{error.name or 'A package'} does not load ({error}); {INSTALL}."}
    except Exception as error:  # whatever it is: the report says so
        said = {"error": reason(error)}
    json.dump(said, out)
    out.flush()
    os._exit(0)  # a thread that hangs in the sound system must not keep us


def _ending(code: int) -> str:
    """How a process ended, in words."""
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"


if __name__ == "__main__":
    answer(lambda: getattr(import_module(sys.argv[1]), sys.argv[2])())
