"""Who may import what: the engine no window, the window none of the engine's libraries."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from programs import ROOT


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
        "import sys, demo_tag, gui.app, gui.window, epanns.engine\n"
        "print(*{'torch', 'librosa', 'matplotlib', 'scipy', 'pyaudio', 'pooch'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == []
