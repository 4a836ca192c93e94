"""python -m epanns tag, as a researcher runs it."""

import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import soundfile
import torch

from epanns.vocabulary.audioset import AUDIOSET
from tests.support.commands import epanns, epanns_command, epanns_program
from tests.support.containers import beep, write_tracks
from tests.support.golden.standin import build, hard_to_quantise
from tests.support.mutations import mutated, write_kinds
from tests.support.own_network import NAMES, keep_converted, write_own_network
from tests.support.programs import ROOT
from tests.support.recordings import RATE, write_recordings

MUTATIONS = 1000


def objects(text: str) -> dict[str, dict[str, Any]]:
    """What `--json` says, by the names of the files."""
    return {Path(each["file"]).name: each for each in map(json.loads, text.splitlines())}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recordings(tmp_path_factory.mktemp("recordings"))


def test_a_table_names_the_sounds_and_the_rest_is_said_aside(folder: Path) -> None:
    run = epanns_program("tag", folder, "--top-k", "2")
    assert run.returncode == 1
    heads = [line for line in run.stdout.splitlines() if line.startswith(str(folder))]
    assert [line.split()[0] for line in heads] == [
        str(folder / name) for name in ("a.wav", "b.flac", "cut.wav", "deep/c.ogg")
    ]
    assert run.stdout.count("\n") == 4 * 5
    said = run.stderr.splitlines()
    assert said[0] == "Left out, as they are no sound: 1 .txt."
    assert said[1].startswith(f"{folder / 'broken.wav'} is no sound file")
    assert said[2].startswith(f"{folder / 'cut.wav'} is cut off: 4.0 s of sound are promised, 2.0")
    assert said[3].startswith("4 recordings, 39.7 s of sound, in ")
    assert said[3].endswith(" times real time.")
    assert said[4:] == ["1 of 5 recordings could not be read."]


def test_a_track_can_be_chosen(tmp_path: Path) -> None:
    video = tmp_path / "two.mkv"
    write_tracks(video, [[(0.0, np.zeros(3 * RATE))], [(0.0, beep(3.0, 1.0))]])
    levels = {}
    for words in ((), ("--track", "1"), ("--track", "2")):
        run = epanns("tag", video, "--json", *words)
        assert run.returncode == 0, run.stderr
        levels[words] = objects(run.stdout)["two.mkv"]["level_dbfs"]
        named = "has 2 audio tracks; 1 (pcm_s16le) is read, not 2 (pcm_s16le)" in run.stderr
        assert named == (not words)
    assert levels[()] == levels["--track", "1"] < -90 and levels["--track", "2"] > -40
    for command in (("tag",), ("detect",), ("embed", "--out", tmp_path / "a.h5")):
        run = epanns(*command, video, "--track", "3")
        assert run.returncode == 1
        assert f"{video} has 2 audio tracks; there is no track 3." in run.stderr


def test_a_channel_can_be_chosen(tmp_path: Path) -> None:
    stereo, sound = tmp_path / "a.flac", beep(2.0, 1.0)
    soundfile.write(stereo, np.stack((sound, -sound), axis=1), RATE)
    levels, told = {}, {}
    for words in ((), ("--channel", "mean"), ("--channel", "loudest"), ("--channel", "2")):
        run = epanns("tag", stereo, "--json", *words)
        levels[words] = json.loads(run.stdout)["level_dbfs"] or -200
        told[words] = "is more than 6 dB below the loudest one" in run.stderr
    assert levels["--channel", "mean"] < -90
    assert levels[()] == levels["--channel", "loudest"] == levels["--channel", "2"] > -40
    assert [words for words in told if told[words]] == [()]
    for command in (("tag",), ("detect",), ("embed", "--npz", tmp_path / "out")):
        run = epanns(*command, stereo, "--channel", "3")
        assert run.returncode == 1
        assert "has 2 channels, so there is no channel 3" in run.stderr
        run = epanns(*command, stereo, "--channel", "left")
        assert run.returncode == 2 and "mean, loudest, or the number" in run.stderr


