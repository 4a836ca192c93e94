"""Recordings with scores, as outputs take them, and outputs of each kind."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from epanns.audio.selection import ChannelChoice, SoundSelection
from epanns.files.outputs.csv_rows import CsvRows
from epanns.files.outputs.hdf5 import Hdf5Output
from epanns.files.outputs.json_lines import JsonLines
from epanns.files.outputs.output import RecordingOutput, ScoringRun
from epanns.files.outputs.text_output import open_text, reopen_text
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags, ScoringPlan
from epanns.vocabulary.audioset import AUDIOSET

TagsOutput = RecordingOutput[RecordingTags]
TOP_K = 3
FIRST, SECOND, BAD = Path("first.wav"), Path("with, comma\nand 'quotes'.wav"), Path("bad.wav")


def run(
    segments: bool,
    top_k: int = TOP_K,
    model: str = "starter",
    track: int | None = None,
    channel: ChannelChoice = None,
) -> ScoringRun:
    return ScoringRun(model, 1.0, 0.5, segments, top_k, SoundSelection(track, channel))


def some_scores(seed: int, rows: int, first: int = 0) -> SegmentScores:
    numbers = np.random.default_rng(seed)
    levels = numbers.uniform(-60, 0, rows).astype(np.float32)
    levels[0] = -np.inf
    scores, embeddings = (numbers.random((rows, n), np.float32) for n in (527, 64))
    return SegmentScores(first * 16000, 16000, scores, embeddings, levels)


def some_tags(seed: int, at_once: bool = True, warnings: tuple[str, ...] = ()) -> RecordingTags:
    mean, highest, whole = np.random.default_rng(seed).random((3, 527), np.float32)
    return RecordingTags(
        3.21, -31.04, 5, mean, highest, whole if at_once else None, warnings=warnings
    )


TAGS = {
    FIRST: some_tags(1, warnings=("It is cut off.", 'It "hums", too.')),
    SECOND: some_tags(2, at_once=False),
}
PARTS = {FIRST: [some_scores(3, 16), some_scores(4, 5, 16)], SECOND: [some_scores(5, 1)]}


def put(output: TagsOutput, path: Path, segments: bool = True) -> None:
    for part in PARTS[path] if segments else []:
        output.add(path, part)
    output.finish(path, TAGS[path])


Opener = Callable[..., TagsOutput]


def opener(kind: str, out: Path, segments: bool) -> Opener:
    """What opens an output of a kind."""

    def opened(resume: bool = False, recordings: Iterable[Path] = (), **other: Any) -> TagsOutput:
        wanted = run(segments, **other)
        if kind == "hdf5":
            plan = ScoringPlan(segment=32000, hop=16000, scores=segments)
            wanted = wanted._replace(top_k=0)
            return Hdf5Output(out, wanted, plan, AUDIOSET, resume, recordings)
        form = JsonLines(wanted, AUDIOSET) if kind == "json" else CsvRows(wanted, AUDIOSET)
        if resume:
            return reopen_text(form, wanted, out, recordings)
        return open_text(form, wanted, out)

    return opened
