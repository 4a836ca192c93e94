"""The house: which room may import which, what has a name of its own, what is loaded when."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import epanns
from tests.support.programs import ROOT, environment
from tests.support.rooms import (
    GUI_MAY_IMPORT,
    OUTSIDE,
    ROOMS,
    classes,
    imports,
    modules,
    room_of,
)
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
# File names that stand in two packages, for the same idea in each.
SAME_IDEA = {
    "__init__.py": "a package",
    "__main__.py": "a program of its own",
    "last_minute.py": "the last minute of sound: kept in a file, drawn in the window",
}
EVERY_IMPORT = tuple(imports())


def test_a_room_imports_only_rooms_that_stand_before_it() -> None:
    place = {room: at for at, room in enumerate(ROOMS)}
    upward = [
        f"{module} imports {imported}"
        for module, imported in EVERY_IMPORT
        if (room := room_of(module)) in place
        and imported.startswith("epanns.")
        and place[room_of(imported)] > place[room]
    ]
    assert not upward


def test_every_package_and_module_of_the_engine_is_a_room_and_twelve_modules_stand_alone() -> None:
    found = {path for path in (ROOT / "epanns").iterdir() if not path.name.startswith("__")}
    assert {path.stem for path in found} == set(ROOMS)
    assert sum(path.suffix == ".py" for path in (ROOT / "epanns").iterdir()) <= 12


def test_no_module_imports_itself_through_others() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for module, imported in imports(types=False):
        if imported != "epanns":  # its names are looked up when they are asked for
            graph[module].add(imported)
    assert tuple(TopologicalSorter(graph).static_order())  # raises CycleError


def test_the_engine_knows_no_window_and_the_window_little_of_the_engine() -> None:
    for module, imported in EVERY_IMPORT:
        if module.startswith("epanns"):
            assert not imported.startswith("gui") or (module, imported) in OUTSIDE
        elif imported.startswith("epanns."):
            known = imported.removeprefix("epanns.")
            allowed = any(known == each or known.startswith(f"{each}.") for each in GUI_MAY_IMPORT)
            assert allowed, f"{module} imports {imported}"


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [("epanns", {"gui", "tkinter"}), ("gui", {"torch", "pyaudio", "h5py"})],
)
def test_a_folder_does_not_import_a_library_it_must_not_know(
    folder: str, forbidden: set[str]
) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        assert not forbidden & set(libraries(path)), path


def test_an_architecture_is_named_only_where_it_is_defined_and_converted() -> None:
    for path in modules():
        room = path.relative_to(ROOT).parts[:2]
        if room not in {("epanns", "networks"), ("epanns", "conversion")}:
            assert "cnn14" not in path.read_text().lower(), path


def test_no_class_has_the_name_of_another() -> None:
    assert not {name: files for name, files in classes().items() if len(files) > 1}


def test_no_file_has_the_name_of_another_but_for_the_same_idea() -> None:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in modules():
        if path.parent.name != "commands":  # a command has the name of what it runs
            found[path.name].append(path.relative_to(ROOT))
    twice = {name: files for name, files in found.items() if len(files) > 1}
    assert not {name: files for name, files in twice.items() if name not in SAME_IDEA}


def test_pickle_only_joins_our_own_processes() -> None:
    for path in modules():
        unpickles = "pickle" in set(libraries(path))
        assert not unpickles or path == ROOT / "epanns" / "child_process.py", path


def test_no_weights_file_is_unpickled_in_tests_and_scripts_neither() -> None:
    scripts = [path for folder in ("scripts", "tests") for path in (ROOT / folder).rglob("*.py")]
    for path in [*modules(), *scripts]:
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if "torch.load" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                assert "weights_only=True" in ast.unparse(node), path


def test_nothing_heavy_is_imported_on_the_way_to_the_first_paint() -> None:
    program = (
        "import sys, demo_tag, gui.app, gui.main_window.window, gui.kiosk.kiosk\n"
        "print(*sys.modules)"
    )
    loaded = run(program).split()
    assert {"gui.main_window.window", "gui.kiosk.kiosk"} <= set(loaded)
    assert not LARGE & set(loaded)


@pytest.mark.display
@pytest.mark.parametrize(
    ("flags", "painted"), [("", "gui.main_window.window"), ("--kiosk", "gui.kiosk.kiosk")]
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


def test_the_program_multiplies_matrices_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/self/task").exists():
        pytest.skip("threads are counted in /proc")
    monkeypatch.delenv("OMP_NUM_THREADS")  # which the tests set
    program = (
        "import os, sys, demo_tag\n"
        "demo_tag.main(['--theme', 'none'])\n"
        "import numpy\n"
        "numpy.ones((500, 500)) @ numpy.ones((500, 500))\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    assert run(program) == "1\n"


def libraries(path: Path) -> Iterator[str]:
    """The top-level names of all that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def run(program: str, **variables: str) -> str:
    """Standard output of a Python program in the project's folder."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=environment(**variables), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
