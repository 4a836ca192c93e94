"""requirements.txt and pyproject.toml: which packages, in which versions, for what."""

import re
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from epanns.packages import requirements
from epanns.packages.requirements import (
    PIN,
    PROJECT,
    REQUIREMENTS,
    for_training,
    missing,
    module_of,
    of_training,
    pinned,
    remedy,
)
from tests.support.programs import ROOT

OF_THE_WINDOW = "tkinter-tooltip"  # needs tkinter, which tests may lack
FOLDED = re.compile(r"[-_.]+")


def folded(name: str) -> str:
    """A name as package indexes compare it."""
    return FOLDED.sub("-", name).lower()


def test_every_line_of_the_requirements_is_understood() -> None:
    lines = [line.partition("#")[0].strip() for line in REQUIREMENTS.read_text().splitlines()]
    assert all(PIN.fullmatch(line) for line in lines if line)
    assert {"torch", "numpy", "PyAudio", "onnxruntime", "click"} <= pinned().keys()


def test_every_package_is_looked_for_under_the_name_it_is_imported_by() -> None:
    for name in pinned().keys() - {OF_THE_WINDOW}:
        assert find_spec(module_of(name)), name


def test_lines_for_other_systems_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(
        f'here==1.0+cpu; sys_platform == "{sys.platform}"\n'
        f'here==1.0; sys_platform != "{sys.platform}"\n'
        'elsewhere==2.0; sys_platform == "plan9"\n'
        "# a remark\n\nboth==3.0  # why\n"
    )
    monkeypatch.setattr(requirements, "REQUIREMENTS", path)
    assert pinned() == {"here": "1.0+cpu", "both": "3.0"}


def test_what_the_wheel_asks_for_is_what_is_pinned() -> None:
    project = tomllib.loads(PROJECT.read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["training"]]
    names = {re.split(r"[^\w.-]", each)[0] for each in wanted}
    assert names == pinned().keys()


def test_every_library_that_is_imported_is_asked_for() -> None:
    declared = {module_of(name) for name in pinned()} | {"pyaudio", "tktooltip", "distributed"}
    own = {"epanns", "gui", "demo_tag", "scripts", "tkinter"}
    imported = set()
    for path in (*ROOT.glob("epanns/**/*.py"), *ROOT.glob("gui/**/*.py")):
        found = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
        imported |= {name for name in found if find_spec(name)}
    assert imported - own - declared - sys.stdlib_module_names == {"pydantic_core"}


def test_what_only_training_needs_is_told_apart() -> None:
    assert {"torch", "onnx", "scikit-learn"} <= set(for_training())
    assert of_training("torch.nn") and of_training("sklearn")
    assert not of_training("onnxruntime") and not of_training(None)


def test_the_way_to_install_depends_on_what_is_missing() -> None:
    assert remedy("torch") == "scripts/setup training installs it"
    assert remedy("click") == remedy() == "scripts/demo installs what is missing"


def test_an_installed_program_names_packages_and_not_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requirements, "INSTALLED", True)
    assert remedy("torch") == ("pip install librosa onnx scikit-learn scipy torch torchlibrosa")
    monkeypatch.setattr(requirements, "missing", lambda _: ["click"])
    assert remedy() == "pip install click"


def test_missing_packages_are_found() -> None:
    assert missing(("pytest", "no-such-package")) == ["no-such-package"]
