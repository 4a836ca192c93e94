"""Whatever a command writes where there is no room: one sentence, status 1, nothing half-written.

A limit on the size of files stands in for the disk. What it says and leaves must be the same at any
limit, so each command is tried with several.
"""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.audio.ring_buffer import Gap
from epanns.sessions.session_writer import SessionWriter
from epanns.storage.atomic import ENDING
from tests.support.commands import CommandRun, epanns
from tests.support.counting import ABOUT, prediction, sound
from tests.support.full_disk import file_limit
from tests.support.toy_pack import OWN, toy_pack

ROOM = (0, 600, 9_000)  # bytes
TRAIN = "--steps 2 --warm-up 1 --batch 2 --log-every 1 --widths 4,4,4,4,4,4 --embedding 8"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording, a listing, a session and a pack."""
    random = np.random.default_rng(5)
    soundfile.write(tmp_path / "noise.wav", random.normal(0, 0.1, 20 * 32000), 32000)
    (tmp_path / "listing.csv").write_text("path,labels,split\nnoise.wav,White noise,test\n")
    toy_pack(tmp_path / "pack.h5", vocabulary=OWN)
    with SessionWriter(tmp_path / "session.h5", ABOUT) as writer:
        writer.add_network("starter", "a network", "")
        writer.add_gap(Gap(100, 10, "overflow"))
        for end in range(32000, 64001, 3200):
            writer.add_prediction(prediction(end))
        writer.add_sound(sound(0, 64000))
        writer.finish("stopped")
    (tmp_path / "disk").mkdir()
    return tmp_path


def run(folder: Path, words: str) -> CommandRun:
    return epanns(*(word.format(folder, disk=folder / "disk") for word in words.split()))


@pytest.mark.parametrize("room", ROOM)
@pytest.mark.parametrize(
    ("words", "file"),
    [
        ("tag {0}/noise.wav --csv --segments --top-k 500 --out {disk}/o.csv", "o.csv"),
        ("tag {0}/noise.wav --json --segments --top-k 500 --out {disk}/o.json", "o.json"),
        ("tag {0}/noise.wav --segments --out {disk}/o.h5", "o.h5"),
        ("embed {0}/noise.wav --out {disk}/o.h5", "o.h5"),
        ("embed {0}/noise.wav --npz {disk}/npz", "npz/noise.wav.npz"),
        ("detect {0}/noise.wav --plot {disk}/plot.png", "plot.png"),
        ("detect {0}/noise.wav --threshold 0.001 --dcase --into {disk}/events", "events/"),
        ("pack {disk}/pack.h5 --listing {0}/listing.csv", "pack.h5"),
        ("evaluate {0}/listing.csv --plots {disk}/plots", "plots/classes-loudest.png"),
        ("export {0}/session.h5 --as wav --into {disk}", "session.wav"),
        ("export {0}/session.h5 --as csv --into {disk}", "session.csv"),
        ("export {0}/session.h5 --as picture --into {disk}", "session.png"),
        (f"train {{0}}/pack.h5 --out {{disk}}/run {TRAIN}", "run/state.pt"),
        ("prune starter --share 0.5 --out {disk}/half.pth", "half.pth"),
    ],
)
def test_what_has_no_room_is_said_in_a_sentence(
    folder: Path, words: str, file: str, room: int
) -> None:
    with file_limit(room):
        done = run(folder, words)
    assert done.returncode == 1
    assert f"{folder / 'disk' / file}" in done.stderr.splitlines()[-1]
    assert done.stderr.endswith("cannot be written: File too large.\n")
    left = {each.name: each for each in (folder / "disk").rglob("*") if each.is_file()}
    assert not [name for name in left if name.endswith((ENDING, ".journal"))]
    for name, path in left.items():  # a table without recordings, a file of no recordings
        assert name.endswith(".h5") or not path.read_text().count("noise.wav"), name


def test_a_recording_that_has_room_stays_and_the_next_one_is_there_as_a_whole_or_not(
    folder: Path,
) -> None:
    soundfile.write(folder / "short.wav", np.full(32000, 0.1), 32000)
    out = folder / "disk" / "o.csv"
    words = "tag {0}/short.wav {0}/noise.wav --csv --segments --out {disk}/o.csv"
    with file_limit(2000):
        assert run(folder, words).returncode == 1
    lines = out.read_text().splitlines()
    assert len(lines) == 6 and all("short.wav" in line for line in lines[1:])


def test_an_evaluation_shows_its_table_before_it_draws(folder: Path) -> None:
    with file_limit(0):
        done = run(folder, "evaluate {0}/listing.csv --plots {disk}")
    assert "The loudest second of each clip (1 clip)" in done.stdout and "starter" in done.stdout
    assert done.stderr == (
        f"{folder / 'disk' / 'classes-loudest.png'} cannot be written: File too large.\n"
    )
