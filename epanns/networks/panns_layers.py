"""What the networks of PANNs have in common besides their PyTorch modules: keys, sizes, lengths.

Kong et al. 2020, "PANNs: Large-scale pretrained audio neural networks for audio pattern
recognition".
"""

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from epanns.networks.architecture import Shapes, Weights
from epanns.networks.registry import get

if TYPE_CHECKING:
    from epanns.networks.network import Network

CLASSES_KEY = "fc_audioset.weight"
DOI = "10.5281/zenodo.3987831"
LICENCE = "CC BY 4.0, see its record"

Sizes = dict[str, int]  # outputs of layers, by their names


class ScaledSizes(dict[str, int]):
    """The outputs of all layers as a share of those published, for a network of another width.

    Rounded to what processors like: multiples of 8, and of 32 where 128 or more are published.

    Args:
        share: of the published outputs.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share

    def get(self, _: str, published: int) -> int:  # type: ignore[override]
        """The outputs of a layer."""
        step = 32 if published >= 128 else 8
        return max(round(published * self._share / step), 1) * step

    def __contains__(self, _: object) -> bool:
        """False: it names no layer that is not published."""
        return False

    def __bool__(self) -> bool:
        """True: it has a size for every layer."""
        return True


def sizes_of(shapes: Shapes) -> dict[str, Any]:
    """The outputs of every convolution and linear layer, from the shapes of their weights."""
    layers = {
        key.removesuffix(".weight"): shape[0]
        for key, shape in shapes.items()
        if key.endswith(".weight") and len(shape) > 1
    }
    return {"sizes": layers}


def creator(module: str, network: str, architecture: str) -> "partial[Network]":
    """What builds a network of this package; PyTorch is imported only then.

    Args:
        module: the name of its file.
        network: the name of its class, whose first argument is the architecture.
        architecture: the name of its entry.
    """
    return partial(_create, module, network, architecture)


def _create(module: str, network: str, architecture: str, **arguments: Any) -> "Network":
    package = __name__.rpartition(".")[0]
    made: Network = getattr(import_module(f"{package}.{module}"), network)(
        get(architecture), **arguments
    )
    return made


def weights(
    name: str,
    title: str,
    mean_average_precision: float,
    purpose: str,
    megabytes: float,
    learnt: int,
    size: int | None = None,
    md5: str = "",
) -> Weights:
    """A published weights file of PANNs; see Weights."""
    return Weights(
        name=name,
        file=f"{title}_mAP={mean_average_precision:.3f}.pth",
        purpose=purpose,
        licence=LICENCE,
        megabytes=megabytes,
        title=title,
        doi=DOI,
        size=size,
        md5=md5,
        learnt=learnt,
        mean_average_precision=mean_average_precision,
        paper="PANNs",
    )
