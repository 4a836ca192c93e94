"""From sound, block by block, to scores, segment by segment: the base of all work on recordings."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.audio.level import rms_dbfs
from epanns.frontend.parameters import SAMPLE_RATE

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger

Floats = NDArray[np.float32]

AT_A_TIME = 8 * SAMPLE_RATE  # samples scored at a time: more is no faster, and takes more memory


class SegmentScores(NamedTuple):
    """The scores of some segments that follow each other.

    Attributes:
        first: the first sample of the first segment, counted at 32 kHz.
        hop: samples from the start of one segment to that of the next.
        scores: float32 (segments, classes) in [0, 1], in the order of the network's vocabulary.
        embeddings: float32 (segments, embedding).
        levels: float32 (segments,), RMS in dBFS of the sound in each segment without its padding;
            -inf for digital silence.
    """

    first: int
    hop: int
    scores: Floats
    embeddings: Floats
    levels: Floats


def combined(mean: Floats, maximum: Floats) -> Floats:
    """The scores of a recording from those of its segments: mean and maximum, averaged.

    This is the one place of the rule by which tag and evaluate score a recording.

    Args:
        mean: float32 (..., classes) in [0, 1], the mean over the segments.
        maximum: likewise, the maximum over them.

    Returns:
        float32 (..., classes) in [0, 1].
    """
    scores: Floats = (mean + maximum) / np.float32(2)
    return scores


def score(
    blocks: Iterable[Floats],
    tagger: "AudioTagger",
    segment: int = SAMPLE_RATE,
    hop: int = SAMPLE_RATE,
    batch: int | None = None,
) -> Iterator[SegmentScores]:
    """Score sound of any length in bounded memory.

    Segments start at 0, hop, 2 hop and so on, as many as lie within the sound as a whole. If then
    more than half a hop of sound at the end is in none of them, or there are none yet, there is one
    more, with zeros after the sound.

    Args:
        blocks: float32 (samples,) at 32 kHz in [-1, 1], of any lengths.
        tagger: scores the segments.
        segment: the length of a segment in samples.
        hop: samples from one segment to the next, from 1 to `segment`.
        batch: segments scored at a time; by default as many as are 8 s. Results do not depend on
            the blocks, nor on the batch except for rounding (less than 0.000001).

    Yields:
        The scores of up to `batch` segments, in order.

    Raises:
        ValueError: a hop or batch out of range.
    """
    if not 1 <= hop <= segment:
        raise ValueError(f"The hop must be from 1 sample to the segment's {segment}; found {hop}.")
    if batch is None:
        batch = max(AT_A_TIME // segment, 1)
    if batch < 1:
        raise ValueError(f"There must be 1 segment at least in a batch; found {batch}.")
    first = 0
    waiting: list[Floats] = []
    for waveform in segments(blocks, segment, hop):
        waiting.append(waveform)
        if len(waiting) == batch:
            yield _score(waiting, tagger, segment, first, hop)
            first, waiting = first + batch * hop, []
    if waiting:
        yield _score(waiting, tagger, segment, first, hop)


def segments(blocks: Iterable[Floats], segment: int, hop: int) -> Iterator[Floats]:
    """Cut sound into segments; see score.

    Args:
        blocks: float32 (samples,) at 32 kHz in [-1, 1], of any lengths.
        segment: the length of a segment in samples.
        hop: samples from one segment to the next.

    Yields:
        float32 (samples,), `segment` samples each, fewer where the sound ends earlier.
    """
    held = np.zeros(0, np.float32)  # from the start of the next segment on
    uncovered = 0  # where in `held` the sound begins that no segment has had
    none = True
    for block in blocks:
        held = np.concatenate((held, block))
        while len(held) >= segment:
            yield held[:segment]
            held, uncovered, none = held[hop:], segment - hop, False
    if 2 * (len(held) - uncovered) > hop or (none and held.size):
        yield held


def _score(
    waiting: list[Floats], tagger: "AudioTagger", segment: int, first: int, hop: int
) -> SegmentScores:
    waveforms = np.zeros((len(waiting), segment), np.float32)
    for row, waveform in zip(waveforms, waiting, strict=True):
        row[: len(waveform)] = waveform
    scored = tagger.run(tagger.at_own_rate(waveforms))
    levels = np.array([rms_dbfs(waveform) for waveform in waiting], np.float32)
    return SegmentScores(first, hop, scored.scores, scored.embedding, levels)


def mean_and_max(scores: Floats) -> Floats:
    """The scores of a recording from those of its segments: their mean and maximum, averaged.

    Args:
        scores: float32 (segments, classes) in [0, 1], of one segment at least.

    Returns:
        float32 (classes,) in [0, 1]; of one segment, its own scores.
    """
    return combined(scores.mean(axis=0), scores.max(axis=0))
