"""Packing, measuring and learning say what is wrong with recordings; --strict leaves them out."""

import json
from pathlib import Path

import pytest

from epanns.datasets.pack import Pack
from tests.support.commands import epanns
from tests.support.faulty_clips import FAULTS, GOOD, write_faulty_clips


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faulty_clips(tmp_path_factory.mktemp("faulty"))


@pytest.fixture(scope="module")
def pack(listing: Path) -> Path:
    path = listing.with_name("clips.h5")
    run = epanns("pack", path, "--listing", listing)
    assert run.returncode == 0
    for name, fault in FAULTS.items():
        assert any(f"/{name}" in line and fault in line for line in run.stderr.splitlines()), name
    assert not any(name in run.stderr for name in GOOD)
    assert f"9 added, 0 there before, {len(FAULTS)} with a warning." in run.stdout
    return path


def test_the_pack_keeps_what_is_wrong(pack: Path) -> None:
    with Pack(pack) as packed:
        kept = dict(zip(packed.names, packed.warnings, strict=True))
    assert kept.keys() == {*GOOD, *FAULTS}
    assert not any(kept[name] for name in GOOD)
    assert all(fault in kept[name] for name, fault in FAULTS.items())


def test_strict_packs_only_what_is_as_it_should_be(listing: Path, tmp_path: Path) -> None:
    out = tmp_path / "clips.h5"
    run = epanns("pack", out, "--listing", listing, "--strict")
    assert run.returncode == 0
    assert "2 added, 0 there before, 7 with a warning, 7 of them left out." in run.stdout
    with Pack(out) as packed:
        assert packed.names == GOOD


def test_a_channel_can_be_chosen(listing: Path, tmp_path: Path) -> None:
    run = epanns("pack", tmp_path / "a.h5", "--listing", listing, "--channel", "mean")
    assert "6 dB below" not in run.stderr and "cancelled.wav is silent" in run.stderr


@pytest.mark.parametrize("what", ["listing", "pack"])
def test_measuring_tells_what_is_wrong(what: str, listing: Path, pack: Path) -> None:
    figures = listing.with_name(f"{what}.json")
    measured = {"listing": listing, "pack": pack}[what]
    run = epanns("evaluate", measured, "--split", "train", "--clip", "loudest", "--json", figures)
    assert run.returncode == 0, run.stderr
    assert all(fault in run.stderr for fault in FAULTS.values())
    assert "7 recordings have a warning: measured all the same; --strict" in run.stderr
    assert "(8 clips)" in run.stdout
    assert json.loads(figures.read_text())["warnings"].keys() == FAULTS.keys()
    run = epanns("evaluate", measured, "--split", "train", "--clip", "loudest", "--strict")
    assert "7 recordings have a warning: left out." in run.stderr and "(1 clip" in run.stdout


def test_learning_tells_what_is_wrong(pack: Path, tmp_path: Path) -> None:
    how = ("--widths", "4,4,8,8,8,8", "--embedding", "8", "--steps", "1", "--batch", "2")
    run = epanns("train", pack, "--out", tmp_path / "all", *how)
    assert run.returncode == 0, run.stderr
    assert all(fault in run.stderr for fault in FAULTS.values())
    assert "7 clips with a warning are used; --strict leaves such clips out." in run.stderr
    assert "8 clips to learn from" in run.stdout
    run = epanns("train", pack, "--out", tmp_path / "strict", *how, "--strict")
    assert "1 clips to learn from" in run.stdout and "warning" not in run.stderr
    run = epanns("train", pack, "--out", tmp_path / "all", *how, "--strict")
    assert run.returncode == 1 and "strict False, not True" in run.stderr
