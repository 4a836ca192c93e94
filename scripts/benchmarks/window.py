"""The window live on the screen: its frames, what drawing them costs, how late it is, its memory.

Everything is measured in the real program, at the virtual microphone and on the virtual display.
"""

import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks import delay
from benchmarks.frames import Frame, environment, opened
from benchmarks.live import DISPLAY, MICROPHONE, usage
from benchmarks.material import Material
from benchmarks.rounds import Row, Section
from epanns.frontend.parameters import SAMPLE_RATE
from tests.support.testbench.virtual_display import VirtualDisplay
from tests.support.testbench.virtual_mic import VirtualMicrophone

TITLE = "The window, 10 updates a second of 1 s segments"
FILLING = 60.0  # seconds; the last minute costs most when it is full
READING = 5.0  # seconds
# The flags that open the window at a size; the display is as large as the larger one.
SIZES: Mapping[str, tuple[str, ...]] = {"1100x720": (), "1920x1080": ("--full-screen",)}
SCREEN = (1920, 1080)
ROWS = 8  # bars
SPEECH = round(9.9 * SAMPLE_RATE)  # samples, with which the bundled sample begins
MARKS = (2_000, 20_000)  # frames between which memory shall be flat
GROWTH = 5  # MB

NOTES = (
    "Drawing is all that Tk's thread computes. The stand-in of E-PANNs' size hears speech without"
    " a pause, for more than a minute. Bars that move are those whose length differs by a pixel or"
    " more from that of the frame before.",
    "A burst counts from when its first sample could be had from the sound server, and from then on"
    " everything counts. Bursts come at any time of a hop, in a room with quiet noise. A bar moves"
    " when it is longer than before by 2 % of the scale, in a frame that is on the screen.",
    "Memory is that of a window whose frames follow each other as fast as they go: 11 minutes of"
    " sound pass in the 20,000 frames, a prediction to every third.",
)


def measure(material: Material, rounds: int) -> Section:
    """Open the program's window at two sizes, play bursts to it, and let it draw on and on."""
    needed = (*MICROPHONE, "parec", *DISPLAY)
    missing = [program for program in needed if shutil.which(program) is None]
    if missing:
        return Section(TITLE, [], [f"Not measured: {', '.join(missing)} not installed."])
    rows, notes = [], list(NOTES)
    _ = material.runtime  # converted, so that windows come up at once
    with VirtualMicrophone() as mic, VirtualDisplay(*SCREEN, base_env=mic.env) as display:
        mic.play_array(material.sample[:SPEECH], SAMPLE_RATE, loop=True)
        for size, flags in SIZES.items():
            with opened(display.env, material.checkpoint, *flags) as frames:
                frames.settle()
                frames.watch(FILLING)
                rows += frame_rows(size, [frames.watch(READING) for _ in range(rounds)])
        mic.stop()
        for name, model in networks(material).items():
            found, note = delay.measure(name, model, material, mic, display.env, rounds)
            rows += found
            notes.append(note)
        growth = memory_growth(display.env)
    rows.append(Row(f"memory, from frame {MARKS[0]} to {MARKS[1]}", "MB", [growth], at_most=GROWTH))
    return Section(TITLE, rows, notes)


def networks(material: Material) -> Mapping[str, Path | str]:
    """What bursts are played to; that of E-PANNs' size has no training."""
    return {"E-PANNs' size": material.checkpoint, "the starter": "starter"}


def frame_rows(size: str, watched: Sequence[Sequence[Frame]]) -> list[Row]:
    """What the frames of each round say."""
    pace, cpu, moving = [], [], []
    for frames in watched:
        seconds = frames[-1].at - frames[0].at
        pace.append((len(frames) - 1) / seconds)
        cpu.append(100 * (frames[-1].cpu - frames[0].cpu) / seconds)
        moving.append(statistics.mean(_moved(*pair) for pair in pairwise(frames)))
    return [
        Row(f"{size}: frames", "a second", pace, at_least=29),
        Row(f"{size}: drawing, share of one core", "%", cpu, at_most=25),
        Row(f"{size}: bars that move in a frame, of {ROWS}", "", moving),
    ]


def _moved(first: Frame, second: Frame) -> int:
    """How many bars differ in length."""
    return sum(first.bars.get(index) != length for index, length in second.bars.items())


def memory_growth(env: Mapping[str, str]) -> float:
    """MB of resident memory that a window gains between the two marks."""
    command = [sys.executable, "-m", "benchmarks.endurance", *map(str, MARKS)]
    with subprocess.Popen(command, env=environment(env), stdout=subprocess.PIPE) as program:
        try:
            first, last = (_resident_at_mark(program) for _ in MARKS)
        finally:
            program.terminate()
    return last - first


def _resident_at_mark(program: "subprocess.Popen[bytes]") -> float:
    """MB, once the program says that it has come to the next mark."""
    assert program.stdout is not None
    if not program.stdout.readline():
        raise RuntimeError("The window for the memory ended early.")
    return usage(program.pid).resident
