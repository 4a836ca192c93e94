"""The events of one recording: from its file to what was found in it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.detection.events import Detector, Event, EventRules, TimeGrid
from epanns.files import read
from epanns.frontend.parameters import SAMPLE_RATE

Floats = NDArray[np.float32]
Blocks = Iterable[Floats]


class FrameScorer(NamedTuple):
    """How sound becomes scores over time; see epanns/detection/frame_scores.py.

    Attributes:
        track: from blocks of a waveform, float32 (samples,), to scores, float32 (n, 527).
        grid: where in time they stand.
    """

    track: Callable[[Blocks], Iterator[Floats]]
    grid: TimeGrid


class RecordingEvents(NamedTuple):
    """What was found in a recording.

    Attributes:
        path: the file.
        duration: in seconds.
        events: by onset.
        warnings: a sentence for each thing that was wrong with the file.
    """

    path: Path
    duration: float
    events: list[Event]
    warnings: list[str]


def find(
    path: Path,
    scorer: FrameScorer,
    rules: EventRules,
    watch: Callable[[float, float], None] = lambda seconds, share: None,
) -> RecordingEvents:
    """Find the events in a file of any length, in bounded memory.

    Args:
        path: anything that epanns/audio/decode.py reads.
        scorer: what scores it.
        rules: what makes an event.
        watch: told how many seconds have been heard and which share that is, as far as can be told.

    Raises:
        AudioFileError: the file cannot be read.
    """
    promised = read.length(path)
    seconds = 0.0

    def watched(blocks: Blocks) -> Iterator[Floats]:
        nonlocal seconds
        samples = 0
        for block in blocks:
            yield block
            samples += len(block)
            seconds = samples / SAMPLE_RATE
            watch(seconds, min(seconds / promised, 1.0) if promised else 0.0)

    warnings: list[str] = []
    detector = Detector(rules, scorer.grid)
    for scores in scorer.track(watched(read.blocks(path, warnings=warnings))):
        detector.feed(scores)
    return RecordingEvents(path, seconds, detector.events(seconds), warnings)
