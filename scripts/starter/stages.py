"""From ../shared to models/starter.*: stages that each go on where an interruption left them."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from epanns.conversion import cache
from epanns.conversion.seal import SHIPPED
from epanns.datasets.pack import Pack
from epanns.datasets.pack_writer import PackWriter
from epanns.evaluation.scorers import open_function
from epanns.networks.checkpoint import halved, load_checkpoint
from epanns.paths import MODELS, ROOT
from epanns.storage.atomic import replacing
from epanns.storage.checksums import sha256_of
from epanns.training.learning_curve import CurvePoint
from epanns.training.loop import Training
from epanns.training.recipe import Recipe
from epanns.training.run_folder import LAST
from epanns.zoo import catalogue
from starter import calibration, card, figures, material, teaching, unseen
from starter.recordings import CALIBRATION

Floats = NDArray[np.float32]

FIRST = Recipe(
    widths=tuple(width for width in (16, 48, 96, 128, 192, 256) for _ in range(2)),
    embedding=512,
    splits=("train", "unlabelled"),
    validate=CALIBRATION,
    teacher=teaching.NAME,
    label_target=0.95,
    unlisted=0.5,
    temperature=3.0,
    steps=11_000,
    batch=64,
    learning_rate=2e-3,
    warm_up=500,
    weight_decay=0.02,
    separate_sources=(material.COMPUTED, material.AGAIN),
    separate_share=0.35,
    seconds=(0.7, 1.6),
    speed=(0.88, 1.14),
    eq_db=6.0,
    mix=0.4,
    dropout=(0.05, 0.2),
    mixed_precision=True,
)
# Then on sound nearly as it will be, hardly mixed, masked or filtered: networks end better on the
# kind of input that they are for (as Touvron et al., 2019, found for the size of images).
SECOND = replace(
    FIRST,
    general=0.93,
    steps=3000,
    learning_rate=5e-4,
    warm_up=100,
    weight_decay=0.01,
    balance=0.7,
    speed=(0.94, 1.06),
    gain=(-12.0, 6.0),
    eq_db=3.0,
    mix=0.1,
    mask=False,
    dropout=(0.0, 0.1),
    log_every=200,
)
# Then class by class, the narrower classes ranked well above the wider ones; and last with more
# computed sound, in which a siren is labelled as one but not as a police car's.
THIRD = replace(SECOND, general=0.85, steps=1500, learning_rate=3e-4, warm_up=50, balance=0.85)
FOURTH = replace(
    THIRD,
    general=0.93,
    steps=500,
    learning_rate=1.5e-4,
    warm_up=20,
    separate_share=0.6,
    log_every=250,
)
RECIPES = {"first": FIRST, "second": SECOND, "third": THIRD, "fourth": FOURTH}  # by their folders
# Means of weights along one way do better than each of them (Izmailov et al., 2018).
AVERAGED = ("second", "fourth")
FINAL = "final.pth"
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
UNSEEN = "figures.json"
STARTER, FIGURES, CARD = (MODELS / f"starter.{ending}" for ending in ("pth", "json", "md"))


def gather(pack: Path, shared: Path) -> Iterator[str]:
    """Put everything to learn from into one pack, with the teacher's scores.

    Args:
        pack: the file.
        shared: the folder of audio/ and models/.

    Yields:
        What it does next; a sentence for each recording that could not be read.
    """
    yield "Recordings"
    yield from material.record(pack, shared / "audio")
    yield "Computed sound"
    material.compute(pack)
    yield "Recordings played again elsewhere, and scenes of them"
    material.play_again(pack)
    yield "The teacher's scores"
    with PackWriter(pack) as writer:
        teaching.teach(writer, shared / "models")


def train(
    pack: Path, folder: Path, recipes: Mapping[str, Recipe] = RECIPES
) -> Iterator[tuple[str, CurvePoint]]:
    """Train by one recipe after the other, each from the weights of the one before.

    In the end the means of the weights of the runs AVERAGED are written beside them.

    Yields:
        The rows of the curves, each with the name of its recipe. An interrupted run goes on.
    """
    start: str | None = None
    with Pack(pack) as known:
        for name, recipe in recipes.items():
            training = Training(replace(recipe, start=start), known, folder / name, DEVICE)
            yield from ((name, row) for row in training.steps() if row)
            start = str(folder / name / LAST)
    states = [torch.load(folder / name / LAST, weights_only=True) for name in AVERAGED]
    with replacing(folder / FINAL) as draft:
        torch.save(mean(states), draft)


def mean(states: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The means of state dicts of one network.

    Args:
        states: state dicts of the same keys and shapes.

    Returns:
        A state dict; what is no floating-point number is the first one's.
    """
    first, *_ = states
    return {
        name: torch.stack([state[name] for state in states]).mean(dim=0)
        if value.is_floating_point()
        else value
        for name, value in first.items()
    }


