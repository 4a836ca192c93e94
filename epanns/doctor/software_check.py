"""Checks of Python, the packages of requirements.txt and the user's settings."""

import os
import platform
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from epanns.doctor.result import CheckResult
from epanns.errors import SettingsError
from epanns.packages.requirements import (
    PROJECT,
    REQUIREMENTS,
    for_training,
    installed_version,
    module_of,
    pinned,
    public,
    remedy,
)
from epanns.paths import (
    HOME_VARIABLE,
    INSTALLED,
    LIVE_COMMAND,
    NETWORKS_VARIABLE,
    ROOT,
    USER_SETTINGS,
)
from epanns.storage.existence import is_file

if TYPE_CHECKING:
    from epanns.settings import Settings

OF_THE_WINDOW = ("tkinter-tooltip",)  # needs tkinter, which has a check of its own


def python() -> list[CheckResult]:
    """Which Python this is, and whether it is new enough."""
    version, place = platform.python_version(), Path(sys.prefix)
    inside = place.name if place.parent == ROOT else str(place)
    wanted = re.search(r'requires-python = ">=([\d.]+)"', PROJECT.read_text())
    found = f"{version} on {platform.system()} {platform.release()}, in {inside}"
    if wanted and sys.version_info < tuple(map(int, wanted[1].split("."))):
        todo = f"install Python {wanted[1]} or newer, delete .venv and run scripts/demo"
        return [CheckResult("Python", "bad", found, todo, stops=True)]
    return [CheckResult("Python", "good", found, figures={"version": version})]


def packages() -> list[CheckResult]:
    """Which packages are missing or have another version than the pinned one."""
    wanted, later = pinned(), for_training()
    installed = {name: installed_version(name) for name in wanted}
    missing = [name for name, found in installed.items() if not found]
    needed = [name for name in missing if name not in later]
    other = [
        f"{name} {found}, not {wanted[name]}"
        for name, found in installed.items()
        if found and public(found) != public(wanted[name])
    ]
    findings = []
    if needed:
        findings.append(CheckResult("packages", "bad", f"missing: {', '.join(needed)}", _install()))
    if other:
        found = f"not the versions that were tried: {'; '.join(other)}"
        if INSTALLED:  # it takes what is newest
            findings.append(CheckResult("packages", "muted", found))
        else:
            findings.append(CheckResult("packages", "warning", found, _install()))
    if not findings:
        found = f"all {len(wanted) - len(missing)} have the versions in {REQUIREMENTS.name}"
        findings.append(CheckResult("packages", "good", found))
    if absent := [name for name in missing if name in later]:
        found = f"installed when a network is first converted or trained: {', '.join(absent)}"
        findings.append(CheckResult("packages", "muted", found))
    return findings


def imports() -> list[CheckResult]:
    """Which of the installed packages do not load; an empty list if all do."""
    findings = []
    for name in pinned():
        if name in OF_THE_WINDOW or not installed_version(name):
            continue
        try:
            import_module(module_of(name))
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
    if is_file(USER_SETTINGS):
        found += f" (variables and {USER_SETTINGS})"
    else:
        found += f"; {USER_SETTINGS} is not there"
    known = {HOME_VARIABLE, NETWORKS_VARIABLE}
    known |= {f"EPANNS_{name}".upper() for name in Settings.model_fields}
    strange = sorted(
        name for name in os.environ if name.startswith("EPANNS_") and name not in known
    )
    if strange:
        found += f"; no setting is called {', '.join(strange)}"
        return [CheckResult("settings", "warning", found, f"{LIVE_COMMAND} --help lists them")]
    return [CheckResult("settings", "good", found)]


def chosen_settings() -> "Settings":
    """The user's settings; the defaults where they cannot be read, which `settings` reports."""
    from epanns.settings import Settings, load_settings

    try:
        return load_settings()
    except SettingsError:
        return Settings.model_construct()


def _install() -> str:
    own = ROOT / ".venv"
    if not INSTALLED and own.is_dir() and Path(sys.prefix) != own:
        return "activate the project's .venv, this is another Python; or run scripts/demo"
    return remedy()
