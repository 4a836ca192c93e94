"""How soon the window is there, and how soon it shows bars: the real program, from outside.

    .venv/bin/python scripts/benchmarks/startup.py [CHECKPOINT]

Its screen is an Xvfb that keeps the picture in a file. The file is mapped here, so that reading it
hundreds of times a second costs the program no time.

"Cold" means that no file of the program's is in the page cache, as after a boot. Pages that a
process has mapped cannot be dropped. Therefore nothing large is imported here, and a note says when
other processes kept libraries: call measure() before numpy and the like are imported.
"""

import math
import mmap
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
if __name__ == "__main__":
    sys.path += [str(ROOT), str(ROOT / "scripts")]

from benchmarks import page_cache  # noqa: E402 - scripts/bench and the tests set the path
from benchmarks.rounds import Row, Section  # noqa: E402
from tests.support.programs import without_settings  # noqa: E402
from tests.support.testbench.children import (  # noqa: E402
    ScratchFolder,
    TestbenchError,
    require,
    start,
    stop,
)

TITLE = "Start of the window, and its first bars"
WINDOW_COLD, WINDOW_WARM = 1.0, 0.3  # goals, in seconds
BARS_STARTER, BARS_EPANNS = 1.5, 2.0
LOOK_EVERY = 0.002  # seconds
PATIENCE = 120.0  # seconds; a checkpoint is converted at its first start
SETTLE = 0.5  # seconds from the end of one run to the next
ENOUGH = 50  # pixels
STEADY = 0.03  # seconds; what a window draws while it finds its size does not count
LINES = 4  # one line in four of the picture is looked at
KEPT = 0.1  # share of the libraries' pages in the cache from which a start was not really cold


class Start(NamedTuple):
    """One start: seconds from the command to the painted window, and from that to the bars."""

    window: float
    bars: float


class Colours(NamedTuple):
    """Colours #rrggbb: of the first button of the window, and those that bars can have."""

    button: tuple[str, ...]
    bars: tuple[str, ...]


class Screen:
    """Context manager: a virtual screen whose pixels are counted.

    Attributes:
        env: the environment for the program.
    """

    SIZE = (1280, 800)

    def __init__(self) -> None:
        self.env = without_settings(os.environ)
        self._children: list[subprocess.Popen[bytes]] = []
        self._scratch: Any = None

    def __enter__(self) -> "Screen":
        require("Xvfb")
        self._scratch = ScratchFolder("startup-")
        try:
            self._start_server(self._scratch.path)
            if shutil.which("openbox"):
                self._start(["openbox", "--sm-disable"], env={**self.env, "HOME": self._home})
                time.sleep(1.0)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._children):
            stop(child)
        self._scratch.remove()

    @property
    def _home(self) -> str:
        return str(self._scratch.path)

    def _start(self, command: list[str], **options: Any) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._children.append(start(command, dies_with_us=True, **quiet, **options))

    def _start_server(self, folder: Path) -> None:
        width, height = self.SIZE
        reader, writer = os.pipe()
        with os.fdopen(reader) as told:
            self._start(
                ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24",
                 "-nolisten", "tcp", "-noreset", "-fbdir", str(folder)],
                pass_fds=[writer],
            )  # fmt: skip
            os.close(writer)
            number = told.readline().strip()
        if not number:
            raise TestbenchError("Xvfb does not start.")
        self.env["DISPLAY"] = f":{number}"
        self.env.pop("WAYLAND_DISPLAY", None)
        with (folder / "Xvfb_screen0").open("rb") as file:
            self._picture = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        # An X window dump: its header tells its own length, the length of a line, and the number
        # of colours that stand between it and the picture, at 12 bytes each.
        header = struct.unpack(">25I", self._picture[:100])
        self._stride, self._first = header[12], header[0] + 12 * header[19]

    def count(self, colours: Iterable[str], top: float, bottom: float) -> int:
        """Pixels of colours #rrggbb in every fourth line, between two shares of the height."""
        wanted = [bytes.fromhex(colour[1:])[::-1] for colour in colours]
        total = 0
        for line in range(round(top * self.SIZE[1]), round(bottom * self.SIZE[1]), LINES):
            begin = self._first + line * self._stride
            line_pixels = self._picture[begin : begin + self._stride]
            total += sum(map(line_pixels.count, wanted))
        return total


