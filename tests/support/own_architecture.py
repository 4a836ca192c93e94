"""A network as a module outside of the project would add it: everything unlike PANNs."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import torch

from epanns.networks import registry
from epanns.networks.network import Network

NAME = "two_tones"
NAMES = ("High tone", "Low tone", "Noise at all pitches")
RATE = 16_000
MODULE = '''"""A tiny network at 16 kHz that tells high tones from low ones."""

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from epanns.frontend.parameters import LogMelParameters
from epanns.networks.network import LogMelNetwork, TorchOutput
from epanns.networks.architecture import Architecture, UnfitError
from epanns.networks.registry import register
from epanns.vocabulary.vocabulary import Vocabulary

FRONT_END = LogMelParameters(16000, n_fft=512, hop=160, mels=40, f_min=60, f_max=7800)


class TwoTones(LogMelNetwork):
    def __init__(self, vocabulary: Vocabulary, width: int = 6, framewise: bool = False) -> None:
        super().__init__(FRAMEWISE if framewise else ENTRY, vocabulary)
        self.hidden = nn.Linear(FRONT_END.mels, width)
        self.head = nn.Linear(width, len(vocabulary))

    def decide(self, normalised: Tensor) -> TorchOutput:
        hidden = torch.relu(self.hidden(normalised))
        embedding = hidden.mean(1)
        each = torch.sigmoid(self.head(hidden)) if self.architecture.framewise else None
        return TorchOutput(self.head(embedding), embedding, each)


def dimensions(shapes):
    if "head.weight" not in shapes:
        raise UnfitError("the key head.weight", "none")
    return {"width": shapes["hidden.weight"][0]}


ENTRY = Architecture(
    name="two_tones",
    title="TwoTones",
    front_end=FRONT_END,
    least_samples=1600,
    create=TwoTones,
    dimensions=dimensions,
    recognises=lambda shapes: "hidden.weight" in shapes,
    classes_key="head.weight",
)
FRAMEWISE = replace(
    ENTRY,
    name="two_tones_framewise",
    outputs=ENTRY.outputs | {"framewise"},
    create=partial(TwoTones, framewise=True),
    recognises=lambda shapes: False,
    context_steps=2,  # half a window of the spectrogram
)
register(ENTRY, FRAMEWISE)
'''


@dataclass(frozen=True)
class OwnNetwork:
    """The module, its network in PyTorch and the weights file that it was saved to."""

    module: ModuleType
    network: Network
    weights: Path


@contextmanager
def own_network(folder: Path, module_text: str = MODULE) -> Iterator[OwnNetwork]:
    """Have the module imported and a checkpoint of its network; gone again in the end."""
    (folder / f"{NAME}.py").write_text(module_text)
    importlib.invalidate_caches()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setattr(registry, "_registered", dict(registry._registered))
        patch.setattr(registry, "_modules", list(registry._modules))
        patch.setattr(registry, "_sources", dict(registry._sources))
        patch.setitem(sys.modules, NAME, ModuleType(NAME))  # so that what was there comes back
        del sys.modules[NAME]
        module = importlib.import_module(NAME)
        network = _taught(module)
        path = folder / f"{NAME}.pth"
        torch.save({"model": network.state_dict(), "classes": list(NAMES)}, path)
        yield OwnNetwork(module, network, path)


def _taught(module: ModuleType) -> Network:
    """A network that hears in which half of the bands there is more sound; set by hand."""
    from epanns.vocabulary.vocabulary import Vocabulary

    network: Network = module.TwoTones(Vocabulary(NAMES)).eval()
    state = network.state_dict()
    mels = module.FRONT_END.mels
    upper = torch.arange(mels) >= mels // 2
    for unit, sign in enumerate((1.0, -1.0)):
        state["hidden.weight"][unit] = sign * torch.where(upper, 1.0, -1.0) / mels
    state["hidden.weight"][2:] *= 0.01
    state["hidden.bias"].zero_()
    state["head.weight"].zero_()
    state["head.weight"][0, :2] = torch.tensor([1.0, -1.0])
    state["head.weight"][1, :2] = torch.tensor([-1.0, 1.0])
    state["head.bias"][:] = torch.tensor([0.0, 0.0, -3.0])
    return network
