"""python -m epanns pack, as a researcher runs it."""

import itertools
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.datasets.pack import Pack
from tests.support.commands import epanns, epanns_program
from tests.support.packs import names, run_pack
from tests.support.programs import ROOT

COUNT = 875
FORMATS = [
    ("wav", "PCM_U8"),
    ("wav", "PCM_16"),
    ("wav", "PCM_24"),
    ("wav", "PCM_32"),
    ("wav", "FLOAT"),
    ("wav", "DOUBLE"),
    ("wav", "ULAW"),
    ("wav", "ALAW"),
    ("wav", "IMA_ADPCM"),
    ("wav", "MS_ADPCM"),
    ("flac", "PCM_16"),
    ("flac", "PCM_24"),
    ("aiff", "PCM_16"),
    ("au", "PCM_16"),
    ("caf", "PCM_16"),
    ("w64", "PCM_16"),
    ("ogg", "VORBIS"),
]
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00%b%b\x00\x7d\x00\x00\x02\x00%bdata%b"
BROKEN = {
    "empty.wav": b"",
    "text.wav": b"no sound at all\n" * 20,
    "head.wav": b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00",
    "no channels.wav": WAV % (b"\0\0", b"\0\x7d\0\0", b"\x10\0", b"\0\0\0\0"),
    "no samples.wav": WAV % (b"\1\0", b"\0\x7d\0\0", b"\x10\0", b"\0\0\0\0"),
    "random.mp3": random.Random(0).randbytes(4000),
    "cut.ogg": b"OggS\0\2" + bytes(40),
    "Žába\n蛙 'x'.flac": b"fLaC" + bytes(100),
}


def odd_files(folder: Path) -> set[str]:
    """Fill a folder up to COUNT files of all kinds; the names of those that hold no sound."""
    numbers = np.random.default_rng(0)
    for name, content in BROKEN.items():
        (folder / name).write_bytes(content)
    kinds = itertools.cycle(FORMATS)
    rates = itertools.cycle([8000, 11127, 16000, 22050, 32000, 44100, 48000, 96000])
    channels = itertools.cycle([1, 2, 1, 6, 1])
    for index in range(COUNT - sum(1 for _ in folder.iterdir())):
        (ending, subtype), rate, width = next(kinds), next(rates), next(channels)
        frames = numbers.uniform(-1.2, 1.2, (numbers.integers(1, 3000), width))
        if subtype in ("FLOAT", "DOUBLE"):
            frames[::7] = numbers.choice([np.nan, np.inf, -np.inf, 1e38])
        path = folder / f"clip {index}.{ending}"
        if "ADPCM" in subtype:
            frames = frames[:, :1]
        soundfile.write(path, frames, rate, subtype)
        if index % 11 == 0:
            path.rename(folder / f"no ending {index}")
    return set(BROKEN)


def test_hundreds_of_odd_and_broken_files_are_survived(tmp_path: Path) -> None:
    folder, out = tmp_path / "odd", tmp_path / "odd.h5"
    folder.mkdir()
    for kind in ("odd", "broken"):
        for path in sorted((ROOT.parent / "shared/audio" / kind).glob("*")):
            shutil.copy(path, folder / f"shared {kind} {path.name}")
    broken = odd_files(folder)
    run = epanns_program("pack", out, "--listing", folder)
    assert run.returncode == 1
    assert "Traceback" not in run.stderr and "Unexpected fault" not in run.stderr
    packed = set(names(out))
    lost = {path.name for path in folder.iterdir()} - packed
    assert len(packed) + len(lost) == COUNT
    assert broken <= lost
    assert all(name in broken or name.startswith("shared broken") for name in lost)
    assert all(str(folder / name) in run.stderr for name in lost)
    assert f"{len(packed)} added, 0 there before, " in run.stdout
    assert f" with a warning, {len(lost)} not packed." in run.stdout
    with Pack(out) as pack:
        for index in range(len(pack)):
            assert pack.length(index) and np.abs(pack.waveform(index)).max() <= 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always Unicode")
def test_names_that_are_no_text_are_survived(listing: Path, tmp_path: Path) -> None:
    folder = tmp_path / "named"
    folder.mkdir()
    for encoded in (b"caf\xe9.wav", "café.wav".encode()):
        shutil.copy(tmp_path / "a.wav", folder / os.fsdecode(encoded))
    run = epanns_program("pack", tmp_path / "clips.h5", "--listing", folder)
    assert "café.wav" in names(tmp_path / "clips.h5")
    assert "Traceback" not in run.stderr
    for name in set(names(tmp_path / "clips.h5")) ^ {"café.wav", "caf\\udce9.wav"}:
        assert name in run.stderr  # libsndfile's Python side may refuse such names


def test_what_was_packed_is_said(listing: Path, tmp_path: Path) -> None:
    out = tmp_path / "clips.h5"
    run = run_pack(out, "--listing", listing)
    assert run.returncode == 0
    assert run.stdout == f"{out}: 4 clips, 0.00 h; 4 added, 0 there before.\n"
    assert run.stderr == "'Barking of seals' is no AudioSet class: the label of 1 clip.\n"
    run = run_pack(out, "--listing", listing)
    assert run.stdout == f"{out}: 4 clips, 0.00 h; 0 added, 4 there before.\n"


