"""Sound of any length in overlapping chunks, for computations that reach over a context."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Chunk(NamedTuple):
    """A stretch of sound, its core, with its context.

    Attributes:
        waveform: float32 (samples,), the core and the context.
        begin, end: samples in `waveform` where the core begins and ends; end is None for the last
            chunk.
    """

    waveform: Floats
    begin: int
    end: int | None


def chunks(blocks: Iterable[Floats], core: int, context: int) -> Iterator[Chunk]:
    """Cut sound into chunks that overlap.

    Args:
        blocks: float32 (samples,) of any lengths.
        core: samples of a core; that of the last chunk is what is left, up to `context` more.
        context: samples on both sides of it, fewer only where the sound begins or ends.

    Yields:
        The chunks, in order.

    Raises:
        ValueError: the core is shorter than a sample, or the context is negative.
    """
    if core < 1 or context < 0:
        raise ValueError(f"A chunk is for 1 sample at least; found {core} and {context} around it.")
    held = np.zeros(0, np.float32)
    begin = 0
    for block in blocks:
        held = np.concatenate((held, block))
        while len(held) > begin + core + context:
            end = begin + core
            yield Chunk(held[: end + context], begin, end)
            begin = min(end, context)
            held = held[end - begin :]
    if len(held):
        yield Chunk(held, begin, None)
