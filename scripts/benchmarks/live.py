"""The real program, live at ten updates a second: its share of a core and its memory (Linux)."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.material import Material
from benchmarks.rounds import Row, Section, interleave, scaled
from epanns.paths import ROOT, SAMPLE
from tests.support.programs import without_settings
from tests.support.testbench.virtual_display import VirtualDisplay
from tests.support.testbench.virtual_mic import VirtualMicrophone

TITLE = "Live, 10 updates a second of 1 s segments"
FLAGS = ("--segment", "1", "--hop", "0.1", "--threads", "1", "--offline")
READING = 2.0  # seconds
SETTLING = 2.0  # seconds from the first prediction to the first reading
WINDOW_SETTLING = 6.0  # the same for the window, whose bars this program cannot see
PATIENCE = 60.0  # seconds that the first prediction may take

Program = subprocess.Popen[bytes]


class Usage(NamedTuple):
    """What a process has used so far.

    Attributes:
        cpu: seconds, of all of its threads.
        resident, peak: MB of memory.
    """

    cpu: float
    resident: float
    peak: float


def usage(pid: int) -> Usage:
    """Read what /proc says about a process."""
    process = Path("/proc", str(pid))
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    lines = (process / "status").read_text().splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    return Usage(cpu, *(int(status[name][0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM")))


def measure(material: Material, rounds: int) -> Section:
    """Run the program in three ways for some seconds each, and read what it uses."""
    if not Path("/proc/self/stat").exists():
        return Section(TITLE, [], ["Not measured: it needs Linux's /proc."])
    runtime, second = material.runtime, material.second
    alone = interleave({"update": lambda: runtime.run(second)}, rounds)["update"]
    rows = [Row("one update by itself", "ms", scaled(alone, 1e3))]
    notes = [
        "The network has E-PANNs' size and was converted before, as it is on every start but the"
        " first. A share of a core is no ratio within one run: compare it with ten times the update"
        " by itself. The sound server and the display are not counted."
    ]
    for name, (run, needed) in WAYS.items():
        missing = [program for program in needed if shutil.which(program) is None]
        if missing:
            notes.append(f"Not measured, {name}: {', '.join(missing)} not installed.")
            continue
        with run(material.checkpoint, material.folder / "predictions") as (program, predictions):
            rows += _rows(name, program, predictions, rounds)
    return Section(TITLE, rows, notes)


def _rows(name: str, program: Program, predictions: Path, rounds: int) -> list[Row]:
    """Read what a running program uses."""
    resident, cpu, updates = [], [], []
    for _ in range(rounds):
        began, before, lines = time.monotonic(), usage(program.pid), _lines(predictions)
        time.sleep(READING)
        after, seconds = usage(program.pid), time.monotonic() - began
        cpu.append(100 * (after.cpu - before.cpu) / seconds)
        resident.append(after.resident)
        updates.append((_lines(predictions) - lines) / seconds)
    windowed = name == "window"
    rows = [
        Row(f"{name}: share of one core", "%", cpu, at_most=None if windowed else 20),
        Row(f"{name}: resident", "MB", resident, at_most=None if windowed else 300),
        Row(
            f"{name}: peak, loading included", "MB", [after.peak], at_most=None if windowed else 420
        ),
    ]
    return rows if windowed else [*rows, Row(f"{name}: updates", "a second", updates)]


Running = Iterator[tuple[Program, Path]]  # the program, and where its predictions go


@contextmanager
def _sample(model: Path, predictions: Path) -> Running:
    """Without a window, on the bundled sample."""
    flags = ("--json", "--source", "sample", "--model", str(model))
    with _program(os.environ, flags, predictions) as program:
        _settle(program, predictions)
        yield program, predictions


@contextmanager
def _microphone(model: Path, predictions: Path) -> Running:
    """Without a window, at a microphone that hears the sample."""
    flags = ("--json", "--source", "microphone", "--model", str(model))
    with VirtualMicrophone() as mic, _program(mic.env, flags, predictions) as program:
        mic.wait_for_listener(process=program)
        mic.play(SAMPLE, loop=True)
        _settle(program, predictions)
        yield program, predictions


@contextmanager
def _window(model: Path, predictions: Path) -> Running:
    """The window, at a microphone that hears the sample."""
    flags = ("--source", "microphone", "--model", str(model))
    with (
        VirtualMicrophone() as mic,
        VirtualDisplay(1280, 800, base_env=mic.env) as display,
        _program(display.env, flags, predictions) as program,
    ):
        display.wait_for_window("Live sound tagger")
        mic.wait_for_listener(process=program)
        mic.play(SAMPLE, loop=True)
        time.sleep(WINDOW_SETTLING)
        yield program, predictions


MICROPHONE = ("pulseaudio", "pactl", "paplay", "ffmpeg")
DISPLAY = ("Xvfb", "xdotool", "xwininfo", "import", "convert")
# How the program is run, and what must be installed for it.
WAYS = {
    "sample": (_sample, ()),
    "microphone": (_microphone, MICROPHONE),
    "window": (_window, (*MICROPHONE, *DISPLAY)),
}


@contextmanager
def _program(
    env: Mapping[str, str], flags: tuple[str, ...], predictions: Path
) -> Iterator[Program]:
    """demo_tag.py, with no settings of the caller's; ended with the context."""
    command = [sys.executable, str(ROOT / "demo_tag.py"), *FLAGS, *flags]
    with predictions.open("wb") as out:
        program = subprocess.Popen(
            command, env=without_settings(env), stdout=out, stderr=subprocess.DEVNULL
        )
    try:
        yield program
    finally:
        program.terminate()
        program.wait()


def _settle(program: Program, predictions: Path) -> None:
    """Wait until predictions come in a steady stream."""
    end = time.monotonic() + PATIENCE
    while not _lines(predictions):
        if program.poll() is not None or time.monotonic() > end:
            raise RuntimeError("demo_tag.py gives no predictions; start it by hand to see why.")
        time.sleep(0.1)
    time.sleep(SETTLING)


def _lines(predictions: Path) -> int:
    return predictions.read_bytes().count(b"\n")
