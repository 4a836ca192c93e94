"""python -m epanns train, as a researcher runs and interrupts it."""

import csv
import json
import random
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests.support.commands import CommandRun, epanns, epanns_command
from tests.support.programs import ROOT, environment
from tests.support.toy_pack import OWN, toy_pack

OPTIONS = (
    "--widths", "4,4,8,8,8,8", "--embedding", "8", "--steps", "60", "--log-every", "20",
    "--batch", "8",
    "--seconds", "0.5", "0.7", "--teacher", "t", "--split", "train", "--split", "unlabelled",
    "--background", "unlabelled", "--validate", "test", "--seed", "7",
)  # fmt: skip


def train(*words: str | Path) -> CommandRun:
    return epanns("train", *words)


def interrupted(
    number: signal.Signals, *words: str | Path, after: str = "step "
) -> tuple[int, str]:
    """Send a signal after the next line that begins so; the exit status, what was said."""
    with subprocess.Popen(
        epanns_command("train", *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=ROOT, env=environment(),
    ) as program:  # fmt: skip
        assert program.stdout is not None
        while line := program.stdout.readline():
            if line.startswith(after):
                break
        if after == "step ":
            time.sleep(random.uniform(0, 0.1))
        program.send_signal(number)
        _, said = program.communicate()
    return program.returncode, said


def curve(folder: Path) -> list[dict[str, str]]:
    """The rows without how long they took."""
    with (folder / "curve.csv").open(newline="") as file:
        return [{**row, "seconds": ""} for row in csv.DictReader(file)]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return toy_pack(tmp_path / "pack.h5")


def test_a_network_that_does_not_exist_is_named(pack: Path, tmp_path: Path) -> None:
    run = train(pack, "--out", tmp_path / "run", "--network", "resnet37", *OPTIONS)
    assert run.returncode == 1
    assert run.stderr.startswith("There is no architecture resnet37; there are cnn14, ")


def test_a_run_killed_and_stopped_ends_as_one_that_was_not(pack: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run = train(pack, "--out", whole, *OPTIONS)
    assert run.returncode == 0, run.stderr
    assert "17 clips to learn from, 8 to validate on, 1 backgrounds; step 0 of 60." in run.stdout

    status, _ = interrupted(signal.SIGKILL, pack, "--out", parts, *OPTIONS, after="17 clips")
    assert status == -signal.SIGKILL
    assert (parts / "curve.csv").exists() and not (parts / "last.pth").exists()
    status, _ = interrupted(signal.SIGKILL, pack, "--out", parts, *OPTIONS)
    assert status == -signal.SIGKILL
    status, said = interrupted(signal.SIGINT, pack, "--out", parts, *OPTIONS)
    assert status == 130 and said.startswith("Stopped after step "), said
    assert said.strip().endswith("of 60; the same command goes on.")
    run = train(pack, "--out", parts, *OPTIONS)
    assert run.returncode == 0, run.stderr
    stopped_at = said.removeprefix("Stopped after step ").split()[0]
    assert f"step {stopped_at} of 60." in run.stdout.splitlines()[0]

    assert [row["step"] for row in curve(parts)] == ["20", "40", "60"]
    assert curve(parts) == curve(whole)
    for name in ("last.pth", "best.pth"):
        weights = [torch.load(each / name, weights_only=True) for each in (whole, parts)]
        assert weights[0].keys() == weights[1].keys()
        assert all(torch.equal(value, weights[1][key]) for key, value in weights[0].items())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--widths", "16,32"), "six or twelve whole numbers with commas, not '16,32'"),
        (("--widths", "0,1,2,3,4,5"), "every width must be at least 1"),
        (("--start", "starter", "--widths", "1,1,1,1,1,1"), "--widths follows from --start"),
        (("--start", "starter", "--width", "0.5"), "--width follows from --start"),
        (("--width", "0.5"), "--width is not for cnn14, which takes --widths and --embedding"),
        (("--network", "resnet22", "--embedding", "8"), "--embedding is not for resnet22"),
        (("--start", "nowhere.pth"), "There is no weights file nowhere.pth"),
        (("--teacher", "nobody"), "no scores of a teacher called nobody"),
        (("--hold-out", "nobody"), "no clips whose source has 'nobody' in it"),
        (("--seconds", "2", "1"), "the lower of the two comes first, not 2 1"),
        (("--seconds", "0.1", "1"), "0.1 is not in the range"),
        (("--steps", "5", "--warm-up", "5"), "--warm-up must be less than --steps"),
        (("--fold", "1", "--folds", "99"), "16 recordings in these splits, too few for 99 folds"),
        (("--fold", "6"), "has no fold 6 in these splits; its folds are 1, 2, 3, 4, 5."),
        (("--folds", "5"), "say which by --fold"),
        (("--fold", "1", "--validate", "test"), "on a fold or on a split, not on both"),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(
    pack: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    run = train(pack, "--out", tmp_path / "run", *words)
    assert run.returncode != 0 and message in run.stderr and "Traceback" not in run.stderr
    assert not (tmp_path / "run" / "state.pt").exists()


def test_options_still_have_the_names_that_they_had(pack: Path, tmp_path: Path) -> None:
    """A run that was begun by the one names goes on by the others."""
    former = (
        "--steps", "4", "--warm-up", "1", "--rate", "0.002", "--mixed", "--colour", "3", "--aside",
        "noise", "--aside-share", "0.4", "--every",
    )  # fmt: skip
    names = {
        "--rate": "--learning-rate", "--mixed": "--mixed-precision", "--colour": "--eq-db",
        "--aside": "--separate-sources", "--aside-share": "--separate-share",
        "--every": "--log-every",
    }  # fmt: skip
    latter = tuple(names.get(word, word) for word in former)
    assert len(set(former) - set(latter)) == 6
    small = (pack, "--out", tmp_path / "run", "--widths", "4,4,4,4,4,4", "--batch", "2")
    for words, said in ((former, "step 0 of 4"), (latter, "step 4 of 4")):
        run = train(*small, *words, "2")
        assert run.returncode == 0 and said in run.stdout, run.stderr
    refused = train(*small, *latter, "3")
    assert refused.returncode == 1 and "(log_every 2, not 3)" in refused.stderr
    none = train(*small, *former[:6], "--no-mixed", *former[7:], "2")
    assert none.returncode == 1 and "(mixed_precision True, not False)" in none.stderr


def test_a_pack_of_own_classes_is_trained_on_and_evaluated(tmp_path: Path) -> None:
    own, folder = toy_pack(tmp_path / "own.h5", vocabulary=OWN), tmp_path / "run"
    run = train(own, "--out", folder, *OPTIONS)
    assert run.returncode == 0, run.stderr
    run = epanns(
        "evaluate", own, "--model", folder / "last.pth", "--per-class", tmp_path / "classes.csv",
        "--plots", tmp_path / "plots",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    with (tmp_path / "classes.csv").open(newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} == set(OWN.names[:2])
    assert len(list((tmp_path / "plots").iterdir())) == 6


def test_a_fold_is_validated_on(pack: Path, tmp_path: Path) -> None:
    small = ("--widths", "4,4,4,4,4,4", "--steps", "2", "--batch", "2", "--fold", "2")
    run = train(pack, "--out", tmp_path / "run", *small, "--split", "train", "--split", "test")
    assert run.returncode == 0 and "19 clips to learn from, 5 to validate on" in run.stdout
    assert f"{pack} has no folds of its own here; 5 are made" in run.stderr
    assert (tmp_path / "run/best.pth").exists()


@pytest.mark.parametrize(
    ("asked", "count", "named"),
    [(None, 3, "owl, tawny"), ("own", 3, "owl, tawny"), ("Animal", 65, "Dog"), ("FILE", 2, "wren")],
)
def test_a_network_names_the_classes_of_its_pack(
    tmp_path: Path, asked: str | None, count: int, named: str
) -> None:
    numbers = np.random.default_rng(0)
    for index, name in enumerate(("wren", "owl, tawny", "Dog")):
        (tmp_path / "all" / name).mkdir(parents=True)
        for take in "AB":
            path = tmp_path / "all" / name / f"1-{index}-{take}.wav"
            soundfile.write(path, numbers.normal(0, 0.1, 32000), 32000)
    (tmp_path / "classes.csv").write_text("wren\nrobin\n")
    asked = str(tmp_path / "classes.csv") if asked == "FILE" else asked
    words = ("--vocabulary", asked) if asked else ()
    packed, folder = tmp_path / "clips.h5", tmp_path / "run"
    assert epanns("pack", packed, "--listing", tmp_path / "all", *words).returncode == 0
    run = train(
        packed, "--out", folder, "--widths", "4,4,4,4,4,4", "--embedding", "8", "--steps", "2",
        "--batch", "2",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    recording = tmp_path / "all/Dog/1-2-A.wav"
    run = epanns("tag", recording, "--model", folder / "last.pth", "--json", "--top-k", "527")
    assert run.returncode == 0, run.stderr
    top = [name for name, _ in json.loads(run.stdout)["top"]]
    assert len(top) == count and named in top


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_that_is_not_there_is_said(pack: Path, tmp_path: Path) -> None:
    run = train(pack, "--out", tmp_path / "run", "--device", "cuda")
    assert run.returncode == 1 and "PyTorch finds no CUDA device here" in run.stderr


def test_no_pack_is_said(tmp_path: Path) -> None:
    run = train(tmp_path / "none.h5", "--out", tmp_path / "run")
    assert run.returncode == 1 and "none.h5 is not there" in run.stderr
