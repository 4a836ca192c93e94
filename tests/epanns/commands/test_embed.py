"""python -m epanns embed, as a researcher runs it."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile

from epanns import AudioTagger
from epanns.audio.read import read_waveform
from tests.support.commands import epanns, epanns_program
from tests.support.own_network import NAMES, write_own_network
from tests.support.programs import ROOT
from tests.support.recordings import write_recordings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recordings(tmp_path_factory.mktemp("recordings"))


def test_embeddings_are_the_same_in_both_formats(folder: Path, tmp_path: Path) -> None:
    flags = ("--segment", "1.0", "--hop", "0.5")
    assert epanns_program("embed", folder, "--out", tmp_path / "all.h5", *flags).returncode == 1
    run = epanns("embed", folder, "--npz", tmp_path / "npz", "--workers", "2", *flags)
    assert run.returncode == 1 and "1 of 5 recordings could not be read." in run.stderr
    names = {str(path.relative_to(tmp_path / "npz")) for path in (tmp_path / "npz").rglob("*.npz")}
    assert names == {"a.wav.npz", "b.flac.npz", "cut.wav.npz", "deep/c.ogg.npz"}
    with h5py.File(tmp_path / "all.h5") as file:
        assert "mean" not in file and "scores" not in file
        for row, name in enumerate(file["file"].asstr()[:]):
            within = Path(name).relative_to(folder)
            its = slice(file["first"][row], file["first"][row] + file["count"][row])
            with np.load(tmp_path / "npz" / f"{within}.npz") as other:
                np.testing.assert_array_equal(file["embedding"][its], other["embedding"])
                np.testing.assert_array_equal(file["start"][its], other["start"])
        assert len(file["embedding"]) == 5 + 68 + 3 + 1 == len(file["start"])


def test_it_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    for flag, out in (("--npz", tmp_path / "npz"), ("--out", tmp_path / "all.h5")):
        assert epanns("embed", folder / "a.wav", folder / "b.flac", flag, out).returncode == 0
        words = ("--model", "no.pth", flag, out)  # which is said before the network opens
        refused = epanns("embed", folder / "a.wav", folder / "b.flac", *words)
        assert refused.returncode == 1 and "is there already; go on" in refused.stderr
        files = (folder / "a.wav", folder / "b.flac", folder / "cut.wav")
        run = epanns("embed", *files, flag, out, "--resume")
        assert run.returncode == 0 and "2 of 3 recordings are done already." in run.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_network_of_ones_own_gives_its_embeddings(
    workers: str, folder: Path, tmp_path: Path
) -> None:
    weights = write_own_network(tmp_path / "birds.pth", converted=True)
    words = ("embed", folder / "a.wav", "--model", weights, "--workers", workers)
    assert epanns(*words, "--out", tmp_path / "all.h5").returncode == 0
    assert epanns(*words, "--npz", tmp_path / "npz").returncode == 0
    waveform = read_waveform(folder / "a.wav").reshape(3, -1)
    expected = AudioTagger(weights).embed(waveform)
    with h5py.File(tmp_path / "all.h5") as file, np.load(tmp_path / "npz/a.wav.npz") as other:
        assert tuple(file["class"].asstr()[:]) == NAMES
        np.testing.assert_array_equal(file["embedding"][:], expected)
        np.testing.assert_array_equal(other["embedding"], expected)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("embed", "{0}"), "--out FILE.h5 or --npz FOLDER"),
        (("embed", "{0}", "--npz", "{0}/a.wav"), "a.wav"),
        (("embed", "", "--npz", "{0}/npz"), "A PATH is empty"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    here = write_recordings(tmp_path)
    before = (here / "a.wav").read_bytes()
    run = epanns(*(word.format(here) for word in words))
    assert run.returncode != 0 and message in run.stderr and not run.stdout
    assert "Traceback" not in run.stderr
    assert (here / "a.wav").read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux tells it")
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    """Fourteen minutes need no more than two do, which are 63 MB less, whatever is written."""
    peaks = []
    for minutes in (2, 14):
        path = tmp_path / f"{minutes}.wav"
        minute = np.zeros(60 * 44100, np.int16)
        with soundfile.SoundFile(path, "w", 44100, 1, "PCM_16") as file:
            for _ in range(minutes):
                file.write(minute)
        out = tmp_path / f"{minutes}.h5"
        code = (
            "import re, resource, sys; from pathlib import Path; from epanns.__main__ import main;"
            " main(sys.argv[1:], standalone_mode=False);"
            # Not RUSAGE_SELF, which begins with what the tests themselves hold.
            " own = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1];"
            " print(max(int(own), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))"
        )
        words = ["embed", str(path), "--out", str(out), "--segment", "10"]
        run = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=ROOT
        )
        assert run.returncode == 0, run.stderr
        peaks.append(int(run.stdout) / 1024)  # MiB
    assert peaks[1] < peaks[0] + 40, peaks
    assert peaks[1] < 600