def test_without_faults_the_status_is_0(folder: Path) -> None:
    run = epanns("tag", "a.wav", "*.flac", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert [line.split()[0] for line in run.stdout.splitlines() if "dBFS" in line] == [
        "a.wav", "b.flac",
    ]  # fmt: skip
    assert len(run.stderr.splitlines()) == 1


def test_formats_and_workers_say_the_same(folder: Path, tmp_path: Path) -> None:
    by_json = {}
    for workers in ("1", "2"):
        run = epanns("tag", folder, "--json", "--top-k", "527", "--segments", "--workers", workers)
        assert run.returncode == 1
        by_json[workers] = objects(run.stdout)
    assert by_json["1"] == by_json["2"]
    found = by_json["1"]
    assert "is no sound file" in found["broken.wav"]["error"]
    assert "is cut off" in found["cut.wav"]["warning"] and "warning" not in found["a.wav"]
    assert "at_once" in found["a.wav"] and "at_once" not in found["b.flac"]
    assert [len(found[name]["segments"]) for name in ("a.wav", "b.flac", "c.ogg")] == [3, 34, 1]

    out = tmp_path / "all.h5"
    assert epanns("tag", folder, "--hdf5", "--segments", "--out", out).returncode == 1
    with h5py.File(out) as file:
        names = [Path(name).name for name in file["file"].asstr()[:]]
        assert sorted(names) == ["a.wav", "b.flac", "c.ogg", "cut.wav"]
        for row, name in enumerate(names):
            for dataset in ("mean", "max"):
                named = dict(found[name][dataset])
                expected = np.array([named[label] for label in AUDIOSET.names], np.float32)
                np.testing.assert_array_equal(file[dataset][row], expected)
            its = slice(file["first"][row], file["first"][row] + file["count"][row])
            segments = found[name]["segments"]
            best = [np.float32(segment["top"][0][1]) for segment in segments]
            np.testing.assert_array_equal(file["scores"][its].max(axis=1), best)

    run = epanns("tag", folder, "--csv", "--top-k", "3")
    table = csv.DictReader(io.StringIO(run.stdout))
    seconds = {Path(row["file"]).name: row for row in table if row["rank"] == "2"}
    assert len(seconds) == 4
    for name, cells in seconds.items():
        assert [cells["label"], float(cells["score"])] == found[name]["top"][1]


def test_a_cluster_says_the_same(folder: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    by_cluster = epanns("tag", folder, "--json", "--segments", "--dask", "local", "--workers", "2")
    here = epanns("tag", folder, "--json", "--segments")
    assert by_cluster.returncode == here.returncode == 1, by_cluster.stderr
    assert objects(by_cluster.stdout) == objects(here.stdout)
    assert "1 of 5 recordings could not be read." in by_cluster.stderr


@pytest.mark.parametrize("form", ["json", "csv", "hdf5"])
def test_it_goes_on_after_kills_and_ends_as_if_nothing_had_been(form: str, tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    numbers = np.random.default_rng(0)
    for index in range(25):
        samples = numbers.normal(0, 0.1, numbers.integers(1000, 10 * RATE))
        soundfile.write(recordings / f"{index}.flac", samples, RATE)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    words = ("tag", recordings, f"--{form}", "--segments", "--workers", "2")
    chance = random.Random(0)
    for flags in ((), ("--resume",)):
        started = epanns_command(*words, "--out", killed, *flags)
        enough = size_of(killed) + 30_000
        with subprocess.Popen(started, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and size_of(killed) < enough:
                time.sleep(0.01)
            time.sleep(chance.random() / 5)
            process.kill()
    run = epanns(*words, "--out", killed, "--resume")
    assert run.returncode == 0, run.stderr
    assert "of 25 recordings are done already." in run.stderr, "it was never killed on its way"
    assert epanns(*words, "--out", whole).returncode == 0
    assert results(form, killed) == results(form, whole)
    again = epanns(*words, "--out", killed, "--resume")
    assert again.stderr == "25 of 25 recordings are done already.\n" and again.returncode == 0


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def results(form: str, out: Path) -> dict[str, Any]:
    """What an output holds of each file."""
    if form == "json":
        return objects(out.read_text())
    if form == "csv":
        rows: dict[str, Any] = {}
        for cells in csv.DictReader(io.StringIO(out.read_text())):
            rows.setdefault(cells["file"], []).append(cells)
        return rows
    with h5py.File(out) as file:
        found = {}
        for row, name in enumerate(file["file"].asstr()[:]):
            its = slice(file["first"][row], file["first"][row] + file["count"][row])
            found[name] = (file["mean"][row].tobytes(), file["scores"][its].tobytes())
        return found


def test_what_could_not_be_read_is_tried_anew(folder: Path, tmp_path: Path) -> None:
    copy, out = tmp_path / "copy", tmp_path / "out.jsonl"
    shutil.copytree(folder, copy)
    assert epanns("tag", copy, "--json", "--out", out).returncode == 1
    shutil.copy(copy / "a.wav", copy / "broken.wav")
    run = epanns("tag", copy, "--json", "--out", out, "--resume")
    assert run.returncode == 0, run.stderr
    assert "3 of 5 recordings are done already." in run.stderr, "one was cut off, one is none"
    found = objects(out.read_text())
    assert found["broken.wav"]["top"] == found["a.wav"]["top"]
    assert len(out.read_text().splitlines()) == 5


def test_damaged_files_never_stop_it(tmp_path: Path) -> None:
    kinds, damaged = tmp_path / "kinds", tmp_path / "damaged"
    kinds.mkdir()
    damaged.mkdir()
    wholes = write_kinds(kinds)
    for name, content in mutated(wholes, MUTATIONS):
        (damaged / name).write_bytes(content)
    weights = write_own_network(tmp_path / "quick.pth", converted=True)
    words = ("--json", "--workers", "2", "--model", weights)
    run = epanns_program("tag", kinds, damaged, *words)
    assert run.returncode == 1
    found = objects(run.stdout)
    assert len(found) == len(wholes) + MUTATIONS
    assert not any("error" in found[path.name] or "warning" in found[path.name] for path in wholes)
    said = [each.get("error", "") + each.get("warning", "") for each in found.values()]
    assert not any("Unexpected" in sentence or "ended the process" in sentence for sentence in said)
    assert not any("\n" in sentence for sentence in said)
    assert sum("top" in each for each in found.values()) > len(wholes) + MUTATIONS / 4
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always Unicode")
def test_names_of_all_kinds_are_survived(folder: Path, tmp_path: Path) -> None:
    for name in (b"caf\xe9.wav", b"new\nline.wav", "Žába 蛙 'x'.wav".encode(), b'a,b;c".wav'):
        shutil.copy(folder / "a.wav", tmp_path / os.fsdecode(name))
    (tmp_path / os.fsdecode(b"broken \xe9.wav")).write_bytes(b"no sound")
    for form in ("json", "csv", "hdf5"):
        out = tmp_path / f"out.{form}.part"  # left out among the recordings
        run = epanns("tag", tmp_path, f"--{form}", "--out", out)
        assert "Traceback" not in run.stderr and "Unexpected" not in run.stderr
        assert "of sound, in" in run.stderr
        again = epanns("tag", tmp_path, f"--{form}", "--out", out, "--resume")
        assert "4 of 5 recordings are done already" in again.stderr
    table = epanns_program("tag", tmp_path)
    assert "Žába 蛙 'x'.wav  3.0 s" in table.stdout


@pytest.mark.parametrize("form", ["json", "csv"])
def test_an_output_that_was_never_begun_is_gone_on_with(
    form: str, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.touch()
    run = epanns("tag", folder / "a.wav", f"--{form}", "--out", out, "--resume")
    assert run.returncode == 0, run.stderr
    again = epanns("tag", folder / "a.wav", f"--{form}", "--out", out, "--resume")
    assert "1 of 1 recordings are done already" in again.stderr


def test_other_weights_of_the_same_name_are_told_apart(folder: Path, tmp_path: Path) -> None:
    weights = tmp_path / "own.pth"
    for network, status in ((build(), 0), (hard_to_quantise(), 1)):
        torch.save(network.state_dict(), weights)
        keep_converted(weights)
        words = ("--json", "--model", weights, "--out", tmp_path / "out", "--resume")
        run = epanns("tag", folder / "a.wav", *words)
        assert run.returncode == status, run.stderr
    assert "go on with the same, or write to another file" in run.stderr


def test_whoever_reads_only_the_beginning_ends_it_in_peace(folder: Path) -> None:
    listing = [folder / "a.wav", folder / "b.flac", folder / "cut.wav"]
    with subprocess.Popen(
        epanns_command("tag", "--json", *listing), cwd=ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == 0 and "Traceback" not in said and "BrokenPipe" not in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tag", "{0}", "--hdf5"), "--hdf5 needs --out"),
        (("tag", "{0}", "--resume"), "--resume needs --out"),
        (("tag", "{0}", "--out", "{0}/o", "--resume"), "and one of --json"),
        (("tag", "{0}", "--hop", "2"), "must not exceed"),
        (("tag", "{0}", "--model", "none.pth"), "There is no weights file none.pth"),
        (("tag", "{0}", "--json", "--out", "{0}/a.wav"), "a.wav is there already"),
        (("tag", "{0}", "--model", "no.pth", "--out", "{0}/a.wav"), "a.wav is there already"),
        (("tag", "{0}", "--json", "--out", "{0}/no/o"), "cannot be written: No such file"),
        (("tag", "{0}", "--model", "no.pth", "--out", "{0}/no/o"), "cannot be written: No such"),
        (("tag", "{0}", "--hdf5", "--out", "{0}/no/o"), "cannot be written"),
        (("tag", "{0}", "--hdf5", "--resume", "--out", "{0}/a.wav"), "name another"),
        (("tag", "{0}/empty"), "There are no recordings in"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    folder: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    here = tmp_path / "here"
    shutil.copytree(folder, here)
    (here / "empty").mkdir()
    before = (here / "a.wav").read_bytes()
    run = epanns(*(word.format(here) for word in words))
    assert run.returncode != 0 and message in run.stderr and not run.stdout
    assert "Traceback" not in run.stderr
    assert (here / "a.wav").read_bytes() == before


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_network_of_ones_own_has_its_own_classes(
    workers: str, folder: Path, tmp_path: Path
) -> None:
    weights = write_own_network(tmp_path / "birds.pth", converted=True)
    words = ("tag", folder / "a.wav", folder / "b.flac", "--model", weights, "--workers", workers)
    run = epanns(*words, "--json", "--segments", "--top-k", "5")
    assert run.returncode == 0, run.stderr
    found = objects(run.stdout)
    for each in found.values():
        for top in (each["top"], each["mean"], each["max"], each["segments"][0]["top"]):
            assert {name for name, _ in top} == set(NAMES)

    out = tmp_path / "birds.csv"
    for flags in ((), ("--resume",)):
        run = epanns(*words, "--csv", "--top-k", "5", "--out", out, *flags)
        assert run.returncode == 0, run.stderr
    assert run.stderr == "2 of 2 recordings are done already.\n"
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [row["ranks"] for row in rows] == ["3"] * 6
    assert {row["label"] for row in rows} == set(NAMES)

    out = tmp_path / "birds.h5"
    assert epanns(*words, "--hdf5", "--segments", "--out", out).returncode == 0
    with h5py.File(out) as file:
        assert tuple(file["class"].asstr()[:]) == NAMES
        assert file["mean"].shape == (2, 3) and file["scores"].shape[1] == 3
        for name, mean in zip(file["file"].asstr()[:], file["mean"], strict=True):
            named = dict(found[Path(name).name]["mean"])
            np.testing.assert_array_equal(mean, np.array([named[n] for n in NAMES], np.float32))


def test_the_ending_of_a_file_says_in_which_form_it_is_written(
    folder: Path, tmp_path: Path
) -> None:
    for ending, begins in ((".csv", "file,duration,"), (".json", '{"file": '), (".txt", "a.wav ")):
        out = tmp_path / f"out{ending}"
        assert epanns("tag", "a.wav", "--out", out, cwd=folder).returncode == 0
        assert out.read_text().startswith(begins)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names hold no such letters")
def test_names_that_a_stranger_chose_have_no_power(folder: Path, tmp_path: Path) -> None:
    names = ["=cmd|x.wav", "-1.wav", "line\nbreak\x1b[2J.wav"]
    for name in names:
        shutil.copy(folder / "a.wav", tmp_path / name)
    out = tmp_path / "out.csv"
    for more in ((), ("--resume",)):
        run = epanns("tag", "./", "--csv", "--out", "out.csv", *more, cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        files = {row["file"] for row in csv.DictReader(io.StringIO(out.read_text()))}
        assert files == {"'-1.wav", "'=cmd|x.wav", r"line\nbreak\x1b[2J.wav"}
    for form in ([], ["--json"]):
        run = epanns("tag", ".", *form, cwd=tmp_path)
        assert "\x1b" not in run.stdout + run.stderr
    assert "\t" not in epanns("detect", ".", "--csv", cwd=tmp_path).stdout
