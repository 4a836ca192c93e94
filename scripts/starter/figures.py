"""Every figure of the starter model, measured on one weights file.

On the test split of ../shared/audio, on sentences spoken by voices that it was not trained on, on
silence and noise; beside its teacher and, where it can be run, YAMNet. All goals are checked.
"""

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.work import multiply_accumulates
from epanns.datasets.clips import Clip, open_clips
from epanns.evaluation.clip_scores import ClipResult, ClipScores, results, score_clips
from epanns.evaluation.scorers import Scorer, ScorerError, open_function, open_model
from epanns.frontend.parameters import PANNS, SAMPLE_RATE
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.cnn14_layers import EPANNS_WIDTHS
from epanns.networks.cnn14_network import Cnn14
from epanns.paths import ROOT
from epanns.storage.atomic import replacing
from epanns.storage.checksums import sha256_of
from starter.calibration import reliability, undecided
from starter.lengths import by_length
from starter.quiet import highest_score, quiet_sounds
from starter.spoken import SPEECH, sentences, speech_first
from starter.unseen import measure_left_out

Figures = dict[str, Any]

TEACHER, OTHER = "Mn04", "YAMNet"  # of scripts/teachers.py
EARLIER = "starter_v0"  # in ../shared/models
ESC10 = "github:karoldvl/ESC-10"
EPANNS_EMBEDDING = 2048


def measure(weights: Path, shared: Path) -> Figures:
    """Measure a weights file.

    Args:
        weights: of a Cnn14.
        shared: the folder of reference data, with audio/manifest.csv and models/.

    Returns:
        Nested plain dicts and lists, ready for JSON: `goals`, and beside it what they are from.
        Numbers have four digits after the point; None is a figure that could not be measured.

    Raises:
        EpannsError: the weights, the recordings or the teacher are missing or cannot be used.
        FileNotFoundError: espeak-ng is not installed.
    """
    with _one_thread():
        figures = _measure(weights, shared)
    rounded: Figures = _rounded({"goals": _goals(figures), **figures})
    return rounded


def _measure(weights: Path, shared: Path) -> Figures:
    starter = open_model(str(weights))
    starter.name = "starter"
    spoken = list(sentences())  # first, as this needs espeak-ng
    scorers = [starter, *_published(shared / "models")]
    tests = partial(_clips, shared / "audio" / "manifest.csv")
    speaking = ((clip.source, clip.waveform) for clip in tests() if clip.target[SPEECH])
    scored = score_clips(tests(), scorers, ["whole", "loudest"])
    return {
        "file": _file(weights),
        "network": _network(weights),
        "recognition": _recognition(results(scored)),
        "lengths": by_length(tests(), scorers[:2]),
        "speech": {
            "sentences": speech_first(starter, spoken),
            "recordings": speech_first(starter, speaking),
        },
        "quiet": {name: highest_score(starter, sound) for name, sound in quiet_sounds().items()},
        "calibration": _calibration(scored),
        "never_heard": measure_left_out(shared / "audio", [*scorers, _earlier(shared)]),
    }


@contextmanager
def _one_thread() -> Iterator[None]:
    """PyTorch, which runs the teacher, on one thread: more only wait for each other on segments."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def read(path: Path) -> Figures:
    """Read figures that were written."""
    figures: Figures = json.loads(path.read_text(encoding="utf-8"))
    return figures


def write(figures: Figures, path: Path) -> None:
    """Write figures as JSON, with four digits after the point."""
    text = json.dumps(_rounded(figures), indent=1, ensure_ascii=False, allow_nan=False)
    with replacing(path) as draft:
        draft.write_text(text + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    """The same with four digits after the point, and None for what is no number."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def _published(folder: Path) -> Iterator[Scorer]:
    """The teacher, which must be there, and YAMNet, which needs a package of its own."""
    teachers = ROOT / "scripts" / "teachers.py"
    yield open_function(f"{teachers}:{TEACHER}", folder)
    try:
        yield open_function(f"{teachers}:{OTHER}", folder)
    except ScorerError:
        return


