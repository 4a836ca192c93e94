"""What a pack gives back, and what it says of files that are none."""

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from epanns.datasets.pack import Pack, PackError, PackWriter
from epanns.storage.journal import JournalledFile
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.hostile_hdf5 import claim_rows, inflate_chunk, repeat_text

RATE = 32000


def noise(samples: int, seed: int) -> np.ndarray:
    """Noise in 16 bits, which a pack gives back exactly."""
    steps = np.random.default_rng(seed).integers(-32768, 32768, samples)
    return (steps / 32768).astype(np.float32)


def labels(*indices: int) -> np.ndarray:
    target = np.zeros(527, bool)
    target[list(indices)] = True
    return target


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "clips.h5"
    with PackWriter(path) as writer:
        writer.add("a/dog.wav", noise(40000, 0), labels(0, 526), "train", 3, "ours", "CC0")
        writer.add(
            "b/Žába 蛙.ogg", noise(1, 1), labels(7), "test", source="theirs", licence="CC BY"
        )
        writer.add("c", noise(70000, 2), labels(), "unlabelled")
        for windows in (2, 0, 1):
            writer.add_teacher("mn04", np.full((windows, 527), windows / 4), RATE, RATE // 2)
    return path


def test_every_column_comes_back(path: Path) -> None:
    with Pack(path) as pack:
        assert len(pack) == 3
        assert pack.names == ("a/dog.wav", "b/Žába 蛙.ogg", "c")
        assert pack.sources == ("ours", "theirs", "")
        assert pack.licences == ("CC0", "CC BY", "")
        assert pack.splits == ("train", "test", "unlabelled")
        assert pack.folds.dtype == np.int16
        assert pack.folds.tolist() == [3, -1, -1]
        assert [pack.length(index) for index in range(3)] == [40000, 1, 70000]


def test_a_clip_that_is_not_there_is_no_damage(path: Path) -> None:
    with Pack(path) as pack, pytest.raises(IndexError):
        pack.waveform(3)
    with PackWriter(path) as writer, pytest.raises(IndexError, match="no clip 3 among 3"):
        writer.waveform(3)


def test_targets_are_asked_for_in_any_order(path: Path) -> None:
    with Pack(path) as pack:
        targets = pack.targets([2, 0, 0])
        assert targets.shape == (3, 527) and targets.dtype == np.float32
        assert np.argwhere(targets).tolist() == [[1, 0], [1, 526], [2, 0], [2, 526]]
        assert pack.targets(1).shape == (527,)
        assert pack.targets([]).shape == (0, 527)


@pytest.mark.parametrize(
    ("start", "samples"), [(0, None), (0, 40000), (32767, 2), (39000, None), (40000, None)]
)
def test_a_part_of_a_clip_is_that_part(path: Path, start: int, samples: int | None) -> None:
    with Pack(path) as pack:
        waveform = pack.waveform(0, start, samples)
    assert waveform.dtype == np.float32
    stop = None if samples is None else start + samples
    np.testing.assert_array_equal(waveform, noise(40000, 0)[start:stop])


@pytest.mark.parametrize("start", [0, 39990, 40000, 50000])
def test_zeros_follow_the_end_of_a_clip_and_not_the_next_clip(path: Path, start: int) -> None:
    with Pack(path) as pack:
        waveform = pack.waveform(0, start, 60000)
    there = noise(40000, 0)[start:]
    np.testing.assert_array_equal(waveform, np.pad(there, (0, 60000 - len(there))))


def test_a_part_that_cannot_be_is_refused(path: Path) -> None:
    with Pack(path) as pack:
        with pytest.raises(ValueError, match="cannot start at -1"):
            pack.waveform(0, -1)
        with pytest.raises(ValueError, match="with -5 samples"):
            pack.waveform(0, 0, -5)


def test_clips_are_selected_by_split(path: Path) -> None:
    with Pack(path) as pack:
        assert pack.select(split="train").tolist() == [0]
        assert pack.select(split=["test", "unlabelled"]).tolist() == [1, 2]
        assert pack.select(split="none").dtype == np.int64


def test_a_teacher_says_something_about_the_clips_that_it_scored(path: Path) -> None:
    with Pack(path) as pack:
        assert pack.teacher("somebody else") is None
        teacher = pack.teacher("mn04")
        assert teacher is not None
        assert (len(teacher), teacher.segment, teacher.hop) == (3, RATE, RATE // 2)
        scores = teacher.scores(0)
        assert scores.dtype == np.float32 and scores.shape == (2, 527)
        assert (scores == 0.5).all()
        assert teacher.scores(1).shape == (0, 527)
        assert (teacher.scores(2) == 0.25).all()


def test_an_empty_pack_is_a_pack(tmp_path: Path) -> None:
    PackWriter(tmp_path / "none.h5").close()
    with Pack(tmp_path / "none.h5") as pack:
        assert len(pack) == 0
        assert pack.names == ()
        assert pack.select(split="train").tolist() == []


def test_any_hdf5_program_can_read_it(path: Path) -> None:
    with h5py.File(path) as file:
        assert dict(file.attrs) == {
            "format": "epanns pack",
            "version": 1,
            "sample_rate": RATE,
            "classes": 527,
        }
        assert file["waveform"].dtype == np.int16 and file["waveform"].compression == "gzip"
        assert file["target"].shape == (3, 66)
        assert file["teacher/mn04/scores"].dtype == np.float16
        assert tuple(file["class"].asstr()[:]) == AUDIOSET.names


SEA = Vocabulary(["humpback whale", "ship, far", "žába 蛙"])


def sea_pack(path: Path) -> Path:
    with PackWriter(path, SEA) as writer:
        for index in range(3):
            writer.add(str(index), noise(100, index), np.eye(3)[index])
            writer.add_teacher("mn04", np.full((2, 3), index / 4), RATE, RATE // 2)
    return path


def test_a_pack_has_classes_of_its_own(tmp_path: Path) -> None:
    path = sea_pack(tmp_path / "sea.h5")
    with Pack(path) as pack:
        assert pack.vocabulary == SEA
        assert np.array_equal(pack.targets(range(3)), np.eye(3)) and pack.labelled.all()
        teacher = pack.teacher("mn04")
        assert teacher is not None and teacher.scores(2).tolist() == [[0.5] * 3] * 2
        with pytest.raises(ValueError, match="'whale' is no pack class"):
            pack.vocabulary.index("whale")
    with h5py.File(path) as file:
        assert file["target"].shape == (3, 1) and file.attrs["classes"] == 3
    with PackWriter(path, Vocabulary(SEA.names, title="another")) as writer:
        assert len(writer) == 3


@pytest.mark.parametrize("kind", [Pack, PackWriter])
def test_a_pack_from_before_there_were_other_classes_is_one_of_audiosets(
    path: Path, kind: type[Pack] | type[PackWriter]
) -> None:
    with h5py.File(path, "a") as file:
        del file["class"]
    with kind(path) as pack:
        assert pack.vocabulary is AUDIOSET and len(pack) == 3
    with PackWriter(path) as writer:
        writer.add("d", noise(10, 3), labels(5))
    with Pack(path) as packed:
        assert packed.names[3] == "d" and np.flatnonzero(packed.targets(3)).tolist() == [5]
    with h5py.File(path) as file:
        assert "class" not in file


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "b"], "its labels are not of its classes"),
        ([f"class {index}" for index in range(9)], "its labels are not of its classes"),
        (["a", "b", "A"], "its classes have names that are missing, empty or there twice"),
        (["a", "", "c"], "its classes have names that are missing, empty or there twice"),
    ],
)
def test_a_pack_of_damaged_classes_is_told(tmp_path: Path, names: list[str], message: str) -> None:
    path = sea_pack(tmp_path / "sea.h5")
    with h5py.File(path, "a") as file:
        del file["class"]
        file.create_dataset("class", data=names, dtype=h5py.string_dtype())
    with pytest.raises(PackError, match=f"sea.h5 is damaged: {message}"):
        Pack(path)


