"""The stages that rebuild the starter, on a small pack with a teacher of its own."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from epanns.datasets.pack import Pack, PackWriter
from epanns.networks.checkpoint import load_checkpoint
from epanns.storage.checksums import sha256_of
from epanns.training.clip_selection import select_clips
from epanns.training.recipe import Recipe
from starter import calibration, stages, teaching, unseen
from starter.recordings import CALIBRATION
from tests.support.toy_pack import NARROW, NOISE, RATE, TONE, label, noise, tone

SHORT = Recipe(
    widths=NARROW, embedding=8, steps=40, batch=8, warm_up=4, log_every=20, seconds=(0.5, 1.0),
    learning_rate=0.01, validate=CALIBRATION, teacher=teaching.NAME, splits=("train", "unlabelled"),
    dropout=(0.0, 0.0),
)  # fmt: skip


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(1)
    path = tmp_path_factory.mktemp("stages") / "pack.h5"
    with PackWriter(path) as writer:
        for number in range(12):
            split = "train" if number % 3 else CALIBRATION
            for name, make, kind in (("tone", tone, TONE), ("noise", noise, NOISE)):
                waveform = make(random, 2 * RATE)
                writer.add(f"{name} {number}", waveform, label(kind), split, source=f"made {name}")
        writer.add("a", tone(random), label(TONE), "train", source="again made tone + made noise")
        writer.add("b", tone(random), label(), "unlabelled", source="made noise")
        for _ in range(len(writer)):
            writer.add_teacher(teaching.NAME, np.full((3, 527), 0.01), RATE, RATE // 2)
    return path


LATER = replace(SHORT, steps=1, learning_rate=0.0, warm_up=0, log_every=1)
RECIPES = {"first": SHORT, "second": replace(SHORT, steps=20, log_every=10), "fourth": LATER}


class Trained(NamedTuple):
    """The folder of all runs, and the rows of their curves: names and steps."""

    folder: Path
    rows: list[tuple[str, int]]


@pytest.fixture(scope="module")
def trained(pack: Path) -> Trained:
    folder = pack.parent / "runs"
    rows = [(name, row.step) for name, row in stages.train(pack, folder, RECIPES)]
    return Trained(folder, rows)


def test_each_run_goes_on_with_the_weights_of_the_one_before(pack: Path, trained: Trained) -> None:
    assert trained.rows == [
        ("first", 20), ("first", 40), ("second", 10), ("second", 20), ("fourth", 1),
    ]  # fmt: skip
    assert not list(stages.train(pack, trained.folder, RECIPES)), "all runs were done"
    first, second, fourth = (
        load_checkpoint(trained.folder / name / "last.pth").get_parameter("fc1.weight")
        for name in RECIPES
    )
    assert not torch.equal(first, second)
    assert torch.equal(second, fourth), "its rate is 0"


def test_the_end_is_the_mean_of_the_runs_that_are_averaged() -> None:
    one = {"weight": torch.tensor([1.0, 2.0]), "count": torch.tensor(7)}
    other = {"weight": torch.tensor([3.0, 6.0]), "count": torch.tensor(9)}
    found = stages.mean([one, other])
    assert found["weight"].tolist() == [2.0, 4.0] and found["count"].item() == 7


def test_a_trained_network_is_calibrated_halved_and_noted(
    pack: Path, trained: Trained, tmp_path: Path
) -> None:
    weights = tmp_path / "starter.pth"
    stages.calibrate(pack, trained.folder, weights)
    assert f"{sha256_of(weights)}  starter.pth" in Path(f"{weights}.sha256").read_text()
    kept = torch.load(weights, weights_only=True)
    assert all(value.dtype != torch.float32 for value in kept.values())
    before, after = (load_checkpoint(each) for each in (trained.folder / stages.FINAL, weights))
    waveforms = torch.from_numpy(np.random.default_rng(0).normal(0, 0.1, (4, RATE))).float()
    with torch.inference_mode():
        first, second = before(waveforms).logits.numpy(), after(waveforms).logits.numpy()
    line = calibration.Line(*np.polyfit(first.ravel(), second.ravel(), 1))
    np.testing.assert_allclose(second, line(first), atol=0.02)
    assert line.scale > 0 and abs(line.scale - 1) + abs(line.shift) > 0.01


def test_the_segment_to_calibrate_on_is_the_loudest_that_was_scored(tmp_path: Path) -> None:
    path = tmp_path / "pack.h5"
    waveform = np.zeros(2 * RATE, np.float32)
    waveform[RATE // 2 : RATE // 2 + RATE] = 0.1
    with PackWriter(path) as writer:
        writer.add("a", waveform, label(TONE))
        scores = np.tile(np.array([[0.1], [0.2], [0.3]], np.float32), 527)
        writer.add_teacher(teaching.NAME, scores, RATE, RATE // 2)
    with Pack(path) as known:
        segment, said = stages._loudest(known, 0)
    assert segment.shape == (RATE,) and np.abs(segment).min() > 0.09
    np.testing.assert_allclose(said, 0.2, atol=1e-3)


def test_nothing_of_a_source_held_out_is_learnt(pack: Path) -> None:
    shorter = unseen.shortened(SHORT, "made tone")
    assert (
        shorter.steps == SHORT.steps // unseen.SHORTER
        and shorter.learning_rate == SHORT.learning_rate
    )
    with Pack(pack) as known:
        learnt = {known.sources[index] for index in select_clips(known, shorter).train}
        assert learnt == {"made noise"}
        own = select_clips(known, replace(shorter, hold_out=("made noise",))).train
        assert {known.sources[index] for index in own} == {"made tone"}


def test_ratios_to_the_teacher_are_means_over_the_sources() -> None:
    def found(own: float, teacher: float) -> dict[str, dict[str, float]]:
        return {cut: {"starter": own, "teacher": teacher} for cut in unseen.CUTS}

    summary = unseen.summary([found(0.4, 0.4), found(0.3, 0.6)])
    assert summary["times_the_teacher"] == {"loudest": 0.75, "whole": 0.75}
    assert len(summary["sources"]) == 2
