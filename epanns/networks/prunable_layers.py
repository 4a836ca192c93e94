"""Which layers of an architecture can be pruned."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PrunableLayers:
    """The convolutions whose filters can be cut.

    A convolution is one of them if its outputs go to layers that take them channel by channel
    (batch norms, depthwise convolutions, gates) and then to the inputs of others. Those that a sum
    adds to other outputs are not: the same channels of all of them would have to go. Where outputs
    are joined with others, only those that come first are. Architecture.dimensions must give their
    numbers of outputs one by one, by the names of the layers or in a list.

    Attributes:
        pattern: a regular expression for their names.
        default: those that are pruned where none are named, as `epanns prune --layers` takes them:
            the last ones, which hold most of the values.
    """

    pattern: str
    default: str

    def names(self, keys: Iterable[str]) -> tuple[str, ...]:
        """The names of those layers in the keys of a state dict, in its order."""
        layers = (key.removesuffix(".weight") for key in keys if key.endswith(".weight"))
        return tuple(layer for layer in layers if re.fullmatch(self.pattern, layer))
