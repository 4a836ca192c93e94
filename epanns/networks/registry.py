"""The registry of architectures: one entry each, in a file of its own in this package.

What an entry holds is in architecture.py. The network itself is in the file of the entry's name
that ends in _network, which `create` imports; numbers that both need are in the file that ends in
_layers.

Every other file of this package defines a tuple ARCHITECTURES, whose entries are found by listing
the package. A module outside of it adds its entries by register(), when it is imported; those that
the variable EPANNS_NETWORKS names are imported by every command.
"""

import functools
import os
import pkgutil
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from epanns.errors import SettingsError, WeightsError, cause
from epanns.networks.architecture import Architecture, Shapes, Weights
from epanns.packages.requirements import of_training, remedy
from epanns.paths import NETWORKS_VARIABLE
from epanns.storage.checksums import sha256_of

if TYPE_CHECKING:
    pass

DEFAULT = "cnn14"  # see default()
# Files of this package that hold no architecture.
_OTHERS = {"architecture", "registry", "network", "checkpoint", "tflite", "yamnet_files"}
_registered: dict[str, Architecture] = {}
_modules: list[str] = []  # outside of this package, that registered some
_sources: dict[str, str] = {}  # checksums of the files of these modules, by names of architectures


def register(*architectures: Architecture) -> None:
    """Add architectures of the calling module, which is outside of this package.

    The program's other processes import that module by its name in this process.

    Raises:
        ValueError: it is the script that is run, which has no name of its own to import it by.
    """
    caller = sys._getframe(1).f_globals
    module, file = caller["__name__"], caller.get("__file__")
    if module == "__main__":
        raise ValueError(
            f"{', '.join(each.name for each in architectures)} cannot be registered by a script"
            " that is run; put the architecture into a module of its own and import that."
        )
    _registered.update({each.name: each for each in architectures})
    source = sha256_of(Path(file)) if file else ""
    _sources.update({each.name: source for each in architectures})
    if module not in _modules:
        _modules.append(module)


def source_of(architecture: Architecture) -> str:
    """The checksum of the module that registered an architecture; "" for one of this package."""
    return _sources.get(architecture.name, "")


def modules() -> tuple[str, ...]:
    """The modules outside of this package that registered architectures."""
    return tuple(_modules)


def import_modules(names: Iterable[str]) -> None:
    """Import the modules that register architectures in another process."""
    for name in names:
        import_module(name)


@functools.cache
def _own() -> dict[str, Architecture]:
    """The architectures of this package, by name."""
    package = __name__.rpartition(".")[0]
    found: dict[str, Architecture] = {}
    names = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    for name in sorted(names, key=lambda name: (name != DEFAULT, name)):
        if name not in _OTHERS and not name.endswith(("_network", "_layers")):
            entries = import_module(f"{package}.{name}").ARCHITECTURES
            found |= {each.name: each for each in entries}
    return found


@functools.cache
def _import_named(names: str) -> None:
    """Import the modules that EPANNS_NETWORKS names.

    Raises:
        SettingsError: one does not load.
    """
    for name in filter(None, (name.strip() for name in names.split(","))):
        try:
            import_module(name)
        except Exception as error:  # whatever such a module does
            missing = error.name if isinstance(error, ModuleNotFoundError) else None
            todo = f"; {remedy(missing)}" if of_training(missing) else ""
            raise SettingsError(
                f"{NETWORKS_VARIABLE} names the module {name}, which does not load:"
                f" {cause(error)}{todo}."
            ) from error


def default() -> Architecture:
    """What train builds, and what files that none recognises are taken for."""
    return _own()[DEFAULT]


def architectures() -> dict[str, Architecture]:
    """All architectures, by name.

    Raises:
        SettingsError: a module that EPANNS_NETWORKS names does not load.
    """
    _import_named(os.environ.get(NETWORKS_VARIABLE, ""))
    return _own() | _registered


def get(name: str) -> Architecture:
    """The architecture of a name.

    Raises:
        WeightsError: there is none; the sentence lists the known ones.
    """
    known = architectures()
    if name not in known:
        raise WeightsError(f"There is no architecture {name}; there are {', '.join(known)}.")
    return known[name]


def published() -> dict[str, tuple[Weights, Architecture]]:
    """All published weights, by their names in the zoo, each with its architecture."""
    return {
        weights.name: (weights, architecture)
        for architecture in architectures().values()
        for weights in architecture.weights
    }


def named_as(path: Path) -> Weights | None:
    """The entry of published weights whose file has the name of this one."""
    return next((each for each, _ in published().values() if each.file == path.name), None)


def recognise_file(path: Path, checksum: str | None = None) -> tuple[Weights, Architecture] | None:
    """The entry of a published weights file, by size and checksum; None for any other file.

    Args:
        path: the file.
        checksum: its sha256; None to compute it where a published file has the same size.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    alike = [pair for pair in published().values() if pair[0].size == size]
    digest = sha256_of(path) if alike and checksum is None else checksum
    return next((pair for pair in alike if pair[0].sha256 == digest), None)


def recognise(shapes: Shapes) -> Architecture | None:
    """The architecture of a file, by its keys; None where no entry recognises them.

    That of a file in which only the last layer is missing is recognised, too, so that it can be
    said what is missing.
    """
    found = architectures().values()
    cut = not any(each.classes_key in shapes for each in found)
    return next(
        (each for each in found if each.holds(shapes) or (cut and _cut(each, shapes))), None
    )


def _cut(architecture: Architecture, shapes: Shapes) -> bool:
    """Whether a file is one of this architecture without the last layer."""
    whole = {architecture.classes_key: (1, 1), **shapes}
    return architecture.recognises is not None and architecture.recognises(whole)