def calibrate(pack: Path, folder: Path, weights: Path) -> None:
    """Calibrate the trained network on the clips for that, and write it in half precision.

    Args:
        pack: the clips.
        folder: of the runs; the network is in FINAL.
        weights: the file to write.
    """
    network = load_checkpoint(folder / FINAL)
    with Pack(pack) as known, torch.inference_mode():
        clips = known.select(split=CALIBRATION)
        segments, scores = zip(*(_loudest(known, int(each)) for each in clips), strict=True)
        logits = network(torch.from_numpy(np.stack(segments))).logits.numpy()
        labels = known.targets(clips) > 0
    line = calibration.fit(logits, calibration.soft_targets(labels, np.stack(scores)))
    state = torch.load(folder / FINAL, weights_only=True)
    with replacing(weights) as draft:
        torch.save(halved(calibration.fold(state, line)), draft)
    catalogue.note_checksum(weights)


def _loudest(known: Pack, index: int) -> tuple[Floats, Floats]:
    """The loudest of a clip's segments that the teacher scored, and its scores.

    Returns:
        float32 (samples,) at 32 kHz, and float32 (classes,) in [0, 1].
    """
    teacher = known.teacher(teaching.NAME)
    assert teacher is not None
    scores = teacher.scores(index)
    segments = np.stack(
        [
            known.waveform(index, place * teacher.hop, teacher.segment)
            for place in range(len(scores))
        ]
    )
    loudest = int(np.square(segments).mean(axis=1).argmax())
    return segments[loudest], scores[loudest]


def hold_out(pack: Path, folder: Path, shared: Path) -> Iterator[str]:
    """Train without one source after the other, and write how well that does into the folder.

    Args:
        pack: the clips.
        folder: of these runs and of UNSEEN, the figures.
        shared: the folder of audio/ and models/.

    Yields:
        A sentence for each row of a curve.
    """
    teacher = open_function(f"{ROOT / 'scripts' / 'teachers.py'}:Mn04", shared / "models")
    found = []
    for source in unseen.HELD_OUT:
        run = folder / source.rpartition("/")[2]
        shorter = {name: unseen.shortened(each, source) for name, each in RECIPES.items()}
        for name, row in train(pack, run, shorter):
            yield f"Without {source}, {name} run, step {row.step}: loss {row.loss:.5f}"
        found.append(unseen.measure(shared / "audio", source, run / FINAL, teacher))
    figures.write(unseen.summary(found), folder / UNSEEN)


def measure(shared: Path, folder: Path) -> None:
    """Write all figures of the starter, and put them into its model card.

    Args:
        shared: the folder of audio/ and models/.
        folder: where hold_out has written its own.
    """
    found = figures.measure(STARTER, shared) | {"unseen": figures.read(folder / UNSEEN)}
    figures.write(found, FIGURES)
    card.fill(CARD, found)


def convert() -> None:
    """Convert the starter; the live program runs the copy that ships."""
    before = set(MODELS.glob("starter.pth.*.onnx"))
    command = [sys.executable, "-m", "epanns", "models", "convert", "starter"]
    subprocess.run(command, cwd=ROOT, check=True)
    made = cache.find(STARTER, "fp32")
    assert made is not None
    for old in before - {made}:
        old.unlink(missing_ok=True)
    checksum = sha256_of(made)  # under it, not a seal of this installation's, the copy ships
    stem, *_ = made.name.rsplit(".", 2)
    shipped = made.replace(made.with_name(f"{stem}.{checksum[:12]}.onnx"))
    SHIPPED.write_text(f"{checksum}  {shipped.name}\n")
