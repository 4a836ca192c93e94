"""How much work a network is: its multiply-accumulates."""

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from epanns.networks.network import Network
from epanns.runtimes.onnx_runtime import graph_inputs


def multiply_accumulates(network: Network) -> int:
    """Multiply-accumulates of a network for a second of sound, without its Fourier transform.

    Counted by PyTorch: convolutions and products of matrices, as the network is defined.

    Args:
        network: on the CPU, in evaluation mode.
    """
    architecture = network.architecture
    waveform = np.zeros((1, architecture.sample_rate), np.float32)
    waveform = np.pad(waveform, ((0, 0), (0, architecture.missing(waveform.shape[1]))))
    made = graph_inputs(waveform, architecture)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network.from_inputs({name: torch.from_numpy(value) for name, value in made.items()})
    return int(counter.get_total_flops()) // 2
