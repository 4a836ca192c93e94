"""What is measured with: a network as large as E-PANNs and real sound.

E-PANNs' weights are not needed: how long a network takes depends on its shapes alone. A stand-in
with reproducible values takes their place. It comes from the reference data beside the project
(../shared) where they are there, with the outputs of the published definition for these values,
else from tests/support/golden.
"""

import csv
import importlib.util
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from epanns.conversion.opening import open_converted
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks import registry
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.cnn14 import CNN14
from epanns.networks.cnn14_layers import EPANNS_WIDTHS
from epanns.networks.cnn14_network import Cnn14
from epanns.paths import MODELS, ROOT, SAMPLE
from epanns.runtimes.onnx_runtime import OnnxRuntime
from tests.support.golden import standin

STARTER = MODELS / "starter.pth"
SHARED = ROOT.parent / "shared"
REFERENCE = SHARED / "reference"
AUDIO = SHARED / "audio"
SPEECH = 2 * SAMPLE_RATE  # samples; where the bundled sample has speech
EMBEDDING = 2048
STANDIN = "epanns-standin.pth"
SEGMENTS = 200

Floats = NDArray[np.float32]


class Golden(NamedTuple):
    """A waveform, float32 (samples,), and the logits, float32 (527,), of the stand-in for it."""

    waveform: Floats
    logits: Floats


class Material:
    """Made piece by piece when first asked for.

    Args:
        folder: where files may be kept; the caller removes it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def checkpoint(self) -> Path:
        """The stand-in's weights file, an E-PANNs by its shapes."""
        path = self.folder / STANDIN
        if not path.exists():
            torch.save(_standin(), path)
        return path

    @cached_property
    def small_checkpoint(self) -> Path:
        """A stand-in's weights file, an EfficientAT mn04 by its shapes."""
        path = self.folder / "mn04-standin.pt"
        torch.save(standin.filled(registry.get("efficientat").create()).state_dict(), path)
        return path

    @cached_property
    def network(self) -> Cnn14:
        """The stand-in as PyTorch runs it."""
        network = load_checkpoint(self.checkpoint)
        assert isinstance(network, Cnn14)
        return network

    @cached_property
    def runtime(self) -> OnnxRuntime:
        """The stand-in as the live path runs it."""
        return open_converted(self.checkpoint)

    @cached_property
    def golden(self) -> list[Golden]:
        """Outputs that are known from elsewhere."""
        if REFERENCE.is_dir():
            with np.load(REFERENCE / "epanns_golden.npz") as known:
                return [
                    Golden(known[f"waveform_{length}"], known[f"epanns50_logits_{length}"])
                    for length in ("1s", "2s", "5s")
                ]
        with np.load(standin.FIGURES) as known:
            return [
                Golden(waveform, known[f"epanns/{sound}/logits"])
                for sound, waveform in standin.waveforms().items()
            ]

    @cached_property
    def segments(self) -> Floats:
        """200 real seconds, float32 (200, 32000): recordings beside the project, or the sample."""
        if AUDIO.is_dir():
            return np.stack([_middle(path) for path in _recordings()])
        starts = np.linspace(0, len(self.sample) - SAMPLE_RATE, SEGMENTS).astype(int)
        return np.stack([self.sample[start : start + SAMPLE_RATE] for start in starts])

    @cached_property
    def sample(self) -> Floats:
        """The bundled sample, float32 (samples,) at 32 kHz, which begins with speech."""
        waveform: Floats = soundfile.read(SAMPLE, dtype="float32")[0]
        return waveform

    @cached_property
    def second(self) -> Floats:
        """A batch of one second of speech, float32 (1, 32000), which most timings use."""
        return self.sample[None, SPEECH : SPEECH + SAMPLE_RATE].copy()

    @property
    def golden_origin(self) -> str:
        """Where the golden outputs are from, in a sentence."""
        whose = "the published definition's" if REFERENCE.is_dir() else "the project's own"
        return f"The golden outputs are {whose}."

    @property
    def segments_origin(self) -> str:
        """Where the real segments are from, in a sentence."""
        what = "recordings of ../shared's test split" if AUDIO.is_dir() else "the bundled sample"
        return f"Compared on {SEGMENTS} real seconds, of {what}."


def _standin() -> dict[str, torch.Tensor]:
    """The state dict of the stand-in."""
    if not REFERENCE.is_dir():
        return standin.build(EPANNS_WIDTHS, EMBEDDING).state_dict()
    network = Cnn14(CNN14, EPANNS_WIDTHS, EMBEDDING)
    filled = _reference_weights().fill(network.state_dict())
    return {name: torch.as_tensor(value) for name, value in filled.items()}


def _reference_weights() -> ModuleType:
    """The reference data's golden_weights.py."""
    spec = importlib.util.spec_from_file_location("reference", REFERENCE / "golden_weights.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _recordings() -> list[Path]:
    """200 recordings of the test split, evenly taken from all of them."""
    with (AUDIO / "manifest.csv").open(newline="") as file:
        names = [
            row["path"]
            for row in csv.DictReader(file)
            if row["split"] == "test" and float(row["duration_s"]) >= 1
        ]
    chosen = np.linspace(0, len(names) - 1, SEGMENTS).astype(int)
    return [AUDIO / names[index] for index in chosen]


def _middle(path: Path) -> Floats:
    """The second in the middle of a recording, float32 (32000,) at 32 kHz."""
    waveform: Floats = soundfile.read(path, dtype="float32")[0]
    waveform = np.pad(waveform, (0, max(SAMPLE_RATE - len(waveform), 0)))
    start = (len(waveform) - SAMPLE_RATE) // 2
    return waveform[start : start + SAMPLE_RATE]
