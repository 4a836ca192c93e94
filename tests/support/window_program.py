"""The real window on a fake engine, as a program of its own: STATE [flags of demo_tag.py].

Writes each call of the window to the engine as a line; 'start' is the first, after the first
paint. Reads commands from standard input, one a line: the name of a state, 'quiet', 'lively',
'notice SENTENCE', 'break' (status() raises) and 'mend' (it no longer does).
"""

import faulthandler
import signal
import sys
import threading

import numpy as np
from numpy.typing import NDArray

from epanns.settings import load_settings
from epanns.status import Status
from gui.app import run
from tests.support.fake_engine import STATES, FakeEngine, lively, scores


class Calls(list[str]):
    """A list of calls that also goes to standard output."""

    def append(self, call: str) -> None:
        super().append(call)
        print(call, flush=True)


class Program(FakeEngine):
    """A fake engine that another process commands."""

    broken = False

    def status(self) -> Status:
        if self.broken:
            raise RuntimeError("broken on purpose")
        return super().status()

    def obey(self) -> None:
        for line in sys.stdin:
            command, _, rest = line.strip().partition(" ")
            if command in STATES:
                self.current = STATES[command]
            elif command in ("quiet", "lively"):
                self.make_scores = lively if command == "lively" else quiet
            elif command == "notice":
                self.notify(rest)
            elif command in ("break", "mend"):
                self.broken = command == "break"


def quiet(_seconds: float) -> NDArray[np.float32]:
    return scores()


def main() -> None:
    faulthandler.dump_traceback_later(60, exit=True)  # a program that hangs says where
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    settings = load_settings(sys.argv[2:])
    engine = Program(settings, STATES[sys.argv[1]], calls=Calls())
    threading.Thread(target=engine.obey, daemon=True).start()
    run(lambda: engine, settings)


main()
