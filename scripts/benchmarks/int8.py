"""The quantised network: how much faster, and how far its scores are from those in float32."""

import numpy as np

from benchmarks.material import STARTER, Material
from benchmarks.rounds import Row, Section, interleave, ratios, scaled
from epanns.conversion import graphs
from epanns.conversion.probe_sounds import computed_segments, sample_segments
from epanns.conversion.quantise import LARGEST_DEVIATION, LEAST_AGREEMENT, compare, quantise
from epanns.networks.checkpoint import load_checkpoint
from epanns.runtimes.onnx_runtime import OnnxRuntime

APART = 8.0  # seconds between the few segments that are enough where only time matters
FASTER = 2.8


def measure(material: Material, rounds: int) -> Section:
    """Times of the stand-in, deviations of the starter model, which is trained."""
    plain = graphs.build(material.network, plain=True).SerializeToString()
    runtimes = {
        "int8": OnnxRuntime(quantise(material.network, sample_segments(APART), {})),
        "fp32": material.runtime,
        "plain": OnnxRuntime(plain),
    }
    waveform = material.second
    contenders = {name: lambda each=each: each.run(waveform) for name, each in runtimes.items()}
    seconds = interleave(contenders, rounds)

    starter = load_checkpoint(STARTER)
    calibration = np.concatenate([sample_segments(), computed_segments()])
    quantised = OnnxRuntime(quantise(starter, calibration, {}))
    full = OnnxRuntime(graphs.build(starter).SerializeToString())
    deviation = compare(quantised, full, material.segments)

    faster, like_for_like = (ratios(seconds[name], seconds["int8"]) for name in ("fp32", "plain"))
    rows = [
        Row("one update in int8", "ms", scaled(seconds["int8"], 1e3)),
        Row("fp32 / int8", "x", faster, at_least=FASTER),
        Row("fp32 with plain convolutions / int8", "x", like_for_like, at_least=FASTER),
        Row("starter: mean deviation", "", [deviation.mean], at_most=LARGEST_DEVIATION),
        Row("starter: largest deviation", "", [deviation.largest]),
        Row(
            "starter: same first class", "%",
            [100 * deviation.agreement], at_least=100 * LEAST_AGREEMENT,
        ),
    ]  # fmt: skip
    notes = [
        "The fp32 graph uses fast convolutions, which int8 cannot; with plain ones both do the same"
        " products.",
        "Deviations are those of scores from fp32's, of a trained network, since random weights say"
        f" nothing there. {material.segments_origin}",
    ]
    return Section("int8 against fp32, 1 s segment, 1 thread", rows, notes, {"seconds": seconds})
