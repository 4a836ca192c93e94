"""The weights file of a pruned network."""

from pathlib import Path

from epanns.console import tell
from epanns.errors import writing
from epanns.networks import registry
from epanns.networks.checkpoint import save_checkpoint
from epanns.networks.network import Network
from epanns.storage.atomic import check_writable, replacing
from epanns.storage.existence import exists
from epanns.training.pruning import PruningError


def check_new(path: Path) -> None:
    """Find out before the work whether a file can be written.

    Raises:
        PruningError: it is there already, or cannot be written.
    """
    if exists(path):
        raise PruningError(f"{path} is there already; name another file, or remove it.")
    with writing(path, PruningError):
        check_writable(path)


def write_pruned(path: Path, network: Network) -> None:
    """Write a pruned network in the form of the file that it was made of.

    Of an architecture that is not told by its keys it is said how the file is loaded.

    Raises:
        PruningError: the file has come to be there, or cannot be written.
    """
    with writing(path, PruningError), replacing(path, is_new=True) as draft:
        save_checkpoint(network, draft, *network.stored)
    shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    own, told = network.architecture, registry.recognise(shapes) or registry.default()
    if told != own:
        tell(
            f"{path} has the keys of {told.name} and is taken for it; as {own.name} it loads from"
            f" Python only, by load_checkpoint({str(path)!r}, {own.name!r})."
        )
