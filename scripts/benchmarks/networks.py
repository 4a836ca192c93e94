"""Every architecture: eager PyTorch against the live path, both on one second of sound."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

from benchmarks.ceiling import open_kernel
from benchmarks.material import Floats, Material
from benchmarks.rounds import Row, Section, digits, interleave, ratios
from epanns.conversion import graphs
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks import registry
from epanns.networks.network import Network
from epanns.runtimes.huge_pages import ask_for_huge_pages
from epanns.runtimes.onnx_runtime import ARCHITECTURE, OnnxRuntime
from epanns.runtimes.work import multiply_accumulates
from tests.support.golden import standin

NAMES = tuple(registry.architectures())
HOP = SAMPLE_RATE // 10
# The least ratios wanted: eager PyTorch to the live path, 1 for those not named, and E-PANNs to
# others, both on the live path.
TO_EAGER = {"resnet38": 2.0, "wavegram_logmel_cnn14": 2.0}
TO_EPANNS = {"efficientat": 25.0, "mobilenet_v1": 8.0}
COLUMNS = "| network | G MAC | eager | live | of the limit | memory |\n|---|---|---|---|---|---|"
# What the live process needs for a network: the growth of its memory by opening and scoring.
MEMORY = """
import sys
from pathlib import Path
import numpy as np
from epanns.runtimes.onnx_runtime import OnnxRuntime

def megabytes():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024

before = megabytes()
runtime = OnnxRuntime(Path(sys.argv[1]))
for _ in range(5):
    runtime.run(np.zeros((1, runtime.architecture.sample_rate), np.float32))
print(megabytes() - before)
"""


class Stream:
    """Scores a second of a stream at each call, a tenth of a second after the one before.

    Args:
        runtime: what scores.
        sample: float32 (samples,) at 32 kHz, which begins anew at its end.
    """

    def __init__(self, runtime: OnnxRuntime, sample: Floats) -> None:
        step = SAMPLE_RATE // runtime.architecture.sample_rate
        self._runtime = runtime
        self._sound = np.ascontiguousarray(sample[::step])
        self._hop, self._length = HOP // step, SAMPLE_RATE // step
        self._start = 0

    def __call__(self) -> None:
        """The next update."""
        self._start += self._hop
        if self._start + self._length > len(self._sound):
            self._start = 0
        segment = self._sound[None, self._start : self._start + self._length]
        self._runtime.run(segment, self._start)


def measure(material: Material, rounds: int) -> Section:
    """Updates of every architecture at its published size, on one thread."""
    kernel = open_kernel(material.folder)
    rows, lines = [], [COLUMNS]
    torch.set_num_threads(1)
    for name in NAMES:
        network = standin.filled(registry.get(name).create())
        path = material.folder / f"{name}.onnx"
        path.write_bytes(graphs.build(network, notes={ARCHITECTURE: name}).SerializeToString())
        contenders = _contenders(material, network, path) | {"ceiling": kernel.call}
        seconds = interleave(contenders, rounds)
        eager, ours = seconds["eager"], seconds["ours"]
        rows += [
            Row(f"{name}: eager / live", "x", ratios(eager, ours), TO_EAGER.get(name, 1.0)),
            Row(
                "  E-PANNs / it, both live", "x", ratios(seconds["epanns"], ours),
                TO_EPANNS.get(name),
            ),
        ]  # fmt: skip
        billions = multiply_accumulates(network) / 1e9
        limit = [kernel.operations / each for each in seconds["ceiling"]]
        speed = [2e9 * billions / each for each in ours]
        cells = [
            name, f"{billions:.2g}", f"{digits(1e3 * median(eager))} ms",
            f"{digits(1e3 * median(ours))} ms", f"{100 * median(ratios(speed, limit)):.0f} %",
            f"{_megabytes(path):.0f} MB",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
        path.unlink()
    notes = [
        "The live path scores a second of a stream ten times a second: spectra of new frames, the"
        " graph on one thread, its memory in large pages as in the program. Eager PyTorch has"
        " torchlibrosa's front end where the network does, one thread, and pages as it gets them."
        " The limit is the processor's rate of fp32 operations, of which each network as defined"
        " would need the share shown.",
        "\n".join(lines),
    ]
    return Section("Architectures, stand-in weights, 1 s", rows, notes)


def _contenders(
    material: Material, network: Network, path: Path
) -> dict[str, Callable[[], object]]:
    """What takes its turns: the network on the live path, eagerly, and E-PANNs on the live path."""
    ours = Stream(OnnxRuntime(path), material.sample)
    epanns = Stream(material.runtime, material.sample)
    ask_for_huge_pages()
    # Copied, so that the eager network is not where the pages have just been made large.
    state = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(state, assign=True)
    step = SAMPLE_RATE // network.architecture.sample_rate
    waveform = torch.from_numpy(material.second[:, ::step].copy())

    def eager() -> None:
        with torch.inference_mode():
            torch.sigmoid(network(waveform).logits)

    return {"ours": ours, "eager": eager, "epanns": epanns}


def _megabytes(path: Path) -> float:
    """Memory of a process that runs the network of a converted file, besides what it had before."""
    command = [sys.executable, "-c", MEMORY, str(path)]
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return float(made)
