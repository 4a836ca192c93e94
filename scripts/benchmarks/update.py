"""One update: from a waveform to its scores, against PyTorch, against what the processor can do."""

from collections.abc import Callable

import numpy as np
import torch

from benchmarks import work
from benchmarks.ceiling import open_kernel
from benchmarks.machine import cores
from benchmarks.material import Floats, Material
from benchmarks.rounds import Row, Section, interleave, ratios, scaled
from epanns.conversion import graphs
from epanns.conversion.opening import open_converted
from epanns.frontend.numpy_frontend import power_spectrum
from epanns.frontend.parameters import PANNS, SAMPLE_RATE
from epanns.networks.cnn14_network import Cnn14
from epanns.vocabulary.audioset import AUDIOSET

MS = 1e3


class DemoLoop:
    """What a live demo of PANNs usually does in each turn of its loop, written for this comparison.

    The newest tenth of a second is pushed into a buffer of two seconds, and as soon as the last
    turn is over the whole buffer is scored by the eager PyTorch network and the ten best classes
    are taken.
    """

    def __init__(self, network: Cnn14, sound: Floats) -> None:
        self._network = network
        self._chunks = sound[: len(sound) // 3200 * 3200].reshape(-1, 3200)
        self._buffer = np.zeros(2 * SAMPLE_RATE, np.float32)
        self._turn = 0

    def __call__(self) -> list[tuple[str, float]]:
        """One turn: the ten best classes and their scores."""
        chunk = self._chunks[self._turn % len(self._chunks)]
        self._turn += 1
        self._buffer = np.concatenate([self._buffer[len(chunk) :], chunk])
        with torch.no_grad():
            logits = self._network(torch.from_numpy(self._buffer[None])).logits
            scores = torch.sigmoid(logits)[0].numpy()
        best = np.argsort(scores)[::-1][:10]
        return [(AUDIOSET.names[index], float(scores[index])) for index in best]


def measure(material: Material, rounds: int) -> Section:
    """Updates on a second of sound, on one thread unless it says two."""
    seconds, kernel_operations, made_of = _times(material, rounds)
    eager, loop, ours = seconds["eager"], seconds["demo loop"], seconds["ours"]
    network = material.network
    frames = PANNS.frame_count(SAMPLE_RATE)
    nominal = work.multiply_accumulates(network.widths, network.fc1.out_features, frames)
    performed = work.performed(graphs.build(network), frames)
    ceiling = [kernel_operations / each for each in seconds["ceiling"]]
    speed = [2 * nominal / each for each in seconds["network"]]
    share = scaled(ratios(speed, ceiling), 100)
    rows = [
        Row("one update", "ms", scaled(ours, MS)),
        Row("  on 2 threads", "ms", scaled(seconds["2 threads"], MS)),
        Row("eager PyTorch, same second", "ms", scaled(eager, MS)),
        Row("demo loop, 2 s buffer", "ms", scaled(loop, MS)),
        Row("eager PyTorch / update", "x", ratios(eager, ours), at_least=2.5),
        Row("demo loop / update", "x", ratios(loop, ours), at_least=3.4),
        Row("1 thread / 2 threads", "x", ratios(ours, seconds["2 threads"]), at_least=1.6),
        Row("share of the fp32 ceiling, nominal work", "%", share, at_least=70),
        Row("  counting only products really done", "%", scaled(share, performed / nominal)),
        Row("spectrum by numpy", "ms", scaled(seconds["numpy"], MS)),
        Row("torchlibrosa / numpy", "x", ratios(seconds["torchlibrosa"], seconds["numpy"])),
    ]
    notes = [
        "An update is spectrum, network and scores of one segment. Eager PyTorch and the demo loop"
        " have torchlibrosa's front end and one thread, and no other thread pool disturbs them.",
        f"Nominal work: {nominal / 1e9:.2f} G multiply-accumulates a second of sound, as the"
        f" network is defined. The graph uses fast (Winograd) convolutions and does"
        f" {performed / 1e9:.2f} G, so the nominal share may exceed 100 %. The ceiling was measured"
        f" in the same rounds by {made_of}.",
    ]
    if cores() < 2:
        notes.append("There is one core only: 2 threads cannot be faster.")
    data = {"seconds": seconds, "nominal_macs": nominal, "performed_macs": performed}
    return Section("One update, 1 s segment, fp32, 1 thread", rows, notes, data)


def _times(material: Material, rounds: int) -> tuple[dict[str, list[float]], float, str]:
    """Seconds of each contender in each round; operations of the ceiling's kernel, and its kind."""
    network, runtime = material.network, material.runtime
    waveform = material.second
    spectrum = {"spectrum": power_spectrum(waveform)}
    tensor = torch.from_numpy(waveform)
    two = open_converted(material.checkpoint, threads=2)
    kernel = open_kernel(material.folder)
    torch.set_num_threads(1)
    with torch.inference_mode():
        contenders: dict[str, Callable[[], object]] = {
            "ours": lambda: runtime.run(waveform),
            "2 threads": lambda: two.run(waveform),
            "network": lambda: runtime.session.run(None, spectrum),
            "eager": lambda: torch.sigmoid(network(tensor).logits),
            "demo loop": DemoLoop(network, material.sample),
            "numpy": lambda: power_spectrum(waveform),
            "torchlibrosa": lambda: network.spectrogram_extractor(tensor),
            "ceiling": kernel.call,
        }
        seconds = interleave(contenders, rounds)
    return seconds, kernel.operations, kernel.made_of
