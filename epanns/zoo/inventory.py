"""The files of each network: its weights, whether they are the right ones, its converted copies."""

from dataclasses import dataclass
from pathlib import Path

from epanns.conversion import cache
from epanns.errors import WeightsError
from epanns.networks import registry
from epanns.networks.architecture import Weights
from epanns.runtimes.precision import PRECISIONS
from epanns.storage.existence import is_file
from epanns.zoo import catalogue, costs
from epanns.zoo.catalogue import WeightsFile


@dataclass(frozen=True, slots=True)
class ConvertedCopies:
    """The converted copies of a checkpoint.

    Attributes:
        fresh: the usable ones, made from its present content, by precision.
        stale: those that are broken or made from other content or by an older version; not used.
    """

    fresh: dict[str, Path]
    stale: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class InventoryItem:
    """A name of the zoo and its files in models/.

    Attributes:
        name: the name.
        weights: its entry in the zoo.
        path: where its file belongs.
        size: its bytes; None if it is not there.
        fault: why an existing file cannot be used and what to do, a sentence; "" if it can.
        copies: its converted copies.
        seconds: that an update takes on this computer; None if that has not been measured.
    """

    name: str
    weights: Weights
    path: Path
    size: int | None
    fault: str
    copies: ConvertedCopies
    seconds: float | None = None


def look(name: str) -> InventoryItem:
    """The files of a name of the zoo; the checksum is computed, the network is not loaded."""
    weights, path = catalogue.weights_of(name), catalogue.path_of(name)
    if not is_file(path):
        return InventoryItem(name, weights, path, None, "", ConvertedCopies({}, ()))
    size = path.stat().st_size
    try:
        file = catalogue.resolve(name)
    except WeightsError as error:
        return InventoryItem(name, weights, path, size, str(error), ConvertedCopies({}, ()))
    seconds = costs.noted(file.checksum)
    return InventoryItem(name, weights, path, size, "", copies_of(file), seconds)


def copies_of(file: WeightsFile) -> ConvertedCopies:
    """The converted copies of a weights file."""
    checkpoint, checksum = file.path, file.checksum
    tag = file.architecture.copy_tag if file.architecture else ""
    found = {each: cache.find(checkpoint, each, tag, checksum) for each in PRECISIONS}
    fresh = {precision: path for precision, path in found.items() if path is not None}
    others = set(cache.copies(checkpoint)) - set(fresh.values())
    if others:  # they may belong to another architecture with the same keys
        tags = {each.copy_tag for each in registry.architectures().values()}
        others -= {
            cache.find(checkpoint, each, tag, checksum) for each in PRECISIONS for tag in tags
        }
    return ConvertedCopies(fresh, tuple(sorted(others)))


def checksum_source(name: str) -> str:
    """The source of the checksum that a file must have, in words; "" if it is not known."""
    weights = catalogue.weights_of(name)
    if weights.sha256:
        return "as published"
    if is_file(catalogue.noted_path(catalogue.path_of(name))):
        return "as noted beside it"
    return "which begins as published" if weights.sha256_start else ""


def by_hand(name: str) -> str:
    """How to put the file of a name in its place without this program."""
    weights, folder = catalogue.weights_of(name), catalogue.path_of(name).parent
    if weights.ships:
        return f"restore {weights.file} in {folder} from the project"
    return f"download {weights.file} from {weights.page} and put it into {folder}"
