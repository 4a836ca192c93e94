"""python -m epanns evaluate, as a user runs it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.commands import CommandRun, epanns, epanns_program
from tests.support.toy_pack import OWN, toy_pack

SCORER = """
import numpy as np

class Peak:
    def __init__(self, folder):
        pass

    def __call__(self, waveforms):
        scores = np.zeros((len(waveforms), 527), np.float32)
        scores[:, 0] = np.abs(waveforms).max(axis=1)
        return scores
"""


def evaluate(*words: str | Path) -> CommandRun:
    return epanns("evaluate", *words)


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    """Three recordings of two kinds and one that is broken."""
    random = np.random.default_rng(4)
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(48000) / 32000)
    soundfile.write(tmp_path / "tone.flac", tone, 32000)
    soundfile.write(tmp_path / "noise.flac", random.normal(0, 0.1, 20000), 32000)
    soundfile.write(tmp_path / "more.flac", random.normal(0, 0.1, 80000), 32000)
    (tmp_path / "broken.flac").write_bytes(b"no sound")
    path = tmp_path / "listing.csv"
    path.write_text(
        "path,labels,split,source\n"
        "tone.flac,Sine wave,test,made\nnoise.flac,White noise,test,made\n"
        "more.flac,White noise,test,made too\nbroken.flac,Speech,test,made\n"
    )
    return path


def test_everything_is_measured_in_one_run(listing: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCORER)
    run = epanns_program(
        "evaluate", listing, "--scorer", f"{tmp_path / 'mine.py'}:Peak",
        "--json", tmp_path / "all.json", "--per-class", tmp_path / "classes.csv",
        "--plots", tmp_path / "plots",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "The loudest second of each clip (3 clips)" in run.stdout
    assert "mean and maximum of their 1 s segments (3 clips)" in run.stdout
    assert "starter" in run.stdout and "Peak" in run.stdout
    assert run.stderr.startswith("Skipped: ") and "broken.flac" in run.stderr
    content = json.loads((tmp_path / "all.json").read_text())
    assert [(each["scorer"], each["cut"]) for each in content["results"]] == [
        (scorer, cut) for cut in ("loudest", "whole") for scorer in ("starter", "Peak")
    ]
    assert content["parameters"] == {"starter": 2_402_719, "Peak": None}
    assert len(content["skipped"]) == 1
    with (tmp_path / "classes.csv").open(newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} == {"Sine wave", "White noise"}
    pictures = {path.name for path in (tmp_path / "plots").iterdir()}
    assert {"classes-loudest.png", "sizes-whole.png", "confusion-starter-loudest.png"} <= pictures


def test_a_scorer_that_is_missing_is_left_out(listing: Path, tmp_path: Path) -> None:
    run = evaluate(listing, "--clip", "at-once", "--source", "too", "--beside", tmp_path)
    assert run.returncode == 0, run.stderr
    assert f"Mn04 is left out: teacher.py is not in {tmp_path}." in run.stderr
    assert f"YAMNet is left out: yamnet.tflite is not in {tmp_path}." in run.stderr
    assert "one pass over the clip as it is (1 clip)" in run.stdout


def test_a_network_of_other_classes_than_the_packs_is_refused(tmp_path: Path) -> None:
    run = evaluate(toy_pack(tmp_path / "own.h5", 3, OWN))
    assert run.returncode == 1 and run.stdout == ""
    assert run.stderr == (
        "starter cannot be measured on these clips: their classes differ (527 and 3, of which"
        " number 0 is 'Speech' and 'a tone').\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--split", "eval"), "its splits are test."),
        (("--model", "nowhere.pth"), "nowhere.pth"),
        (("--json", "nowhere/all.json"), "nowhere/all.json cannot be written"),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(
    listing: Path, words: tuple[str, str], message: str
) -> None:
    run = evaluate(listing, *words)
    assert run.returncode != 0 and message in run.stderr and "Traceback" not in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
