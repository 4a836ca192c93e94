"""A narrow network of three classes, as a user trains one, and its names in the weights file."""

from collections.abc import Sequence
from pathlib import Path

import torch

from tests.support.golden.standin import build

NAMES = ("Blackbird", "Robin", "Wren, Eurasian")


def write_own_network(
    path: Path, framewise: bool = False, names: Sequence[str] | None = NAMES
) -> Path:
    """Write a checkpoint of a narrow Cnn14 with the names of its classes under `classes`."""
    state = build(framewise=framewise).state_dict()
    for name in ("fc_audioset.weight", "fc_audioset.bias"):
        state[name] = state[name][: len(NAMES)].clone()
    torch.save({"model": state} | ({"classes": list(names)} if names else {}), path)
    return path
