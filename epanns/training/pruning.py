"""Pruning: a smaller network, of those filters of another one that matter most.

Of each layer the filters of least importance are cut, with their entries in what follows: batch
norms, depthwise convolutions, gates, and the inputs of the next layers. E-PANNs was made in this
way, and then trained further (Singh, Liu and Plumbley 2023, arXiv 2305.18665).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import torch
from torch import Tensor

from epanns.errors import EpannsError
from epanns.networks import registry
from epanns.networks.architecture import Architecture, Shapes
from epanns.networks.network import Network
from epanns.training.filter_importance import Importance

RANGE = re.compile(r"(.*?)([0-9]{1,9})-([0-9]{1,9})")

Axes = dict[int, str]  # of a tensor: those that are the outputs of a layer, by its name


class PruningError(EpannsError):
    """A network cannot be pruned as asked."""


def prune(network: Network, share: float, layers: str | None, importance: Importance) -> Network:
    """A network without the least important filters of some of its layers.

    It computes what the network does where their outputs are zero, from the batch norms on.

    Args:
        network: stays as it is.
        share: of the filters of each layer that are cut, to the nearest whole number; one is left
            at least.
        layers: which; see `chosen_layers`.
        importance: scores filters by their weights; see filter_importance.

    Returns:
        In evaluation mode, of the same architecture and classes.

    Raises:
        PruningError: there are no such layers, or the share is none that cuts a filter.
    """
    if not 0 < share < 1:
        raise PruningError(f"A share of filters to cut lies between 0 and 1; {share:g} does not.")
    state = network.state_dict()
    kept = {
        layer: _kept(state[f"{layer}.weight"], share, importance)
        for layer in chosen_layers(network.architecture, state, layers)
    }
    if all(len(filters) == len(state[f"{layer}.weight"]) for layer, filters in kept.items()):
        raise PruningError(f"A share of {share:g} cuts no filter of {_listed(kept)}; raise it.")
    axes = _axes(network, state, kept)
    cut = {key: _cut(value, axes[key], kept, state) for key, value in state.items()}
    pruned = _built(network, {key: tuple(value.shape) for key, value in cut.items()})
    pruned.stored = network.stored
    pruned.load_state_dict(cut)
    return pruned.eval()


def chosen_layers(
    architecture: Architecture, keys: Collection[str], text: str | None
) -> tuple[str, ...]:
    """The names of the layers that are meant, in the order of the network.

    Args:
        architecture: of the network.
        keys: of its state dict, in its order.
        text: names with commas between them; the beginning of a name, up to a dot, stands for all
            that begin with it, and it may end in a range of numbers, such as conv_block4-6. None
            for the default of the architecture.

    Raises:
        PruningError: there are none, or not all of these; the sentence lists those that there are.
    """
    prunable = architecture.prunable
    if prunable is None:
        others = [each.title for each in registry.architectures().values() if each.prunable]
        raise PruningError(
            f"{architecture.title} cannot be pruned, as no layer of it is known whose filters can"
            f" be cut alone; these can be pruned: {_listed(dict.fromkeys(others))}."
        )
    names = prunable.names(keys)
    found: set[str] = set()
    for item in (prunable.default if text is None else text).split(","):
        for name in _names_in(item.strip()):
            those = [each for each in names if each == name or each.startswith(f"{name}.")]
            if not those:
                raise PruningError(
                    f"{architecture.title} has no layer {name!r} that can be pruned; there are"
                    f" {_listed(names)}."
                )
            found.update(those)
    return tuple(name for name in names if name in found)


def _names_in(item: str) -> Iterator[str]:
    """The names in a range such as conv_block4-6; the item itself if it is none."""
    match = RANGE.fullmatch(item)
    if match is None:
        yield item
        return
    stem, first, last = match[1], int(match[2]), int(match[3])
    if first > last:
        raise PruningError(f"In the layers {item} the lower number comes first: {last}-{first}.")
    yield from (f"{stem}{number}" for number in range(first, last + 1))


def _listed(names: Collection[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _kept(weight: Tensor, share: float, importance: Importance) -> Tensor:
    """The places of the filters that are kept, in their order; of equal ones the first."""
    scores = torch.from_numpy(importance(weight.cpu().numpy()))
    count_kept = max(1, len(scores) - round(share * len(scores)))
    return scores.sort(descending=True, stable=True).indices[:count_kept].sort().values


def _axes(
    network: Network, state: Mapping[str, Tensor], layers: Collection[str]
) -> dict[str, Axes]:
    """Which axes of the tensors of a network are the outputs of layers.

    The network is built again, in which each of the layers has more outputs, and each another
    number of them: an axis that is longer by as many follows that layer.
    """
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    larger = _built(network, shapes, layers).state_dict()
    longer = {
        key: [after - before for after, before in zip(larger[key].shape, shape, strict=True)]
        for key, shape in shapes.items()
    }
    followed = {longer[f"{layer}.weight"][0]: layer for layer in layers}
    return {
        key: {axis: followed[more] for axis, more in enumerate(found) if more in followed}
        for key, found in longer.items()
    }


def _built(network: Network, shapes: Shapes, more: Collection[str] = ()) -> Network:
    """A network like another one, with other shapes and more outputs of some layers."""
    architecture = network.architecture
    dimensions = architecture.dimensions(shapes)
    if more:
        dimensions = _raised(dimensions, more, count(1))
    return architecture.create(vocabulary=network.vocabulary, **dimensions)


def _raised(sizes: Any, layers: Collection[str], amounts: Iterator[int]) -> Any:
    """The sizes of layers, each raised by another amount; of those with a name, only of `layers`.

    Args:
        sizes: what Architecture.dimensions gives, and its parts: numbers by the names of layers, or
            in the order of the layers.
        layers: those that shall be larger.
        amounts: different ones.
    """
    if isinstance(sizes, Mapping):
        return {
            name: size + next(amounts) if name in layers else _raised(size, layers, amounts)
            for name, size in sizes.items()
        }
    if isinstance(sizes, Sequence):
        return [size + next(amounts) for size in sizes]
    return sizes


def _cut(
    value: Tensor, axes: Axes, kept: Mapping[str, Tensor], state: Mapping[str, Tensor]
) -> Tensor:
    """A tensor without the places of filters that are cut.

    Where an axis is longer than a layer has outputs, those of others come after its own.
    """
    for axis, layer in axes.items():
        others = torch.arange(len(state[f"{layer}.weight"]), value.shape[axis])
        value = value.index_select(axis, torch.cat((kept[layer], others)))
    return value
