"""Who may import what: the engine no window, the window none of the engine's libraries."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import epanns
from tests.support.programs import ROOT, environment
from tests.support.testbench.virtual_display import VirtualDisplay

# Each takes tens of milliseconds to import, on a machine that has just been started far more.
LARGE = {
    "av",
    "h5py",
    "librosa",
    "matplotlib",
    "numpy",
    "onnxruntime",
    "pooch",
    "pyaudio",
    "scipy",
    "soundfile",
    "torch",
    "torchlibrosa",
}


def imports(path: Path) -> Iterator[str]:
    """The top-level names of all that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [("epanns", {"gui", "tkinter"}), ("gui", {"torch", "pyaudio", "h5py"})],
)
def test_a_room_does_not_import_what_it_must_not_know(room: str, forbidden: set[str]) -> None:
    for path in (ROOT / room).rglob("*.py"):
        assert not forbidden & set(imports(path)), path


def test_weights_are_only_read_without_running_code() -> None:
    for room in ("epanns", "gui"):
        for path in (ROOT / room).rglob("*.py"):
            for line in path.read_text().splitlines():
                assert "torch.load(" not in line or "weights_only=True" in line, path
                assert "import pickle" not in line, path


def test_nothing_heavy_is_imported_on_the_way_to_the_first_paint() -> None:
    program = (
        "import sys, demo_tag, gui.app, gui.main_window.window, gui.kiosk\nprint(*sys.modules)"
    )
    loaded = run(program).split()
    assert {"gui.main_window.window", "gui.kiosk"} <= set(loaded)
    assert not LARGE & set(loaded)


@pytest.mark.display
@pytest.mark.parametrize(
    ("flags", "painted"), [("", "gui.main_window.window"), ("--kiosk", "gui.kiosk")]
)
def test_the_first_paint_itself_needs_nothing_heavy(flags: str, painted: str) -> None:
    program = (
        "import sys, demo_tag, gui.app\n"
        "def make_engine():  # called when the window has been painted\n"
        "    print(*sys.modules)\n"
        "    raise KeyboardInterrupt\n"
        f"gui.app.run(make_engine, demo_tag.load_settings({flags.split()}))"
    )
    with VirtualDisplay() as display:
        loaded = run(program, DISPLAY=display.env["DISPLAY"]).split()
    assert painted in loaded
    assert not LARGE & set(loaded)


def test_live_bars_need_no_torch() -> None:
    program = (
        "import sys, demo_tag\n"
        "demo_tag.main(['--json', '--source', 'sample', '--model', 'starter', '--seconds', '4'])\n"
        "print(*sys.modules)"
    )
    *predictions, loaded = run(program).splitlines()
    assert len(predictions) > 5
    assert "onnxruntime" in loaded.split()
    unused = {"torch", "torchlibrosa", "librosa", "scipy", "onnx", "matplotlib", "av", "h5py"}
    assert not unused & set(loaded.split())


def test_every_public_name_is_there_when_it_is_asked_for() -> None:
    assert {getattr(epanns, name).__name__ for name in epanns.__all__} == set(epanns.__all__)
    with pytest.raises(AttributeError, match="tagger_of_audio"):
        epanns.tagger_of_audio  # noqa: B018


def test_the_program_multiplies_matrices_on_one_thread() -> None:
    if not Path("/proc/self/task").exists():
        pytest.skip("threads are counted in /proc")
    program = (
        "import os, sys, demo_tag\n"
        "demo_tag.main(['--theme', 'none'])\n"
        "import numpy\n"
        "numpy.ones((500, 500)) @ numpy.ones((500, 500))\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    assert run(program) == "1\n"


def run(program: str, **variables: str) -> str:
    """Standard output of a Python program in the project's folder."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=environment(**variables), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
