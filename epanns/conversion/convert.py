"""Convert a checkpoint, check the result against PyTorch, keep it."""

import json
from pathlib import Path

import numpy as np
import torch

from epanns.conversion import cache
from epanns.conversion.graphs import build
from epanns.conversion.probe_sounds import Segments, probe_batches
from epanns.errors import ConversionError
from epanns.networks import registry
from epanns.networks.architecture import Architecture
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.network import Network
from epanns.runtimes.onnx_runtime import ARCHITECTURE, CLASSES, LEARNT, SOURCE, OnnxRuntime

TOLERANCE = 2e-4  # between two scores of one waveform


def convert(checkpoint: Path, architecture: Architecture | None = None) -> Path | bytes:
    """Convert a checkpoint for the live path.

    Args:
        checkpoint: the PyTorch weights.
        architecture: what they are for; see epanns.networks.checkpoint.load_checkpoint.

    Returns:
        The path of the converted file, or its content where the folder cannot be written to.

    Raises:
        WeightsError: the weights cannot be read.
        ConversionError: its scores differ from PyTorch's by more than TOLERANCE.
    """
    network = load_checkpoint(checkpoint, architecture)
    batches = probe_batches(network.architecture.sample_rate)
    for plain in (False, True):  # plain where minimal filtering is too coarse for the weights
        model = build(network, plain, notes_of(network, checkpoint)).SerializeToString()
        runtime = OnnxRuntime(model, architecture=network.architecture)
        deviation = deviates(network, runtime, batches)
        if deviation <= TOLERANCE:
            break
    else:
        raise ConversionError(
            f"The converted network of {checkpoint} scores {deviation:.1g} beside PyTorch's (up to"
            f" {TOLERANCE:g} is allowed), so it is not used; try --runtime torch."
        )
    try:
        return cache.keep(checkpoint, "fp32", model, network.architecture.copy_tag)
    except OSError:
        return model


def notes_of(network: Network, checkpoint: Path) -> dict[str, str]:
    """The metadata of a converted network; see epanns.runtimes.onnx_runtime.

    What the entries of architectures and published weights state is left out.
    """
    architecture, vocabulary = network.architecture, network.own_vocabulary
    notes = {"title": network.title, "summary": network.summary}
    if architecture.name != registry.DEFAULT and not architecture.copy_tag:
        notes[ARCHITECTURE] = architecture.name
    if source := registry.source_of(architecture):
        notes[SOURCE] = source
    published = registry.named_as(checkpoint)
    if published is None or published.learnt != network.learnt:
        notes[LEARNT] = str(network.learnt)
    if vocabulary != architecture.vocabulary:
        notes[CLASSES] = json.dumps(vocabulary.names)
    return notes


def deviates(network: Network, runtime: OnnxRuntime, batches: list[Segments]) -> float:
    """The largest difference of a score from PyTorch's.

    Args:
        network: in evaluation mode.
        runtime: the same network, converted.
        batches: real and computed waveforms, float32 (batch, samples) in [-1, 1] at the network's
            rate.
    """
    largest = 0.0
    for batch in batches:
        with torch.inference_mode():
            expected = torch.sigmoid(network(torch.from_numpy(batch)).logits).numpy()
        # A score that is NaN must not count as a small difference.
        difference = np.nan_to_num(np.abs(runtime.run(batch).scores - expected), nan=np.inf)
        largest = max(largest, float(difference.max()))
    return largest


def convert_file(checkpoint: str, architecture: str | None) -> None:
    """As convert(), for the name of an architecture.

    Called in another process, so that PyTorch is not imported in this one.
    """
    convert(Path(checkpoint), registry.get(architecture) if architecture else None)