def measure(rounds: int = 5, checkpoint: Path | None = None) -> Section:
    """Start the program again and again, cold and warm by turns.

    Args:
        rounds: how often in each way.
        checkpoint: weights as large as those of E-PANNs, to be started with, too.

    Returns:
        The rows, and a note where a cold start was not really cold.

    Raises:
        TestbenchError: there is no virtual screen, or the program does not come up on it.
    """
    colours = _colours()
    models = {"starter": "starter"} | ({"E-PANNs": str(checkpoint)} if checkpoint else {})
    starts: dict[tuple[str, str], list[Start]] = {}
    kept = 0.0
    with Screen() as screen:
        mapped = {path for model in models.values() for path in _warm_up(screen, model, colours)}
        files = [*_files_of(checkpoint), *mapped]
        for _ in range(rounds):
            for name, model in models.items():
                page_cache.drop(files)
                kept = max(kept, page_cache.share_cached(_libraries(mapped)))
                for how in ("cold", "warm"):
                    taken = _start_once(screen, model, colours)
                    starts.setdefault((name, how), []).append(taken)
    note = f"Up to {kept:.0%} of the libraries stayed in the page cache: others use them."
    rows = [
        Row(f"window, {how}", "s", [each.window for each in starts["starter", how]], at_most=goal)
        for how, goal in (("cold", WINDOW_COLD), ("warm", WINDOW_WARM))
    ]
    for (name, how), each in starts.items():
        goal = BARS_STARTER if name == "starter" else BARS_EPANNS
        title = f"first bars after the window, {name}, {how}"
        rows.append(Row(title, "s", [start.bars for start in each], at_most=goal))
    return Section(TITLE, rows, [note] if kept > KEPT else [])


# -- one start ---------------------------------------------------------------


def _start_once(screen: Screen, model: str, colours: Colours) -> Start:
    """Start the program, wait for its window and its bars, end it."""
    began = time.monotonic()
    program = _start_program(screen, model)
    try:
        window = _wait(screen, program, colours.button, 0.75, 1.0, began)
        bars = _wait(screen, program, colours.bars, 0.1, 0.55, began)
    finally:
        _end(program)
    return Start(window, bars - window)


def _start_program(screen: Screen, model: str) -> "subprocess.Popen[bytes]":
    flags = ("--source", "sample", "--offline", "--theme", "dark", "--model", model)
    command = [sys.executable, str(ROOT / "demo_tag.py"), *flags]
    return subprocess.Popen(command, env=screen.env, stderr=subprocess.DEVNULL)


def _wait(
    screen: Screen,
    program: "subprocess.Popen[bytes]",
    colours: tuple[str, ...],
    top: float,
    bottom: float,
    began: float,
) -> float:
    """Seconds from `began` until one of some colours comes into a part of the screen, and stays."""
    came = math.inf
    while (now := time.monotonic()) < came + STEADY:
        there = screen.count(colours, top, bottom) >= ENOUGH
        came = min(came, now) if there else math.inf
        if program.poll() is not None or now > began + PATIENCE:
            raise TestbenchError("The program ended early, or never showed a window with bars.")
        time.sleep(LOOK_EVERY)
    return came - began


def _end(program: "subprocess.Popen[bytes]") -> None:
    program.terminate()
    program.wait(PATIENCE)
    time.sleep(SETTLE)


def _colours() -> Colours:
    """The colours to wait for, asked for elsewhere: it takes Tk."""
    code = (
        "from gui.widgets.theme import PALETTES;"
        " palette = PALETTES['dark']; print(palette.accent, *palette.families)"
    )
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    button, *bars = said.split()
    return Colours((button,), tuple(bars))


# -- files -------------------------------------------------------------------


def _warm_up(screen: Screen, model: str, colours: Colours) -> set[Path]:
    """Start once, so that everything is compiled and converted; give the files it maps."""
    began = time.monotonic()
    program = _start_program(screen, model)
    try:
        _wait(screen, program, colours.bars, 0.1, 0.55, began)
        lines = Path(f"/proc/{program.pid}/maps").read_text().splitlines()
    finally:
        _end(program)
    paths = {Path(line.split(maxsplit=5)[5]) for line in lines if "/" in line}
    return {path for path in paths if path.is_file()}


def _libraries(mapped: Iterable[Path]) -> list[Path]:
    """What the program maps of its own environment, the Python that runs this left out."""
    here = Path("/proc/self/maps").read_text()
    return [p for p in mapped if str(p).startswith(sys.prefix) and str(p) not in here]


def _files_of(checkpoint: Path | None) -> list[Path]:
    """Every file of Python, of the environment, of the project and of a checkpoint."""
    folders = (Path(sys.base_prefix), Path(sys.prefix), ROOT)
    files = [Path(top) / name for folder in folders for top, _, names in os.walk(folder)
             for name in names]  # fmt: skip
    beside = checkpoint.parent.glob(f"{checkpoint.name}*") if checkpoint else ()
    return [*files, *beside]


if __name__ == "__main__":
    section = measure(checkpoint=Path(sys.argv[1]) if sys.argv[1:] else None)
    for row in section.rows:
        spread = f"{min(row.rounds):.3f} to {max(row.rounds):.3f}"
        verdict = "met" if row.met else "missed"
        print(f"{row.name:46} {row.median:.3f} s ({spread}), goal {row.goal} s: {verdict}")
    print(*section.notes, sep="\n")