@pytest.mark.parametrize("kind", [Pack, PackWriter])
def test_what_is_no_pack_gets_one_sentence(
    path: Path, tmp_path: Path, kind: type[Pack] | type[PackWriter]
) -> None:
    other, newer, ragged, cut, text = (
        tmp_path / name for name in ["other", "newer", "ragged", "cut", "text"]
    )
    with h5py.File(other, "w") as file:
        file["x"] = 1
    shutil.copy(path, newer)
    with h5py.File(newer, "a") as file:
        file.attrs["version"] = 2
    shutil.copy(path, ragged)
    with h5py.File(ragged, "a") as file:
        file["fold"].resize(2, 0)
    cut.write_bytes(path.read_bytes()[:3000])
    text.write_text("no pack")
    wrong = {
        other: "is an HDF5 file but no pack",
        newer: "another format.*version.*2",
        ragged: "its tables differ in length",
        cut: "is no pack, or it is damaged",
        text: "is no pack, or it is damaged",
        tmp_path: "cannot be opened",
        tmp_path / "no folder" / "clips.h5": "is not there|cannot be written: No such file",
    }
    for file, message in wrong.items():
        with pytest.raises(PackError, match=message) as caught:
            kind(file)
        assert str(file) in str(caught.value) and "\n" not in str(caught.value)


