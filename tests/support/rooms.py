"""The rooms of the project in their order, and what imports what.

A room is a package or a module directly in epanns/ or gui/. A room of epanns/ imports only what
stands before it; gui/ imports what GUI_MAY_IMPORT names. Strings that name a function for another
process (epanns/child_process.py) count as imports.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import grimp

from epanns.paths import ROOT

# From DESIGN, the plan of the house: docs/architecture.md says what each is for.
ROOMS = (
    "errors", "paths", "formatting", "console", "blas", "packages", "child_process",
    "storage", "vocabulary", "prediction", "status", "frontend", "audio", "networks", "runtimes",
    "conversion", "zoo", "settings", "tagger", "files", "detection", "datasets", "evaluation",
    "training", "sessions", "live", "views", "doctor", "commands",
)  # fmt: skip
GUI_MAY_IMPORT = (
    "errors", "paths", "console", "formatting", "vocabulary", "prediction", "status", "settings",
    "views", "live.contract", "live.watchdog", "zoo.catalogue", "doctor.result",
    "frontend.parameters", "audio.ring_buffer",
)  # fmt: skip
# What runs in a process of its own and is named by a string, though it stands outside of epanns/.
OUTSIDE = {("epanns.doctor.runner", "gui.display_check")}


def imports(types: bool = True) -> Iterator[tuple[str, str]]:
    """Every import between two modules of the project, those within functions included.

    Args:
        types: whether imports for type checkers alone count, which are no circles.
    """
    graph = grimp.build_graph(  # its cache goes on naming modules that are gone
        "epanns", "gui", exclude_type_checking_imports=not types, cache_dir=None
    )
    for module in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            yield module, imported
    yield from _named_in_strings(graph.modules)


def room_of(module: str) -> str:
    """The room of a module of epanns, such as audio for epanns.audio.decode; "" for the package."""
    return module.removeprefix("epanns").removeprefix(".").partition(".")[0]


def _named_in_strings(modules: set[str]) -> Iterator[tuple[str, str]]:
    """Functions that a module names for another process: "module:function", or a lazy import."""
    for module in sorted(modules):
        path = ROOT.joinpath(*module.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named = node.value.partition(":")[0]
                if named in modules and named != module and "." in named:
                    yield module, named


def modules() -> list[Path]:
    """The files of the product."""
    found = [*(ROOT / "epanns").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]
    return [ROOT / "demo_tag.py", *sorted(found)]


def classes() -> dict[str, list[Path]]:
    """The classes of the product by name, each with the files that define one of that name."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path.relative_to(ROOT))
    return found
