"""Sessions of strangers: whatever the file is, one sentence says what is wrong."""

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from epanns.audio.ring_buffer import Gap
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.sessions.reader import Session
from epanns.sessions.session_format import SessionError
from epanns.sessions.session_writer import SessionWriter
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.counting import ABOUT, sound, toy_session
from tests.support.hostile_hdf5 import claim_rows, inflate_chunk, repeat_text
from tests.support.programs import ROOT, environment


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return toy_session(tmp_path / "session.h5", 3.0)


def replaced(name: str, **options: object) -> Callable[[h5py.File], None]:
    """Put another dataset in the place of one."""

    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, **options)

    return change


def without(name: str) -> Callable[[h5py.File], None]:
    return lambda file: file.__delitem__(name)


def attribute(name: str, value: object) -> Callable[[h5py.File], None]:
    return lambda file: file.attrs.__setitem__(name, value)


def foreign_link(file: h5py.File) -> None:
    """To something that could be read, but is not in the file that was opened."""
    other = toy_session(Path(file.filename).with_name("other.h5"), 3.0)
    del file["waveform"]
    file["waveform"] = h5py.ExternalLink(str(other), "waveform")


def soft_link(file: h5py.File) -> None:
    file.move("waveform", "elsewhere")
    file["waveform"] = h5py.SoftLink("/elsewhere")


def kept_elsewhere(file: h5py.File) -> None:
    del file["waveform"]
    file.create_dataset("waveform", (100,), "<i2", external=[("/etc/passwd", 0, 200)])


def virtual(file: h5py.File) -> None:
    del file["waveform"]
    layout = h5py.VirtualLayout((100,), "<i2")
    layout[:] = h5py.VirtualSource("/etc/passwd", "waveform", (100,))
    file.create_virtual_dataset("waveform", layout)


def labels_kept_elsewhere(file: h5py.File) -> None:
    """Which would show what another file holds as the names of classes."""
    other = Path(file.filename).with_name("secrets.txt")
    other.write_text("".join(f"{number:04}" for number in range(527)))
    del file["labels"]
    file.create_dataset("labels", (527,), "S4", external=[(str(other), 0, 4 * 527)])


def labels_gathered(file: h5py.File) -> None:
    other = Path(file.filename).with_name("secrets.h5")
    with h5py.File(other, "w") as secrets:
        secrets["labels"] = np.array([f"{number:04}" for number in range(527)], "S4")
    del file["labels"]
    layout = h5py.VirtualLayout((527,), "S4")
    layout[:] = h5py.VirtualSource(str(other), "labels", (527,))
    file.create_virtual_dataset("labels", layout)


def soft_link_to_labels(file: h5py.File) -> None:
    file.move("labels", "elsewhere")
    file["labels"] = h5py.SoftLink("/elsewhere")


def a_class_twice(file: h5py.File) -> None:
    file["labels"][7] = file["labels"].asstr()[8]


def gaps_in_disorder(file: h5py.File) -> None:
    file["gaps"].resize(2, 0)
    file["gaps"][:] = [(500, 5, b"lost"), (20, 5, b"lost")]


def predictions_in_disorder(file: h5py.File) -> None:
    file["predictions"][3] = (5, 10, 0.0, 0.0)


def predictions_far_away(file: h5py.File) -> None:
    file["predictions"][-1] = (2**60 - 10, 2**60, 0.0, 0.0)


# How a session may fail to name its classes.
UNNAMED = {
    "no labels": without("labels"),
    "fewer labels than classes": replaced("labels", data=[f"class {n}" for n in range(500)]),
    "labels that are numbers": replaced("labels", data=np.arange(527)),
    "labels of a megabyte each": replaced("labels", shape=(527,), dtype="S1048576", chunks=(1,)),
    "labels kept in another file": labels_kept_elsewhere,
    "labels gathered from other files": labels_gathered,
    "a link to the labels": soft_link_to_labels,
    "no number of classes": lambda file: file.attrs.__delitem__("classes"),
    "a number of classes that is none": attribute("classes", "many"),
    "no classes at all": attribute("classes", 0),
    "more classes than scores": attribute("classes", 528),
}

