"""python -m epanns.doctor starts under Python 3.9, to say that a newer one is needed.

A Python that old is not at hand in the tests, so all that the doctor imports first is read instead.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.support.programs import ROOT

OLD = (3, 9)
STARTS = ("epanns.doctor.__main__", "epanns.child_process", "epanns.doctor.software_check")
NEW_OPTIONS = {"slots", "kw_only", "strict"}  # of dataclass and zip


def faults(source: str) -> list[str]:
    """What Python 3.9 cannot import in the text of a module."""
    try:
        tree = ast.parse(source, feature_version=OLD)
    except SyntaxError as error:
        return [str(error)]
    postponed = "from __future__ import annotations" in source
    found: list[ast.AST] = []
    for node in ast.walk(tree):
        evaluated: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not postponed:
            evaluated = [node.returns]
        elif isinstance(node, ast.arg | ast.AnnAssign) and not postponed:
            evaluated = [node.annotation]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "issubclass"):
            evaluated = [node.args[1]]
        elif isinstance(node, ast.keyword) and node.arg in NEW_OPTIONS:
            found.append(node)
        found += [each for each in evaluated if each is not None and has_union(each)]
    aliases = (node.value for node in tree.body if isinstance(node, ast.Assign))
    found += [value for value in aliases if has_union(value)]
    return [ast.unparse(node) for node in found]


def has_union(node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.BinOp) and isinstance(each.op, ast.BitOr) for each in ast.walk(node)
    )


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules of the project that one imports when it is imported, and their packages."""
    for node in tree.body:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            if parts[0] == "epanns":
                yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def chain() -> dict[str, str]:
    """The source of each module that is imported before the doctor has judged Python."""
    found: dict[str, str] = {}
    waiting = list(STARTS)
    while waiting:
        name = waiting.pop()
        path = ROOT.joinpath(*name.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if name not in found and file.exists():
            found[name] = file.read_text()
            waiting += imported(ast.parse(found[name]))
    return found


def test_all_that_the_doctor_imports_first_can_be_imported_by_python_3_9() -> None:
    modules = chain()
    assert {"epanns", "epanns.errors", "epanns.doctor", "epanns.doctor.result"} <= modules.keys()
    assert not {name: found for name, source in modules.items() if (found := faults(source))}


@pytest.mark.parametrize(
    "source",
    [
        "def f(x: int | None): ...",
        "def f() -> int | None: ...",
        "x: int | None = None",
        "Number = int | float",
        "isinstance(1, int | float)",
        "match 1:\n    case 1: pass",
        "import dataclasses\n@dataclasses.dataclass(slots=True)\nclass A: ...",
    ],
)
def test_what_python_3_9_cannot_import_is_found(source: str) -> None:
    assert faults(source)


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations\ndef f(x: int | None) -> int | None: ...",
        "def f(x: 'int | None'): ...",
        "def f():\n    return {} | {}",
    ],
)
def test_what_it_can_import_is_none(source: str) -> None:
    assert not faults(source)
