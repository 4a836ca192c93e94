"""Convert a checkpoint, check the result against PyTorch, keep it."""

from pathlib import Path

import numpy as np
import torch

from epanns.conversion import cache
from epanns.conversion.cnn14_graph import build
from epanns.conversion.probe_sounds import Segments, computed_segments, sample_segments
from epanns.errors import ConversionError
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.cnn14_network import Cnn14, summarise, title
from epanns.runtimes.onnx_runtime import OnnxRuntime

TOLERANCE = 2e-4  # between two scores of one waveform


def convert(checkpoint: Path, framewise: bool = False) -> Path | bytes:
    """Convert a checkpoint for the live path.

    Args:
        checkpoint: the PyTorch weights.
        framewise: whether they are for the framewise head.

    Returns:
        The converted file, or what would be in it where the folder cannot be written to.

    Raises:
        WeightsError: the weights cannot be read.
        ConversionError: the result is not what PyTorch computes.
    """
    network = load_checkpoint(checkpoint, framewise)
    notes = {"title": title(network), "summary": summarise(network)}
    for plain in (False, True):  # should minimal filtering be too coarse for some weights
        model = build(network, plain, notes).SerializeToString()
        deviation = deviates(network, OnnxRuntime(model))
        if deviation <= TOLERANCE:
            break
    else:
        raise ConversionError(
            f"The converted network of {checkpoint} scores {deviation:.1g} beside PyTorch's (up to"
            f" {TOLERANCE:g} is allowed), so it is not used; try --runtime torch."
        )
    try:
        return cache.keep(checkpoint, "fp32", model, framewise)
    except OSError:
        return model


def deviates(network: Cnn14, runtime: OnnxRuntime) -> float:
    """The largest difference of a score from PyTorch's, on real and computed waveforms."""
    largest = 0.0
    for batch in _batches():
        with torch.inference_mode():
            expected = torch.sigmoid(network(torch.from_numpy(batch)).logits).numpy()
        # A score that is no number must not pass for a small difference.
        difference = np.nan_to_num(np.abs(runtime.run(batch).scores - expected), nan=np.inf)
        largest = max(largest, float(difference.max()))
    return largest


def _batches() -> list[Segments]:
    """Cuts of the bundled sample and computed sounds of several lengths."""
    real, computed = sample_segments(hop=8.0), computed_segments()[::4]
    longer = np.concatenate([real, real[::-1]], axis=1)
    short = real[:, : round(0.4 * SAMPLE_RATE)]
    return [real, computed, longer, short]
