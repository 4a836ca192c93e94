"""Networks and waveforms that anyone can rebuild without a file, for outputs worth keeping.

scripts/make_golden scores these waveforms with these networks and keeps figures.npz.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks import registry
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.networks.cnn14_layers import EPANNS_WIDTHS
from epanns.networks.cnn14_network import Cnn14
from epanns.networks.network import Network

FIGURES = Path(__file__).with_name("figures.npz")
NARROW_WIDTHS = (4, 6, 8, 8, 10, 12, 12, 16, 16, 20, 24, 24)
NARROW_EMBEDDING = 32
RESIDUAL_END = re.compile(r"layer\d\.\d+\.bn[23]\.")  # small, so that sums do not grow
# Built by narrow(), as their entries are called.
ARCHITECTURES = (
    "cnn6", "cnn10", "resnet22", "resnet38", "resnet54", "mobilenet_v1", "mobilenet_v2",
    "wavegram_cnn14", "wavegram_logmel_cnn14", "efficientat",
    "yamnet", "resnest50", "resnest50_fast",
)  # fmt: skip
# name: (widths, embedding, framewise)
NETWORKS: dict[str, tuple[Sequence[int], int, bool]] = {
    "narrow": (NARROW_WIDTHS, NARROW_EMBEDDING, False),
    "narrow_framewise": (NARROW_WIDTHS, NARROW_EMBEDDING, True),
    "epanns": (EPANNS_WIDTHS, 2048, False),
}


def build(
    widths: Sequence[int] = NARROW_WIDTHS,
    embedding: int = NARROW_EMBEDDING,
    framewise: bool = False,
) -> Cnn14:
    """A network in evaluation mode whose learnt values follow from their names and shapes."""
    architecture = CNN14_DECISION_LEVEL_MAX if framewise else CNN14
    network = Cnn14(architecture, widths, embedding)
    filled(network)
    return network


class _Narrow(dict[str, int]):
    """A sixteenth of the published outputs of each layer; see PannsNetwork."""

    def get(self, layer: str, published: int) -> int:  # type: ignore[override]
        fixed = {"pre_block3.conv2": 64}  # the image that the waveform becomes has 32 bands
        return fixed.get(layer, max(published // 16, 4))


def narrow(name: str, deep: bool = False, **options: Any) -> Network:
    """A network of an architecture with a sixteenth of its channels, filled as build() does.

    Args:
        name: of the architecture.
        deep: whether it ends in three linear layers, for one that can.
        options: others of its `create`.
    """
    sizes = _Narrow({"fc.0": 24} if deep else {"all": 1})
    return filled(registry.get(name).create(sizes=sizes, **options))


def filled(network: Network) -> Network:
    """A network in evaluation mode whose learnt values follow from their names and shapes."""
    state = network.state_dict()
    with torch.no_grad():
        for name, value in state.items():
            if not name.startswith(("spectrogram", "logmel")) and value.ndim:
                layer, _, kind = name.rpartition(".")
                normalises = f"{layer}.running_mean" in state and kind == "weight"
                found = _values(name, tuple(value.shape), normalises)
                if normalises and RESIDUAL_END.search(name):
                    found *= np.float32(0.2)
                value.copy_(torch.from_numpy(found))
    return network.eval()


def hard_to_quantise() -> Cnn14:
    """The narrow network with one channel a thousand times louder than those beside it.

    The next layer makes up for it, so the scores stay; but 8 bits cannot hold both.
    """
    network = build()
    state = network.state_dict()
    state["conv_block2.bn2.weight"][0] *= 1000
    state["conv_block2.bn2.bias"][0] *= 1000
    state["conv_block3.conv1.weight"][:, 0] /= 1000
    return network


def _values(name: str, shape: tuple[int, ...], normalises: bool) -> NDArray[np.float32]:
    """Uniform values in a range that keeps every layer's output of the order of one."""
    low, high = -0.2, 0.2
    if name == "bn0.running_mean":  # log-mel values lie about there, in dB
        low, high = -60.0, -40.0
    elif name == "bn0.running_var":
        low, high = 300.0, 500.0
    elif name.endswith("running_var") or normalises:
        low, high = 0.8, 1.3
    elif len(shape) > 1:
        gain = 6.0 if len(shape) > 2 else 2.0
        high = (gain / np.prod(shape[1:])) ** 0.5
        low = -high
    seed = hashlib.sha256(name.encode()).digest()[:8]
    uniform = np.random.Generator(np.random.Philox(int.from_bytes(seed))).random(shape)
    return (low + (high - low) * uniform).astype(np.float32)


def waveforms() -> dict[str, NDArray[np.float32]]:
    """A second of three tones over noise, 2.3 s of a rising sweep with clicks, and a short blip."""
    rng = np.random.Generator(np.random.Philox(7))
    t = np.arange(int(2.3 * SAMPLE_RATE)) / SAMPLE_RATE
    tones = sum(np.sin(2 * np.pi * f * t[:SAMPLE_RATE]) for f in (220.0, 1330.0, 6100.0))
    sweep = 0.4 * np.sin(2 * np.pi * (100.0 * t + 1500.0 * t**2))
    sweep[:: SAMPLE_RATE // 4] += 0.5
    return {
        "tones": (0.1 * tones + 0.02 * (rng.random(SAMPLE_RATE) - 0.5)).astype(np.float32),
        "sweep": sweep.astype(np.float32),
        "blip": (0.3 * np.sin(2 * np.pi * 900.0 * t[:3001])).astype(np.float32),
    }
