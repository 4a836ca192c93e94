"""The zoo: the published weights by name, where their files belong, and which files are here.

The entries are in epanns.networks; this module needs no PyTorch.
"""

from dataclasses import dataclass
from pathlib import Path

from epanns.errors import WeightsError, cause
from epanns.networks import registry
from epanns.networks.architecture import Architecture, Weights
from epanns.paths import COMMAND, MODELS, SHIPPED_MODELS
from epanns.storage.checksums import sha256_of
from epanns.storage.existence import exists, is_file
from epanns.vocabulary.custom import are_numbered

PREFERRED, SHIPPED = "epanns", "starter"  # what the live program prefers, and what it starts with
SMALLEST = "mn04"  # that is worth its size
AUTO, SMALL, BEST = WORDS = "auto", "small", "best"  # in place of a name; see zoo/recommendation
# What the words ask for that stand for one network; where it is not here, the starter stands in.
WISHES = {AUTO: PREFERRED, SMALL: SMALLEST}


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A weights file on this computer.

    Attributes:
        path: the file.
        name: in the zoo, or the file's name.
        architecture: what it is for; None where only its keys decide.
        checksum: its sha256.
        published: whether it was asked for by its name in the zoo.
    """

    path: Path
    name: str
    architecture: Architecture | None
    checksum: str
    published: bool = False


def names() -> tuple[str, ...]:
    """The names of all published weights."""
    return tuple(registry.published())


def best_first() -> tuple[str, ...]:
    """The names of the networks that score clips, the highest published mAP first.

    Those without a published mAP come last. Those that name no sounds are left out.
    """
    clipwise = [
        weights for weights, architecture in registry.published().values()
        if not architecture.framewise and not are_numbered(architecture.vocabulary)
    ]  # fmt: skip
    ordered = sorted(clipwise, key=lambda each: -(each.mean_average_precision or 0))
    return tuple(each.name for each in ordered)


def in_order() -> tuple[str, ...]:
    """The names of all published weights to choose from: what the program uses, then by mAP."""
    order = {name: -(weights_of(name).mean_average_precision or 0) for name in names()}
    return tuple(sorted(order, key=lambda name: (name not in (SHIPPED, PREFERRED), order[name])))


def is_published(model: str | Path) -> bool:
    """Whether a model is a name from the zoo, not a path."""
    return str(model) in registry.published()


def weights_of(name: str) -> Weights:
    """The entry of a name from the zoo."""
    return registry.published()[name][0]


def path_of(name: str) -> Path:
    """Where the weights of this name belong, whether they are there or not."""
    weights = weights_of(name)
    return (SHIPPED_MODELS if weights.ships else MODELS) / weights.file


def is_here(name: str) -> bool:
    """Whether the file is in models/ with the right size; its checksum is not computed."""
    try:
        size = path_of(name).stat().st_size
    except OSError:
        return False
    return weights_of(name).size in (None, size)


def locate(name: str) -> Path:
    """The path of weights that are in models/ and have the checksum that is known for them.

    Raises:
        WeightsError: the file is missing, or not the published one; it says how to get it.
    """
    return resolve(name).path


def resolve(model: str | Path) -> WeightsFile:
    """The weights file of a name from the zoo or of a path.

    Raises:
        WeightsError: there is no such file, it cannot be read, or it is not the published one.
    """
    try:
        return _located(str(model)) if is_published(model) else _given(Path(model))
    except OSError as error:
        raise WeightsError(f"The weights {model} cannot be read: {cause(error)}.") from None


def how_to_replace(name: str) -> str:
    """What to do about the file of a name when it holds no network, a sentence."""
    return f"Delete it, then {_how_to_get(name)}."


def noted_path(path: Path) -> Path:
    """The path of the file beside a weights file with its checksum, as sha256sum writes it."""
    return path.with_name(f"{path.name}.sha256")


def note_checksum(path: Path) -> None:
    """Write the sha256 of a file beside it."""
    noted_path(path).write_text(f"{sha256_of(path)}  {path.name}\n")


def known_checksum(name: str) -> str:
    """The sha256 that the file of a name must have, or what it begins with.

    It is "" if it is neither published nor noted.
    """
    weights = weights_of(name)
    return weights.sha256 or _noted_checksum(path_of(name)) or weights.sha256_start


def _given(path: Path) -> WeightsFile:
    """The weights file at a path."""
    if not exists(path):
        known = ", ".join(names())
        raise WeightsError(f"There is no weights file {path}; give its path or {known}.")
    if not is_file(path):
        return WeightsFile(path, path.name, None, "")
    checksum = sha256_of(path)
    found = registry.recognise_file(path, checksum)
    return WeightsFile(path, path.name, found[1] if found else None, checksum)


def _located(name: str) -> WeightsFile:
    """The weights file of a name from the zoo."""
    weights, architecture = registry.published()[name]
    path = path_of(name)
    if not is_file(path):
        raise WeightsError(
            f"The weights {weights.file} of {name} are not in {path.parent}; {_how_to_get(name)}."
        )
    found = sha256_of(path)
    if not is_here(name) or not found.startswith(known_checksum(name)):
        raise WeightsError(
            f"{path} ({path.stat().st_size:,} bytes) is not the published file of {name}, as its"
            f" checksum is another; {_how_to_get(name)}."
        )
    return WeightsFile(path, name, architecture, found, published=True)


def _how_to_get(name: str) -> str:
    """How to get the file of a name, as the end of a sentence."""
    weights = weights_of(name)
    if weights.ships:
        return "restore it, as it is part of the project"
    if not weights.fetchable:
        return (
            f"no address is known to fetch it from, so look for it at {weights.page} and put it"
            f" into {MODELS}; other versions of it are used by their path"
        )
    command = f"{COMMAND} models fetch {name}"
    return f"fetch it by {command}, or download it from {weights.page} into {MODELS}"


def _noted_checksum(path: Path) -> str:
    """The checksum noted beside a file; "" if there is none."""
    try:
        return noted_path(path).read_text().split()[0]
    except (OSError, ValueError, IndexError):
        return ""
