"""The frames of the program's window: each with its time, its cost, and the bars in it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.live import FLAGS
from epanns.paths import ROOT
from tests.support.programs import without_settings

SETTLING = 3.0  # seconds from the first bars to the first reading
PATIENCE = 60.0  # seconds that the first bars may take


class Frame(NamedTuple):
    """One frame.

    Attributes:
        at: when it was on the screen, in seconds of the monotonic clock, which all programs share.
        cpu: seconds that Tk's thread has computed so far.
        bars: the length of each bar by class, 1 for the whole scale; none while a line is shown.
    """

    at: float
    cpu: float
    bars: Mapping[int, float]


class Frames:
    """Reads the frames of a running window; while they are read, the window never waits."""

    def __init__(self, program: "subprocess.Popen[str]") -> None:
        self._program = program

    def watch(self, seconds: float) -> list[Frame]:
        """The frames of the time from now on."""
        began = time.monotonic()
        frames = []
        while (frame := self._next()).at < began + seconds:
            if frame.at >= began:
                frames.append(frame)
        return frames

    def settle(self) -> None:
        """Wait for bars, and then a little."""
        end = time.monotonic() + PATIENCE
        while not (frame := self._next()).bars:
            if frame.at > end:
                raise RuntimeError("The window shows no bars.")
        self.watch(SETTLING)

    def _next(self) -> Frame:
        assert self._program.stdout is not None
        line = self._program.stdout.readline()
        if not line:
            raise RuntimeError("The window ended early; start demo_tag.py by hand to see why.")
        at, cpu, bars = json.loads(line)
        return Frame(at, cpu, {int(index): length for index, length in bars.items()})


@contextmanager
def opened(env: Mapping[str, str], model: Path | str, *flags: str) -> Iterator[Frames]:
    """The program's window with a network, at the microphone, with no settings of the caller's.

    Args:
        env: the environment, with the display and the microphone.
        model: weights file or name of the network.
        flags: more flags of demo_tag.py.
    """
    command = [sys.executable, "-m", "benchmarks.framed_window", *FLAGS, "--model", str(model)]
    with subprocess.Popen(
        [*command, *flags],
        env=environment(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        try:
            yield Frames(program)
        finally:
            program.terminate()


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """An environment in which this folder's programs find everything, and no settings."""
    return {
        **without_settings(base),
        "PYTHONPATH": os.pathsep.join(str(ROOT / p) for p in ("", "scripts")),
    }