DAMAGE = {
    "no waveform": without("waveform"),
    "no scores": without("scores"),
    "no gaps": without("gaps"),
    "no settings": lambda file: file.attrs.__delitem__("settings"),
    "settings that are no JSON": attribute("settings", "{"),
    "settings that are a list": attribute("settings", "[1]"),
    "settings that are numbers": attribute("settings", np.arange(5)),
    "no date": attribute("began", "yesterday"),
    "a date that is a number": attribute("began", 5),
    "another version": attribute("version", 2),
    "another rate": attribute("sample_rate", 48000),
    "a waveform in floats": replaced("waveform", shape=(9,), dtype="<f4", chunks=(9,)),
    "a waveform of two channels": replaced("waveform", shape=(9, 2), dtype="<i2", chunks=(9, 2)),
    "a waveform without chunks": replaced("waveform", shape=(9,), dtype="<i2"),
    "enormous chunks": replaced("waveform", shape=(2**31,), dtype="<i2", chunks=(2**30,)),
    "fewer scores than predictions": lambda file: file["scores"].resize(2, 0),
    "a group for scores": lambda file: (without("scores")(file), file.create_group("scores")),
    "other tables": replaced("predictions", shape=(9,), dtype="<i8", chunks=(9,)),
    "a link to another file": foreign_link,
    "a link within the file": soft_link,
    "samples kept in another file": kept_elsewhere,
    "samples gathered from other files": virtual,
    **UNNAMED,
    "a class twice": a_class_twice,
    "an empty class": lambda file: file["labels"].__setitem__(7, " "),
    "gaps in disorder": gaps_in_disorder,
    "predictions in disorder": predictions_in_disorder,
    "predictions far away": predictions_far_away,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_session_is_one_sentence(path: Path, name: str) -> None:
    with h5py.File(path, "r+") as file:
        DAMAGE[name](file)
    with pytest.raises(SessionError) as caught:
        Session(path)
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert sentence.endswith(".")
    assert "\n" not in sentence


def a_gap_of_years(path: Path) -> None:
    claim_rows(path, 2**40, "waveform")
    with h5py.File(path, "r+") as file:
        file["gaps"].resize(1, 0)
        file["gaps"][0] = (96_000, 2**40, b"lost")


# What a file of 270 kB may claim: gigabytes in memory, or on the disk once they are exported.
CLAIMS: dict[str, Callable[[Path], None]] = {
    "predictions": lambda path: claim_rows(path, 10**8, "predictions", "scores"),
    "gaps": lambda path: claim_rows(path, 3 * 10**7, "gaps"),
    "devices": lambda path: claim_rows(path, 10**8, "devices"),
    "networks": lambda path: claim_rows(path, 10**8, "networks"),
    "sound": lambda path: claim_rows(path, 10**9, "waveform"),
    "years of sound": lambda path: claim_rows(path, 2**40, "waveform"),
    "a gap of years": a_gap_of_years,
    "one name for all classes": lambda path: repeat_text(path, "labels", 1_000_000),
    "a second of sound in a gigabyte": lambda path: inflate_chunk(path, "waveform", 2**30),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_what_a_file_claims_is_held_against_its_size(path: Path, name: str) -> None:
    CLAIMS[name](path)
    opening = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from epanns.sessions.reader import Session\n"
        "from epanns.sessions.session_format import SessionError\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    Session(Path(sys.argv[1]))\n"
        "except SessionError as error:\n"
        "    print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    run = subprocess.run(
        [sys.executable, "-c", opening, path],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    sentence, kibibytes = run.stdout.splitlines()
    assert sentence.startswith(f"{path} is damaged: ") and sentence.endswith(".")
    assert int(kibibytes) < 100_000


def test_hours_without_sound_are_no_claim(path: Path) -> None:
    """As after a night in which the computer slept."""
    night = 10 * 3600 * SAMPLE_RATE
    with SessionWriter(path.with_name("night.h5"), ABOUT) as writer:
        writer.add_sound(sound(0, 32000))
        writer.skip(night)
        writer.add_gap(Gap(32000, night, "microphone lost"))
        writer.add_sound(sound(0, 32000))
        writer.finish("stopped")
    with Session(writer.path) as session:
        assert session.samples == night + 64000
        assert (session.waveform(night + 32000, night + 64000) == sound(0, 32000)).all()


@pytest.mark.parametrize("name", UNNAMED)
def test_names_of_classes_are_looked_at_before_they_are_read(path: Path, name: str) -> None:
    with h5py.File(path, "r+") as file:
        UNNAMED[name](file)
    with pytest.raises(SessionError, match=r"is damaged: .*(labels|classes)"):
        Session(path)


def test_hdf5_of_somebody_else_is_said_to_be_that(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["temperature"] = np.arange(10)
    with pytest.raises(SessionError, match="is an HDF5 file but no recording session"):
        Session(path)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" * 99])
def test_what_is_no_hdf5_at_all_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.h5"
    path.write_bytes(content)
    with pytest.raises(SessionError, match="is no recording session, or it is damaged"):
        Session(path)


def test_a_session_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match=r"gone\.h5 is not there; python -m epanns record"):
        Session(tmp_path / "gone.h5")
    with pytest.raises(SessionError, match="cannot be opened"):
        Session(tmp_path)


def test_a_session_that_was_cut_off_mid_way_in_a_copy_is_one_sentence(path: Path) -> None:
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(SessionError):
            Session(path)


def test_flipped_bytes_never_give_more_than_one_sentence(path: Path, tmp_path: Path) -> None:
    """In another process, which a crash inside HDF5 would end."""
    chance = random.Random(5)
    whole = path.read_bytes()
    for number in range(60):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            # metadata, for the most part: the beginning of the file and what is behind the sound
            near = chance.random() < 0.5
            broken[chance.randrange(6000) if near else chance.randrange(len(broken))] ^= (
                1 << chance.randrange(8)
            )
        (tmp_path / f"{number}.h5").write_bytes(broken)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from epanns.sessions.reader import Session\n"
        "from epanns.sessions.session_format import SessionError\n"
        "for number in range(60):\n"
        "    try:\n"
        "        with Session(Path(sys.argv[1]) / f'{number}.h5') as session:\n"
        "            sum(len(block) for block in session.blocks())\n"
        "            sum(1 for _ in session.predictions())\n"
        "        print('read')\n"
        "    except SessionError as error:\n"
        "        print(error)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) == 60
    assert 5 < lines.count("read") < 55  # some hit the sound, some what says where it is


def test_gaps_that_reach_beyond_the_sound_are_cut(tmp_path: Path) -> None:
    path = toy_session(tmp_path / "session.h5", 3.0)
    with h5py.File(path, "r+") as file:
        file["gaps"].resize(2, 0)
        file["gaps"][:] = [(90_000, 32_000, b"microphone lost"), (200_000, 5, b"overflow")]
    with Session(path) as session:
        assert session.gaps == (Gap(90_000, 6_000, "microphone lost"),)


def test_scores_that_are_none_become_zero(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["scores"][0, :3] = [np.nan, np.inf, -1]
    with Session(path) as session:
        assert session.scores(0, 1)[0, :3].tolist() == [0.0, 1.0, 0.0]


def test_a_session_on_a_medium_that_cannot_be_written_to_is_read(path: Path) -> None:
    path.chmod(0o444)
    with Session(path) as session:
        assert (session.waveform(10, 20) == sound(10, 20)).all()


def test_a_session_of_audioset_is_one_whatever_made_it(path: Path) -> None:
    with Session(path) as session:
        assert session.vocabulary is AUDIOSET
