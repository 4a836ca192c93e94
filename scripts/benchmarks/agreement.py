"""How well the converted network agrees with the PyTorch network, and with itself."""

from collections.abc import Iterator

import numpy as np
import onnx
import onnx.utils
import torch
from onnx.shape_inference import infer_shapes

from benchmarks.material import STARTER, Floats, Material
from benchmarks.rounds import Row, Section
from epanns.conversion import graphs
from epanns.conversion.opening import open_converted
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.network import LogMelNetwork, Network
from epanns.runtimes.onnx_runtime import OnnxRuntime

BATCH = 8  # of segments that PyTorch scores at a time
BATCHES = (1, 3, 8)
THREADS = (1, 2)


def measure(material: Material, rounds: int) -> Section:
    """The largest differences of a score; one round of them, since nothing in them is random."""
    network, segments = material.network, material.segments
    golden = max(
        _largest(material.runtime.run(known.waveform[None]).scores, _sigmoid(known.logits))
        for known in material.golden
    )
    starter = load_checkpoint(STARTER)
    converted = OnnxRuntime(graphs.build(starter).SerializeToString())
    found = {
        "PyTorch, same log-mel": (_from_log_mel(network, segments), 1e-5),
        "PyTorch, same waveform": (_from_waveform(network, material.runtime, segments), 2e-4),
        "golden outputs, same waveform": (golden, 2e-4),
        "starter model: PyTorch, same log-mel": (_from_log_mel(starter, segments), 1e-5),
        "starter model: PyTorch, same waveform": (
            _from_waveform(starter, converted, segments),
            2e-4,
        ),
        "itself, batches of 1, 3, 8, threads 1, 2": (_with_itself(material), 1e-6),
    }
    rows = [Row(name, "", [value], at_most=goal) for name, (value, goal) in found.items()]
    title = "Agreement: largest difference of a score from that of"
    return Section(title, rows, [f"{material.segments_origin} {material.golden_origin}"])


def _from_log_mel(network: Network, segments: Floats) -> float:
    """Between the graph after the log-mel spectrogram and PyTorch, for the same spectrogram."""
    assert isinstance(network, LogMelNetwork)
    model = infer_shapes(graphs.build(network))
    behind = onnx.utils.Extractor(model).extract_model(["log_mel"], ["scores"])
    session = OnnxRuntime(behind.SerializeToString()).session
    differences = []
    for waveforms, expected in _pytorch(network, segments):
        log_mel = network.log_mel(waveforms).numpy()
        (scores,) = session.run(["scores"], {"log_mel": log_mel})
        differences.append(_largest(scores, expected))
    return max(differences)


def _from_waveform(network: Network, runtime: OnnxRuntime, segments: Floats) -> float:
    """Between the live path and PyTorch with torchlibrosa's front end."""
    return max(
        _largest(runtime.run(waveforms.numpy()).scores, expected)
        for waveforms, expected in _pytorch(network, segments)
    )


def _with_itself(material: Material) -> float:
    """Between the live path with other batch sizes and threads, and with one of each."""
    segments = material.segments[: 3 * BATCH]
    runtimes = [open_converted(material.checkpoint, threads=threads) for threads in THREADS]
    alone = [runtimes[0].run(segment[None]).scores for segment in segments]
    expected = np.concatenate(alone)
    differences = []
    for runtime in runtimes:
        for size in BATCHES:
            batches = np.split(segments, range(size, len(segments), size))
            scores = np.concatenate([runtime.run(batch).scores for batch in batches])
            differences.append(_largest(scores, expected))
    return max(differences)


def _pytorch(network: Network, segments: Floats) -> Iterator[tuple[torch.Tensor, Floats]]:
    """Batches of waveforms, float32 (batch, samples), and their scores (batch, classes)."""
    for start in range(0, len(segments), BATCH):
        waveforms = torch.from_numpy(segments[start : start + BATCH].copy())
        with torch.inference_mode():
            yield waveforms, torch.sigmoid(network(waveforms).logits).numpy()


def _largest(scores: Floats, expected: Floats) -> float:
    """The largest difference; infinite where a score is no number."""
    return float(np.nan_to_num(np.abs(scores - expected), nan=np.inf).max())


def _sigmoid(logits: Floats) -> Floats:
    """In float32, as the graph has it."""
    scores: Floats = torch.sigmoid(torch.from_numpy(logits)).numpy()
    return scores
