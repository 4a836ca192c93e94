"""Scores over time of sound of any length: of segments that overlap, or of every frame.

Both yield float32 (n, classes) in [0, 1], piece by piece, for epanns.detection.events.Detector.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.audio.offline_resampling import resampled_blocks
from epanns.detection.chunks import chunks
from epanns.detection.events import TimeGrid
from epanns.files.segments import score
from epanns.frontend.parameters import SAMPLE_RATE, LogMelParameters

if TYPE_CHECKING:
    from epanns.runtimes.runtime import Runtime
    from epanns.tagger import AudioTagger

Floats = NDArray[np.float32]

CORE_STEPS = 96  # scored at a time: 31 s where a step is 0.32 s


class FrameScorer(NamedTuple):
    """How sound becomes scores over time.

    Attributes:
        score: from blocks of a waveform, float32 (samples,) at 32 kHz, to scores, float32
            (n, classes) in [0, 1], piece by piece.
        grid: the times of the scores.
        front_end: the network's, which says what frequencies it takes.
    """

    score: Callable[[Iterable[Floats]], Iterator[Floats]]
    grid: TimeGrid
    front_end: LogMelParameters


def frame_scorer(tagger: "AudioTagger", segment: int, hop: int) -> FrameScorer:
    """What scores sound over time with a network: frame by frame if it can, else in segments.

    Args:
        tagger: the network.
        segment: samples at 32 kHz scored at a time, where the network is not framewise.
        hop: samples from one segment to the next, at most a segment.

    Returns:
        The function that scores blocks, and the times of its scores.
    """
    architecture, front_end = tagger.architecture, tagger.architecture.front_end
    if architecture.framewise:
        grid = TimeGrid(0.0, front_end.hop / front_end.sample_rate)
        return FrameScorer(partial(framewise, tagger=tagger), grid, front_end)
    scores = partial(segmentwise, tagger=tagger, segment=segment, hop=hop)
    return FrameScorer(scores, TimeGrid.of_segments(segment, hop), front_end)


def segmentwise(
    blocks: Iterable[Floats], tagger: "AudioTagger", segment: int, hop: int
) -> Iterator[Floats]:
    """Scores of segments, at the times of epanns.detection.events.TimeGrid.of_segments.

    Args:
        blocks: float32 (samples,) at 32 kHz in [-1, 1].
        tagger: any network.
        segment: samples scored at a time.
        hop: samples from one segment to the next, at most a segment.

    Yields:
        float32 (n, classes) in [0, 1].
    """
    for part in score(blocks, tagger, segment, hop):
        yield part.scores


def framewise(
    blocks: Iterable[Floats],
    tagger: "AudioTagger | Runtime",
    core_steps: int = CORE_STEPS,
    context_steps: int | None = None,
) -> Iterator[Floats]:
    """Scores of every frame of a framewise network, such as 100 a second.

    The network gives a score for each step, and a frame has the score of the step it lies in. Sound
    is scored in chunks that overlap by all that a step depends on, so the scores are those of the
    undivided sound, except for rounding: within 0.00001.

    Args:
        blocks: float32 (samples,) at 32 kHz in [-1, 1].
        tagger: runs a framewise network.
        core_steps: steps scored at a time.
        context_steps: further steps given to the network on both sides of these; None for as many
            as a step depends on. With fewer, the scores depend on where the chunks are cut.

    Yields:
        float32 (frames, classes) in [0, 1].

    Raises:
        ValueError: the network is not framewise.
    """
    architecture = tagger.architecture
    if not architecture.framewise:
        raise ValueError("The network scores clips, not frames; take segments.")
    hop = architecture.front_end.hop
    step = architecture.step_frames * hop
    context = architecture.context_steps if context_steps is None else context_steps
    own = resampled_blocks(blocks, SAMPLE_RATE, architecture.sample_rate)
    for chunk in chunks(own, core_steps * step, context * step):
        frames = tagger.run(chunk.waveform[None]).framewise
        assert frames is not None
        end = None if chunk.end is None else chunk.end // hop
        yield frames[0, chunk.begin // hop : end]
