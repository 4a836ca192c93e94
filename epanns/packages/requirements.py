"""What requirements.txt pins, and which of it only training and conversion need.

Only the standard library is needed here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec

from epanns.paths import BUNDLED, INSTALLED

REQUIREMENTS = BUNDLED / "requirements.txt"
PROJECT = BUNDLED / "pyproject.toml"
PIN = re.compile(
    r'(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(;\s*sys_platform\s*(?P<is>[!=]=)\s*"(?P<system>\w+)")?'
)
MODULES = {"pillow": "PIL", "scikit-learn": "sklearn"}  # whose names differ from the package's


def pinned() -> dict[str, str]:
    """The packages of requirements.txt for this system, with the versions that were tried."""
    return dict(_pins(REQUIREMENTS.read_text(encoding="utf-8")))


def for_training() -> tuple[str, ...]:
    """The packages that only conversion, training and evaluation need, PyTorch among them.

    They take more of the disk than all others and are installed when they are first needed.
    """
    import tomllib  # the doctor starts under a Python that is too old for it

    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    wanted = project["optional-dependencies"]["training"]
    return tuple(re.split(r"[^\w.-]", each)[0] for each in wanted)


def missing(packages: Iterable[str]) -> list[str]:
    """Those of some packages that are not installed."""
    return [name for name in packages if find_spec(module_of(name)) is None]


def remedy(module: str | None = None) -> str:
    """What installs what is missing, as the end of a sentence.

    Args:
        module: the one that is missing; None for any that the window needs.
    """
    training = of_training(module)
    if not INSTALLED:
        way = "scripts/setup training installs it"
        return way if training else "scripts/demo installs what is missing"
    # The program itself is on no package index, where a stranger could take its name.
    needed = for_training() if training else missing(pinned().keys() - set(for_training()))
    names = " ".join(sorted(needed))
    return f"pip install {names}" if names else "install the program again: pip install . there"


def of_training(module: str | None) -> bool:
    """Whether a module belongs to a package that is installed when it is first needed."""
    return module is not None and module.partition(".")[0] in map(module_of, for_training())


def module_of(package: str) -> str:
    """The name that a package is imported by."""
    return MODULES.get(package, package.lower().replace("-", "_"))


def installed_version(package: str) -> str:
    """The installed version of a package; "" if it is not installed."""
    from importlib import metadata  # takes 15 ms, and every child process imports this module

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def public(version: str) -> str:
    """A version without the note on how it was built, such as +cpu."""
    return version.partition("+")[0]


def _pins(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        pin = PIN.fullmatch(line.partition("#")[0].strip())
        if pin and (not pin["is"] or (pin["system"] == sys.platform) == (pin["is"] == "==")):
            yield pin["name"], pin["version"]
