"""Scores over time of sound of any length: of segments that overlap, or of every frame.

Both yield float32 (n, 527), piece by piece, for epanns.detection.events.Detector.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from epanns.detection.chunks import chunks
from epanns.files.segments import score
from epanns.frontend.parameters import HOP, POOLED_FRAMES
from epanns.runtimes.onnx_runtime import Runtime
from epanns.tagger import AudioTagger

Floats = NDArray[np.float32]

COLUMN = POOLED_FRAMES * HOP  # samples that one column of the last block stands for: 0.32 s
CORE = 96 * COLUMN  # scored at a time, 31 s
# What a column depends on: the head looks one column to both sides, the two convolutions of block n
# look 2 * 2 ** (n - 1) frames to both sides. That is 32 + 2 * (1 + 2 + 4 + 8 + 16 + 32) = 158, and
# the spectrum of a frame reaches 2 frames further: 160 frames, 5 columns.
CONTEXT = 5 * COLUMN


def segmentwise(
    blocks: Iterable[Floats], tagger: AudioTagger, segment: int, hop: int
) -> Iterator[Floats]:
    """Scores of segments, at the times of epanns.detection.events.TimeGrid.of_segments.

    Args:
        blocks: float32 (samples,) at 32 kHz.
        tagger: any network.
        segment: samples scored at a time.
        hop: samples from one segment to the next, at most a segment.
    """
    for part in score(blocks, tagger, segment, hop):
        yield part.scores


def framewise(
    blocks: Iterable[Floats], runtime: Runtime, core: int = CORE, context: int = CONTEXT
) -> Iterator[Floats]:
    """Scores of every frame, 100 a second (epanns.detection.events.FRAMES).

    The network decides every 0.32 s, and a frame has the score of the column it lies in. It is
    scored in chunks that overlap by all that a column depends on, so the scores are those of the
    undivided sound, but for rounding: within 0.00001.

    Args:
        blocks: float32 (samples,) at 32 kHz.
        runtime: a network with the framewise head.
        core: samples scored at a time, a multiple of 10,240 (a column).
        context: samples heard on both sides of them; a multiple of 10,240. With fewer than 5
            columns the scores depend on where the chunks are cut.

    Raises:
        ValueError: the network has no framewise head, or no whole columns.
    """
    if core % COLUMN or context % COLUMN:
        raise ValueError(f"Chunks are whole columns of {COLUMN}; found {core} and {context}.")
    for chunk in chunks(blocks, core, context):
        frames = runtime.run(chunk.waveform[None]).framewise
        if frames is None:
            raise ValueError("The network scores clips, not frames; take segments.")
        yield frames[0, chunk.begin // HOP : None if chunk.end is None else chunk.end // HOP]
