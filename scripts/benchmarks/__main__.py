"""Measure what the program costs and how near it comes to what the processor can do.

    scripts/bench [--json FILE] [--plot FILE] [--start] [--window] [--only NAME ...]

Everything is a ratio within this run where it can be: contenders have their turns in every round,
and the medians over the rounds are shown with their spread. Takes some six minutes, some two
more with --start, which measures how soon the window and its bars are there, and some fifteen more
with --window, which measures its frames, its delay and its memory. `--only networks` compares the
architectures and takes about ten.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
PATHS = [str(ROOT), str(ROOT / "scripts")]
sys.path[:0] = PATHS

from rich.console import Console  # noqa: E402 - what follows is found only by the path above

from benchmarks import machine, report, startup  # noqa: E402
from benchmarks.rounds import Section  # noqa: E402
from tests.support.testbench.children import TestbenchError  # noqa: E402

if TYPE_CHECKING:
    from benchmarks.material import Material

# Start comes first: a start is cold only as long as nothing here has imported the libraries. Each
# of the others is a module of benchmarks/.
SUBJECTS = (
    "start", "ceiling", "update", "int8", "cost", "files", "live", "window", "agreement",
    "networks",
)  # fmt: skip
FLAGGED = ("start", "window")  # measured where their flags are given, or by --only
LONG = ("networks",)  # by --only
DISTURBING = 10  # per cent of a core
MAKE_WEIGHTS = """
import pathlib, sys
from benchmarks.material import Material
print(Material(pathlib.Path(sys.argv[1])).checkpoint)
"""


def main() -> None:
    """Measure what is asked for and report it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that programs under test end, too
    asked = _parse()
    wanted = set(asked.only or set(SUBJECTS) - {*FLAGGED, *LONG})
    wanted |= {name for name in FLAGGED if getattr(asked, name)}
    console = Console(width=None if sys.stdout.isatty() else 100)
    described = machine.describe()
    report.show_machine(console, described)
    sections: dict[str, Section] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name in SUBJECTS:
            if name in wanted:
                with console.status(f"measuring: {name}"):
                    sections[name] = _measure(name, Path(folder), asked.rounds)
                report.show(console, sections[name])
    if asked.plot and "cost" in sections:
        import_module("benchmarks.cost").plot(sections["cost"], asked.plot)
    if asked.json:
        report.write_json(asked.json, described, sections)


def _measure(name: str, folder: Path, rounds: int) -> Section:
    """One subject, with a note if other programs disturbed."""
    began, before = time.monotonic(), machine.others()
    if name == "start":
        section = _start(folder, rounds)
    else:
        section = import_module(f"benchmarks.{name}").measure(_material(folder), rounds)
    share = 100 * (machine.others() - before) / (time.monotonic() - began)
    notes = list(section.notes)
    if share > DISTURBING:
        notes.append(f"Other programs took {share:.0f} % of a core meanwhile: measure again.")
    return replace(section, notes=notes, data={**section.data, "others_percent": share})


def _start(folder: Path, rounds: int) -> Section:
    """Start the program; the weights for it are made elsewhere, where libraries may be imported."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)}
    command = [sys.executable, "-c", MAKE_WEIGHTS, str(folder)]
    made = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout
    try:
        return startup.measure(rounds, Path(made.strip()))
    except TestbenchError as error:
        return Section(startup.TITLE, [], [f"Not measured: {error}"])


@cache
def _material(folder: Path) -> "Material":
    """The one material of this run."""
    from benchmarks.material import Material

    return Material(folder)


def _parse() -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw cost against work (PNG)")
    parser.add_argument("--start", action="store_true", help="measure the start of the window, too")
    parser.add_argument("--window", action="store_true", help="measure the live window, too")
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, help="these subjects only")
    parser.add_argument("--rounds", type=int, default=5, help="5 unless given")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return asked


if __name__ == "__main__":
    main()
