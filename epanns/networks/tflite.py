"""Reading the tensors of a TensorFlow Lite file, without TensorFlow and without running anything.

Such a file is a FlatBuffer (tensorflow/lite/schema/schema.fbs): tables whose fields refer to other
places in the file. Every place is checked by Python as it is read, and nothing is made larger than
what is there.
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from flatbuffers import encode
from flatbuffers.number_types import Int32Flags, Int64Flags, UOffsetTFlags
from flatbuffers.table import Table
from numpy.typing import NDArray

MAGIC = b"TFL3"  # after the first four bytes
LARGEST = 1 << 28  # bytes of a file
MOST_TENSORS = 10_000
LONGEST_NAME = 1000  # bytes that are read of it
# Fields by their numbers in the schema.
SUBGRAPHS, BUFFERS = 2, 4  # of the model
TENSORS = 0  # of a subgraph
SHAPE, KIND, BUFFER, NAME, QUANTIZATION = 0, 1, 2, 3, 4  # of a tensor
SCALE, ZERO_POINT, AXIS = 2, 3, 6  # of its quantization
KINDS: dict[int, np.dtype[Any]] = {0: np.dtype("<f4"), 9: np.dtype("i1")}  # of weights


class StoredTensor(NamedTuple):
    """A tensor whose values are in the file.

    Attributes:
        name: of it, as TensorFlow called it.
        values: float32; what was quantised is what it stands for.
    """

    name: str
    values: NDArray[np.float32]


def is_tflite(start: bytes) -> bool:
    """Whether a file that starts with these bytes is a TensorFlow Lite file."""
    return start[4:8] == MAGIC


def read_tensors(path: Path) -> list[StoredTensor]:
    """The constant tensors of floating-point or 8-bit numbers, in their order.

    Raises:
        ValueError: the file is cut off or damaged, or too large for one.
        OSError: it cannot be read.
    """
    if path.stat().st_size > LARGEST:
        raise ValueError("larger than such a file can be")
    content = path.read_bytes()
    try:
        model = Table(content, encode.Get(UOffsetTFlags.packer_type, content, 0))
        graph = _tables(model, SUBGRAPHS)[0]
        buffers = _tables(model, BUFFERS)
        stored = [(each, _values(each, buffers)) for each in _tables(graph, TENSORS)]
        if sum(values.nbytes for _, values in stored if values is not None) > len(content):
            raise ValueError("tensors that share their values")
        return [
            StoredTensor(_name(table), _dequantised(table, values))
            for table, values in stored
            if values is not None
        ]
    except Exception:  # a place outside of the file can raise anything
        raise ValueError("cut off or damaged") from None


def _values(table: Table, buffers: list[Table]) -> NDArray[Any] | None:
    """The numbers of a tensor as they are in the file; None where they are of another kind."""
    kind = KINDS.get(_number(table, KIND, "B"))
    buffer = buffers[_number(table, BUFFER, "<I")]
    data = buffer.Offset(4)
    if kind is None or not data:
        return None
    shape = tuple(map(int, _vector(table, SHAPE, Int32Flags)))
    place, size = buffer.Vector(data), buffer.VectorLen(data)
    if math.prod(shape) * kind.itemsize != size or place + size > len(table.Bytes):
        raise ValueError("a tensor of another size than its shape")
    return np.frombuffer(table.Bytes, kind, math.prod(shape), place).reshape(shape)


def _name(table: Table) -> str:
    """The first letters of the name of a tensor."""
    place, count = _place(table, NAME)
    return bytes(table.Bytes[place : place + min(count, LONGEST_NAME)]).decode("utf-8", "replace")


def _dequantised(table: Table, values: NDArray[Any]) -> NDArray[np.float32]:
    """What the values of a tensor stand for."""
    if values.dtype == np.float32:
        return values.astype(np.float32)
    quantization = Table(table.Bytes, table.Indirect(table.Pos + _field(table, QUANTIZATION)))
    place, count = _place(quantization, SCALE)
    scale = np.frombuffer(table.Bytes, "<f4", count, place)
    zero = np.asarray(_vector(quantization, ZERO_POINT, Int64Flags), np.float32)
    axis = _number(quantization, AXIS, "<i")
    sides = [count if side == axis else 1 for side in range(values.ndim)]
    if count == 1:
        sides = [1] * values.ndim
    elif values.shape[axis] != count:  # else the product would be larger than the tensor
        raise ValueError("a scale for each channel of other channels")
    with np.errstate(all="ignore"):  # numbers that are not finite are for the caller to refuse
        return (values - zero.reshape(sides)) * scale.reshape(sides)


def _field(table: Table, number: int) -> int:
    """Where a field is in its table; 0 if it is left out."""
    return int(table.Offset(4 + 2 * number))


def _number(table: Table, number: int, kind: str) -> int:
    place = _field(table, number)
    if not place:
        return 0
    return int(np.frombuffer(table.Bytes, kind, 1, table.Pos + place)[0])


def _place(table: Table, number: int) -> tuple[int, int]:
    """Where a vector begins, and how many it holds; none if it is left out."""
    place = _field(table, number)
    return (table.Vector(place), table.VectorLen(place)) if place else (0, 0)


def _vector(table: Table, number: int, flags: Any) -> list[int]:
    place, count = _place(table, number)
    if count > MOST_TENSORS:
        raise ValueError("a vector that is too long")
    places = range(place, place + flags.bytewidth * count, flags.bytewidth)
    return [encode.Get(flags.packer_type, table.Bytes, each) for each in places]


def _tables(table: Table, number: int) -> list[Table]:
    place, count = _place(table, number)
    if count > MOST_TENSORS:
        raise ValueError("more tables than there can be")
    return [Table(table.Bytes, table.Indirect(place + 4 * index)) for index in range(count)]
