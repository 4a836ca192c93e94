"""Published networks to compare ours with, for `python -m epanns evaluate --beside FOLDER`.

Development only: nothing else uses this file. FOLDER holds the weights, as ../shared/models does.
Each class here takes it and then scores float32 (batch, samples) at 32 kHz as
float32 (batch, 527) in AudioSet's class order.

- Mn04: EfficientAT mn04_as (Schmid, Koutini and Widmer, ICASSP 2023), AudioSet mAP 0.432; is run
  by teacher.py in FOLDER.
- YAMNet (Google), AudioSet mAP 0.306 over its 521 classes; runs on the package
  ai-edge-litert, which is not among the project's requirements: pip install ai-edge-litert
"""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import soxr
import torch
from numpy.typing import NDArray

from epanns.errors import EpannsError
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.audioset import AUDIOSET

Floats = NDArray[np.float32]

YAMNET_RATE = 16000
YAMNET_PATCH = 15600  # samples: 0.975 s


class MissingError(EpannsError):
    """Something that a network needs is not here."""


class Mn04:
    """EfficientAT mn04_as.

    Args:
        folder: holds teacher.py and mn04_as_mAP_432.pt.
    """

    parameters = 983_000  # as published

    def __init__(self, folder: Path) -> None:
        code, weights = _find(folder, "teacher.py", "mn04_as_mAP_432.pt")
        specification = importlib.util.spec_from_file_location("teacher", code)
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        self._network = module.Teacher(weights)

    def __call__(self, waveforms: Floats) -> Floats:
        """Score waveforms, float32 (batch, samples) at 32 kHz."""
        logits, _ = self._network(torch.from_numpy(np.ascontiguousarray(waveforms)))
        scores: Floats = torch.sigmoid(logits).numpy()
        return scores


class YAMNet:
    """YAMNet on LiteRT; a waveform's score is the mean over patches of 0.975 s that cover it.

    Args:
        folder: holds yamnet.tflite and yamnet_class_map.csv.
    """

    parameters = 3_700_000  # as published, rounded

    def __init__(self, folder: Path) -> None:
        weights, table = _find(folder, "yamnet.tflite", "yamnet_class_map.csv")
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            raise MissingError(
                "it runs on the package ai-edge-litert, which is not installed."
            ) from None
        self._interpreter = Interpreter(str(weights), num_threads=1)
        self._interpreter.allocate_tensors()
        with table.open(newline="", encoding="utf-8") as file:
            self._columns = [AUDIOSET.index(row["mid"]) for row in csv.DictReader(file)]

    def __call__(self, waveforms: Floats) -> Floats:
        """Score waveforms, float32 (batch, samples) at 32 kHz; NaN for the six classes it lacks."""
        scores = np.full((len(waveforms), len(AUDIOSET)), np.nan, np.float32)
        for row, waveform in zip(scores, waveforms, strict=True):
            patches = _patches(soxr.resample(waveform, SAMPLE_RATE, YAMNET_RATE))
            row[self._columns] = np.mean([self._score(patch) for patch in patches], axis=0)
        return scores

    def _score(self, patch: Floats) -> Floats:
        self._interpreter.set_tensor(self._interpreter.get_input_details()[0]["index"], patch)
        self._interpreter.invoke()
        scores: Floats = self._interpreter.get_tensor(
            self._interpreter.get_output_details()[0]["index"]
        )[0]
        return scores


def _patches(waveform: Floats) -> list[Floats]:
    """As many patches as fit, spread over the waveform; of 1 s, the one in its middle."""
    waveform = np.pad(waveform, (0, max(YAMNET_PATCH - len(waveform), 0)))
    room, count = len(waveform) - YAMNET_PATCH, len(waveform) // YAMNET_PATCH
    starts = np.linspace(0, room, count) if count > 1 else np.array([room / 2])
    return [waveform[start : start + YAMNET_PATCH] for start in starts.astype(int)]


def _find(folder: Path | None, *names: str) -> list[Path]:
    """The paths of files in the folder."""
    if folder is None:
        raise MissingError("the folder of its weights must be given by --beside.")
    for name in names:
        if not (folder / name).is_file():
            raise MissingError(f"{name} is not in {folder}.")
    return [folder / name for name in names]
