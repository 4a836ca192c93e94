"""Scores over time of sound of any length: of segments that overlap, or of every frame.

Both yield float32 (n, 527), piece by piece, for epanns.detection.events.Detector.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from epanns.detection.chunks import chunks
from epanns.files.segments import score
from epanns.runtimes.runtime import Runtime
from epanns.tagger import AudioTagger

Floats = NDArray[np.float32]

CORE_STEPS = 96  # scored at a time: 31 s of a Cnn14


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
    blocks: Iterable[Floats],
    tagger: AudioTagger | Runtime,
    core_steps: int = CORE_STEPS,
    context_steps: int | None = None,
) -> Iterator[Floats]:
    """Scores of every frame of a framewise network, such as 100 a second.

    The network decides step by step, and a frame has the score of the step it lies in. It is scored
    in chunks that overlap by all that a step depends on, so the scores are those of the undivided
    sound, but for rounding: within 0.00001.

    Args:
        blocks: float32 (samples,) at the network's rate.
        tagger: runs a framewise network.
        core_steps: steps scored at a time.
        context_steps: steps heard on both sides of them; None for as many as one depends on. With
            fewer the scores depend on where the chunks are cut.

    Raises:
        ValueError: the network is not framewise.
    """
    architecture = tagger.architecture
    if not architecture.framewise:
        raise ValueError("The network scores clips, not frames; take segments.")
    hop = architecture.front_end.hop
    step = architecture.step_frames * hop
    context = architecture.context_steps if context_steps is None else context_steps
    for chunk in chunks(blocks, core_steps * step, context * step):
        frames = tagger.run(chunk.waveform[None]).framewise
        assert frames is not None
        end = None if chunk.end is None else chunk.end // hop
        yield frames[0, chunk.begin // hop : end]