def test_a_commit_cut_short_is_completed_on_opening(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: JournalledFile) -> None:
        raise SystemExit

    with PackWriter(path) as writer, monkeypatch.context() as patch:
        writer.add("d", noise(50000, 3), labels(5))
        patch.setattr(JournalledFile, "_redo", die)
        with pytest.raises(SystemExit):
            writer.flush()
    with Pack(path) as pack:
        assert pack.names[2:] == ("c", "d")
        np.testing.assert_array_equal(pack.waveform(3), noise(50000, 3))


def test_damage_in_the_middle_is_told_when_it_is_met(path: Path) -> None:
    with h5py.File(path) as file:
        damaged = file["waveform"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[damaged.byte_offset : damaged.byte_offset + 1000] = bytes(1000)
    path.write_bytes(content)
    with Pack(path) as pack, pytest.raises(PackError, match="it is damaged"):
        pack.waveform(0)


COLUMNS = ("name", "source", "licence", "split", "fold", "target", "start", "length")


def a_clip_beyond_the_sound(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["length"][1] = 2**40


def a_clip_before_the_sound(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["start"][1] = -5


def sound_of_another_file(path: Path) -> None:
    other = path.with_name("other.h5")
    shutil.copy(path, other)
    with h5py.File(path, "r+") as file:
        del file["waveform"]
        file["waveform"] = h5py.ExternalLink(str(other), "waveform")


CLAIMS: dict[str, Callable[[Path], None]] = {
    "clips": lambda path: claim_rows(path, 10**8, *COLUMNS),
    "sound": lambda path: claim_rows(path, 2**40, "waveform"),
    "a clip beyond the sound": a_clip_beyond_the_sound,
    "a clip before the sound": a_clip_before_the_sound,
    "one name for all classes": lambda path: repeat_text(path, "class", 1_000_000),
    "a chunk that grows": lambda path: inflate_chunk(path, "waveform", 2**28),
    "labels that grow": lambda path: inflate_chunk(path, "target", 2**28),
    "sound of another file": sound_of_another_file,
}


@pytest.mark.parametrize("kind", [Pack, PackWriter])
@pytest.mark.parametrize("name", CLAIMS)
def test_what_a_file_claims_is_held_against_its_size(
    path: Path, name: str, kind: type[Pack] | type[PackWriter]
) -> None:
    CLAIMS[name](path)
    with pytest.raises(PackError, match=r"is damaged: .*; pack it again\."):
        kind(path)


def test_scores_of_a_teacher_are_looked_at_when_they_are_asked_for(path: Path) -> None:
    claim_rows(path, 10**8, "teacher/mn04/start", "teacher/mn04/length")
    with Pack(path) as pack, pytest.raises(PackError, match=r"is damaged: .*; pack it again\."):
        pack.teacher("mn04")
