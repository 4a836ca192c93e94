"""Checks of Python, the packages of requirements.txt and the user's settings."""

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING

from epanns.child_process import INSTALL
from epanns.doctor.result import CheckResult
from epanns.errors import SettingsError
from epanns.paths import ROOT, USER_SETTINGS

if TYPE_CHECKING:
    from epanns.settings import Settings

REQUIREMENTS = ROOT / "requirements.txt"
PIN = re.compile(
    r'(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(;\s*sys_platform\s*(?P<is>[!=]=)\s*"(?P<system>\w+)")?'
)
MODULES = {"pillow": "PIL", "scikit-learn": "sklearn"}  # whose names differ from the package's
OF_THE_WINDOW = ("tkinter-tooltip",)  # needs tkinter, which has a check of its own


def python() -> list[CheckResult]:
    """Which Python this is, and whether it is new enough."""
    version, place = platform.python_version(), Path(sys.prefix)
    inside = place.name if place.parent == ROOT else str(place)
    wanted = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    found = f"{version} on {platform.system()} {platform.release()}, in {inside}"
    if wanted and sys.version_info < tuple(map(int, wanted[1].split("."))):
        todo = f"install Python {wanted[1]} or newer, delete .venv and run scripts/demo"
        return [CheckResult("Python", "bad", found, todo, stops=True)]
    return [CheckResult("Python", "good", found, figures={"version": version})]


def packages() -> list[CheckResult]:
    """Which packages are missing or have another version than the pinned one."""
    installed = {name: (wanted, _version(name)) for name, wanted in pinned().items()}
    missing = [name for name, (_, found) in installed.items() if not found]
    other = [
        f"{name} {found}, not {wanted}"
        for name, (wanted, found) in installed.items()
        if found and _public(found) != _public(wanted)
    ]
    findings = []
    if missing:
        findings.append(
            CheckResult("packages", "bad", f"missing: {', '.join(missing)}", _install())
        )
    if other:
        found = f"not the versions that were tried: {'; '.join(other)}"
        findings.append(CheckResult("packages", "warning", found, _install()))
    if not findings:
        found = f"all {len(installed)} have the versions in {REQUIREMENTS.name}"
        findings.append(CheckResult("packages", "good", found))
    return findings


def imports() -> list[CheckResult]:
    """Which of the installed packages do not load; an empty list if all do."""
    findings = []
    for name in pinned():
        if name in OF_THE_WINDOW or not _version(name):
            continue
        try:
            import_module(MODULES.get(name, name.lower().replace("-", "_")))
        except Exception as error:  # a broken library can raise anything
            found = f"{name} is installed but does not load: {error}"
            findings.append(CheckResult("packages", "bad", found, _install()))
    return findings


def settings() -> list[CheckResult]:
    """Whether the variables and the file of settings can be read, and what they set."""
    from epanns.settings import Settings, load_settings

    try:
        chosen = load_settings()
    except SettingsError as error:
        return [CheckResult("settings", "bad", str(error), "correct or remove it", stops=True)]
    names = sorted(chosen.model_fields_set)
    found = f"set: {', '.join(names)}" if names else "as they come"
    if USER_SETTINGS.is_file():
        found += f" (variables and {USER_SETTINGS.relative_to(ROOT)})"
    known = {f"EPANNS_{name}".upper() for name in Settings.model_fields}
    strange = sorted(
        name for name in os.environ if name.startswith("EPANNS_") and name not in known
    )
    if strange:
        found += f"; no setting is called {', '.join(strange)}"
        return [CheckResult("settings", "warning", found, "python demo_tag.py --help lists them")]
    return [CheckResult("settings", "good", found)]


def chosen_settings() -> "Settings":
    """The user's settings; the defaults where they cannot be read, which `settings` reports."""
    from epanns.settings import Settings, load_settings

    try:
        return load_settings()
    except SettingsError:
        return Settings.model_construct()


def pinned() -> dict[str, str]:
    """The packages of requirements.txt for this system, with their versions."""
    return dict(_pins(REQUIREMENTS.read_text()))


def _pins(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        pin = PIN.fullmatch(line.partition("#")[0].strip())
        if pin and (not pin["is"] or (pin["system"] == sys.platform) == (pin["is"] == "==")):
            yield pin["name"], pin["version"]


def _version(name: str) -> str:
    """The installed version; "" if it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _public(version: str) -> str:
    """A version without the note on how it was built, such as +cpu."""
    return version.partition("+")[0]


def _install() -> str:
    own = ROOT / ".venv"
    if own.is_dir() and Path(sys.prefix) != own:
        return "activate the project's .venv, this is another Python; or run scripts/demo"
    return INSTALL
