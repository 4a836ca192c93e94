"""How fast the processor can multiply and add float32 numbers at best: the ceiling of any network.

Measured by a small kernel in C (fma.c) where a compiler is there, else by ONNX Runtime on a large
convolution, which comes near.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import cores
from benchmarks.material import Material
from benchmarks.rounds import Row, Section, interleave

OPERATIONS = 2e9  # about, in one call: some 20 ms
CHANNELS, SIDE = 256, 42  # of the large convolution: as many operations


@dataclass(frozen=True)
class Kernel:
    """Something that keeps one core multiplying and adding.

    Attributes:
        made_of: what it is, in words.
        operations: float32 operations of one call.
        call: runs it once on the calling thread, other Python threads meanwhile free to run.
    """

    made_of: str
    operations: float
    call: Callable[[], object]


def measure(material: Material, rounds: int) -> Section:
    """The ceiling of one core and of all of them together."""
    kernel = open_kernel(material.folder)
    count = cores()
    with ThreadPoolExecutor(count) as pool:

        def together() -> None:
            for running in [pool.submit(kernel.call) for _ in range(count)]:
                running.result()

        seconds = interleave({"one": kernel.call, "all": together}, rounds)
    single = [kernel.operations / each / 1e9 for each in seconds["one"]]
    joint = [count * kernel.operations / each / 1e9 for each in seconds["all"]]
    return Section(
        "fp32 ceiling",
        [Row("one core", "Gop/s", single), Row(f"all cores ({count})", "Gop/s", joint)],
        [f"Measured by {kernel.made_of}. A multiply-accumulate is two operations."],
    )


def open_kernel(folder: Path) -> Kernel:
    """The kernel in C, compiled into a folder, or else the large convolution."""
    return _compiled(folder) or _convolution()


def _compiled(folder: Path) -> Kernel | None:
    """The kernel in C; None where it cannot be compiled."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        return None
    library = folder / "fma.so"
    source = Path(__file__).with_name("fma.c")
    options = ["-O3", "-march=native", "-shared", "-fPIC"]
    command = [compiler, *options, "-o", str(library), str(source)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None
    loaded = ctypes.CDLL(str(library))
    multiply_add = loaded.multiply_add
    multiply_add.argtypes = [ctypes.c_long, ctypes.c_float, ctypes.c_float]
    multiply_add.restype = ctypes.c_float
    a_turn = ctypes.c_int.in_dll(loaded, "operations_per_turn").value
    turns = round(OPERATIONS / a_turn)
    return Kernel(
        "a kernel of fused multiply-adds in C (cc -O3 -march=native)",
        turns * a_turn,
        lambda: multiply_add(turns, 0.5, 0.25),
    )


def _convolution() -> Kernel:
    """One large 3x3 convolution in ONNX Runtime."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    shape = [1, CHANNELS, SIDE, SIDE]
    weight = np.full((CHANNELS, CHANNELS, 3, 3), 1e-3, np.float32)
    node = helper.make_node("Conv", ["image", "weight"], ["map"], pads=[1, 1, 1, 1])
    graph = helper.make_graph(
        [node],
        "convolution",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("map", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    image = np.ones(shape, np.float32)
    return Kernel(
        "ONNX Runtime on a large convolution, for want of a C compiler",
        2 * 9 * CHANNELS**2 * SIDE**2,
        lambda: session.run(None, {"image": image}),
    )