def _earlier(shared: Path) -> Scorer:
    """The starter that showed that it can be done, to see how far ours has come."""
    earlier = open_model(str(shared / "models" / f"{EARLIER}.pth"))
    earlier.name = EARLIER
    return earlier


def _clips(listing: Path) -> Iterator[Clip]:
    """The recordings of the test split, one at a time; every one of them can be read."""
    with open_clips(listing, "test") as clips:
        yield from clips
        if clips.skipped:
            raise ScorerError(clips.skipped[0])


def _file(weights: Path) -> Figures:
    return {
        "name": weights.name,
        "bytes": weights.stat().st_size,
        "sha256": sha256_of(weights),
    }


def _network(weights: Path) -> Figures:
    """What the network is made of, and how much work a second of sound is."""
    network = load_checkpoint(weights)
    assert isinstance(network, Cnn14)
    embedding = network.embedding_width
    frames = PANNS.frame_count(SAMPLE_RATE)
    work = multiply_accumulates(network.widths, embedding, frames)
    epanns = multiply_accumulates(EPANNS_WIDTHS, EPANNS_EMBEDDING, frames)
    return {
        "widths": list(network.widths),
        "embedding": embedding,
        "learnt_values": network.learnt,
        "multiply_accumulates_per_second": work,
        "share_of_epanns": work / epanns,
    }


def _recognition(found: Sequence[ClipResult]) -> Figures:
    """By cut: the clips, every scorer's figures and how many times the teacher's mAP ours is."""
    cuts: dict[str, Figures] = {}
    for result in found:
        cut = cuts.setdefault(
            result.cut,
            {
                "clips": result.all.clips,
                "classes": result.all.classes,
                "classes_all_know": result.shared_classes,
            },
        )
        esc10 = result.by_source[ESC10]
        cut[result.scorer] = {
            "mAP": result.all.mean_average_precision,
            "mAP_of_classes_all_know": result.shared,
            "auc": result.all.mean_auc,
            "d_prime": result.all.d_prime,
            "top1": result.all.top1,
            "top3": result.all.top3,
            "esc10": {"clips": esc10.clips, "top1": esc10.top1, "top3": esc10.top3},
        }
    for cut in cuts.values():
        cut["times_the_teacher"] = cut["starter"]["mAP"] / cut[TEACHER]["mAP"]
    return cuts


def _calibration(scored: ClipScores) -> Figures:
    """Reliability on each clip's loudest second, by its labels."""
    scores, labels = scored.scores["starter", "loudest"], scored.targets
    return {
        "by_labels": reliability(scores, labels),
        "without_doubtful": reliability(scores, labels, ~undecided(labels)),
    }


def _goals(figures: Figures) -> list[Figures]:
    """Each goal with what was reached."""
    recognition, speech = figures["recognition"], figures["speech"]
    esc10 = recognition["loudest"]["starter"]["esc10"]
    at_least = {
        "mAP of whole clips, times the teacher's":
            (recognition["whole"]["times_the_teacher"], 1.05),
        "mAP of the loudest second, times the teacher's":
            (recognition["loudest"]["times_the_teacher"], 1.25),
        "ESC-10, loudest second, top-1": (esc10["top1"], 0.85),
        "ESC-10, loudest second, top-3": (esc10["top3"], 0.95),
        "Speech first in spoken sentences": (speech["sentences"]["all"]["speech_first"], 0.95),
        "Speech first in recorded speech": (speech["recordings"]["all"]["speech_first"], 0.95),
    }  # fmt: skip
    at_most = {
        f"highest score in {name}": (found["score"], 0.3)
        for name, found in figures["quiet"].items()
    } | {
        "multiply-accumulates, share of E-PANNs'": (figures["network"]["share_of_epanns"], 0.2),
        "size of the file in bytes": (figures["file"]["bytes"], 5_000_000),
    }
    return [
        {"name": name, "value": value, "at_least": goal, "met": bool(value >= goal)}
        for name, (value, goal) in at_least.items()
    ] + [
        {"name": name, "value": value, "at_most": goal, "met": bool(value <= goal)}
        for name, (value, goal) in at_most.items()
    ]