@pytest.mark.parametrize(
    ("flags", "packed"),
    [
        ("--classes Animal", "ac"),
        ("--split train", "ab"),
        ("--split train --split test", "abc"),
        ("--licence cc* --licence *DOMAIN", "abd"),
        ("--licence CC0* --classes Music", ""),
    ],
)
def test_a_part_of_a_listing_may_be_packed(
    listing: Path, tmp_path: Path, flags: str, packed: str
) -> None:
    out = tmp_path / "clips.h5"
    run = run_pack(out, "--listing", listing, *flags.split())
    assert run.returncode == 0, run.stderr
    assert names(out) == tuple(f"{name}.wav" for name in packed)


def test_the_recordings_may_be_elsewhere_and_cut(listing: Path, tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    elsewhere = listing.rename(tmp_path / "tables/clips.csv")
    out = tmp_path / "clips.h5"
    run = run_pack(out, "--listing", elsewhere, "--folder", tmp_path, "--seconds", "0.5")
    assert run.returncode == 0, run.stderr
    with Pack(out) as pack:
        assert {pack.length(index) for index in range(len(pack))} == {16000}


def test_a_missing_recording_is_named(listing: Path, tmp_path: Path) -> None:
    (tmp_path / "b.wav").unlink()
    run = run_pack(tmp_path / "clips.h5", "--listing", listing)
    assert run.returncode == 1
    assert f"{tmp_path / 'b.wav'} cannot be read: No such file or directory.\n" in run.stderr
    assert "3 added, 0 there before, 1 not packed" in run.stdout


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--listing {0}/none.csv", "does not exist"),
        ("--listing {0}/a.wav", "is no CSV file in UTF-8"),
        ("--listing {0}/clips.csv --classes Animul", "did you mean Animal"),
        ("--listing {0}/clips.csv --split nothing", "Nothing in"),
        ("--listing {0}/clips.csv --vocabulary Animul", "own, all"),
        ("--listing {0}/clips.csv --vocabulary {0}/a.wav", "a.wav names no classes: it has"),
        ("--listing {0}/clips.csv --vocabulary own --split unlabelled", "has no labels, so"),
        ("--listing {0}/clips.csv --vocabulary own --classes Meowing", "did you mean Meow"),
        ("--listing {0}/clips.csv --seconds 1 --longest 2", "not both"),
        ("--listing {0}/clips.csv --seconds 0", "--seconds"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    listing: Path, tmp_path: Path, flags: str, message: str
) -> None:
    run = run_pack(tmp_path / "clips.h5", *flags.format(tmp_path).split())
    assert run.returncode != 0
    assert message in run.stderr and "Traceback" not in run.stderr
    assert not (tmp_path / "clips.h5").exists()


def test_a_file_that_is_no_pack_is_left_alone(listing: Path, tmp_path: Path) -> None:
    run = run_pack(tmp_path / "a.wav", "--listing", listing)
    assert run.returncode == 1
    assert run.stderr.startswith(f"{tmp_path / 'a.wav'} is no pack") and run.stdout == ""
    assert soundfile.info(tmp_path / "a.wav").frames == 32000


# Packs in flushes of ten clips, so that there is something to lose, and shows each that it reads.
PACK_VISIBLY = """
import os, sys
from epanns.commands.pack import pack
from epanns.datasets import pack_writer, packing

def read(*how, of_packing=packing.read_clip):
    os.write(1, b".")
    return of_packing(*how)

packing.read_clip = read
pack_writer.FLUSH_ROWS = 10
pack(sys.argv[1:])
"""


def test_run_again_after_a_kill_it_ends_with_the_same_pack(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    for index in range(200):
        waveform = np.random.default_rng(index).uniform(-1, 1, 20000)
        soundfile.write(folder / f"1-{index}-A-{index % 50}.flac", waveform, 44100)
    killed, whole = tmp_path / "killed.h5", tmp_path / "whole.h5"
    moments = random.Random(0)
    reached = []
    for _ in range(8):
        command = [sys.executable, "-c", PACK_VISIBLY, str(killed), "--listing", str(folder)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.read(moments.randrange(5, 45))
            process.kill()
        reached.append(len(names(killed)))
    assert reached == sorted(reached)
    assert len(set(reached)) > 2, "it was never killed on its way"
    for out in (killed, whole):
        run = run_pack(out, "--listing", folder)
        assert "12 not packed" in run.stdout, run.stderr
    with Pack(killed) as one, Pack(whole) as other:
        assert one.names == other.names and len(one) == 188
        assert (one.targets(range(188)) == other.targets(range(188))).all()
        for index in range(188):
            np.testing.assert_array_equal(one.waveform(index), other.waveform(index))


def test_bad_rows_end_it_or_are_skipped_and_counted(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.full(8000, 0.1), 8000)
    soundfile.write(tmp_path / "b.wav", np.full(8000, 0.1), 8000)
    listing, out = tmp_path / "clips.csv", tmp_path / "clips.h5"
    listing.write_text(
        "path;labels;split;fold\na.wav;Speech;train;1.0\n.//a.wav;Speech;test;2\nb.wav;Music;test;x\n"
        "b.wav;Music;test;3\n;;;\n"
    )
    run = epanns("pack", out, "--listing", listing)
    assert run.returncode == 1
    assert f"{listing}, line 3: .//a.wav is the recording a.wav again" in run.stderr
    run = epanns("pack", out, "--listing", listing, "--skip-bad")
    assert run.returncode == 0 and "2 clips, 0.00 h; 2 added, 0 there before, 2 bad rows." in (
        run.stdout
    )
    assert [line[: len(str(listing)) + 8] for line in run.stderr.splitlines()] == [
        f"{listing}, line 3", f"{listing}, line 4",
    ]  # fmt: skip
