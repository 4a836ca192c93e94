"""A narrow network of three classes, as a user trains one, and its names in the weights file."""

from collections.abc import Sequence
from pathlib import Path

import torch

from epanns.conversion.convert import convert
from epanns.storage.checksums import sha256_of
from tests.support.golden.standin import build

NAMES = ("Blackbird", "Robin", "Wren, Eurasian")
_copies: dict[str, tuple[str, bytes]] = {}  # converted ones by the checksums of their checkpoints


def write_own_network(
    path: Path,
    framewise: bool = False,
    names: Sequence[str] | None = NAMES,
    converted: bool = False,
) -> Path:
    """Write a checkpoint of a narrow Cnn14 with the names of its classes under `classes`.

    Args:
        path: of the checkpoint.
        framewise: whether it is meant for the framewise head.
        names: of the classes; None to leave them out.
        converted: whether its converted copy is beside it, as after its first use.
    """
    state = build(framewise=framewise).state_dict()
    for name in ("fc_audioset.weight", "fc_audioset.bias"):
        state[name] = state[name][: len(NAMES)].clone()
    torch.save({"model": state} | ({"classes": list(names)} if names else {}), path)
    if converted:
        keep_converted(path)
    return path


def keep_converted(checkpoint: Path) -> None:
    """Put the converted copy of a checkpoint beside it; it is made once a process."""
    checksum = sha256_of(checkpoint)
    if checksum not in _copies:
        copy = convert(checkpoint)
        assert isinstance(copy, Path)
        _copies[checksum] = copy.name.removeprefix(checkpoint.name), copy.read_bytes()
    ending, content = _copies[checksum]
    checkpoint.with_name(f"{checkpoint.name}{ending}").write_bytes(content)
