"""A session reads as it was written, and whatever is not committed is not there."""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest

from epanns.audio.ring_buffer import Gap
from epanns.prediction import NetworkInfo
from epanns.sessions.reader import Session
from epanns.sessions.session_format import CHUNK_SAMPLES, SessionError
from epanns.sessions.session_writer import SessionWriter
from tests.support.counting import ABOUT, TOOLS, prediction, sound, steps


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.h5"


def test_everything_comes_back_as_it_was_written(path: Path) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_device("Röde NT-USB+")
        writer.add_network("starter", "Cnn14, 1.2 M values", "ab" * 32)
        for end in range(16000, 70001, 3200):
            writer.add_prediction(prediction(end))
        writer.add_sound(sound(0, 70001))
        writer.finish("stopped")
    with Session(path) as session:
        assert session.began.isoformat() == "2025-11-21T14:03:07.250000+01:00"
        assert (session.source, session.device, session.ended) == (
            "microphone", "Röde NT-USB+", "stopped",
        )  # fmt: skip
        assert session.networks == ((0, NetworkInfo("starter", "Cnn14, 1.2 M values", "ab" * 32)),)
        assert session.settings == {"hop": 0.1, "segment": 1.0}
        assert session.versions == {"Python": "3.11"}
        assert session.gaps == ()
        assert session.samples == 70001
        assert (session.waveform(0, 70001) == sound(0, 70001)).all()
        assert len(session) == 17
        for found, end in zip(session.predictions(), range(16000, 70001, 3200), strict=True):
            wanted = prediction(end)
            assert (found.start, found.end) == (wanted.start, wanted.end)
            assert (found.scores == wanted.scores).all()
            assert found.level_dbfs == wanted.level_dbfs
            assert found.seconds == pytest.approx(wanted.seconds)


def test_the_file_explains_itself(path: Path) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, 32000))
        writer.finish("stopped")
    with h5py.File(path) as file:
        assert file["waveform"].dtype == np.int16
        assert file["waveform"].compression == "gzip"
        assert file["scores"].dtype == np.float16
        assert file["labels"].asstr()[72] == "Animal"
        assert file.attrs["sample_rate"] == 32000


@pytest.mark.parametrize("piece", [1, 999, 16000, 23456, 200_000])
def test_sound_in_pieces_of_any_length_is_the_same(path: Path, piece: int) -> None:
    samples = min(100_001, 200 * piece)
    with SessionWriter(path, ABOUT) as writer:
        for start in range(0, samples, piece):
            writer.add_sound(sound(start, min(start + piece, samples)))
            if start // piece % 3 == 0:
                writer.commit()
        writer.finish("stopped")
    with h5py.File(path) as file:
        assert (file["waveform"][:] == steps(0, samples)).all()


def test_a_commit_keeps_all_but_a_part_of_a_chunk(path: Path) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, 3 * CHUNK_SAMPLES - 1))
        writer.add_prediction(prediction(16000))
        writer.commit()
        writer.add_sound(sound(3 * CHUNK_SAMPLES - 1, 5 * CHUNK_SAMPLES))  # and never committed
    with Session(path) as session:
        assert session.samples == 2 * CHUNK_SAMPLES
        assert len(session) == 1
        assert session.ended == ""


def test_what_is_too_loud_is_clipped(path: Path) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(np.array([1.0, 1.5, -1.0, -2.0, 0.00001], np.float32))
        writer.finish("stopped")
    with h5py.File(path) as file:
        assert file["waveform"][:].tolist() == [32767, 32767, -32768, -32768, 0]


def test_hours_without_sound_cost_neither_memory_nor_disk(path: Path) -> None:
    hours = 30 * 3600 * 32000
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, 20_000))
        writer.skip(hours)
        writer.add_gap(Gap(20_000, hours, "microphone lost"))
        writer.commit()
        writer.add_sound(sound(0, 20_000))
        writer.finish("stopped")
        assert writer.size < 2_000_000
    with Session(path) as session:
        assert (session.waveform(10_000, 20_000) == sound(10_000, 20_000)).all()
        assert not session.waveform(20_000, 60_000).any()
        end = session.waveform(hours + 19_999, hours + 50_000)
        assert (end == np.append(np.float32(0), sound(0, 20_000))).all()
        assert session.gaps == (Gap(20_000, hours, "microphone lost"),)


@pytest.mark.parametrize("committed", [False, True])
def test_a_gap_that_becomes_longer_is_one_gap(path: Path, committed: bool) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_gap(Gap(10, 0, "overflow"))
        writer.add_gap(Gap(20, 5, "microphone lost"))
        writer.add_sound(sound(0, 200))
        for samples in (50, 100):
            if committed:
                writer.commit()
            writer.add_gap(Gap(20, samples, "microphone lost"), extends=True)
        writer.finish("stopped")
    with Session(path) as session:
        assert session.gaps == (Gap(10, 0, "overflow"), Gap(20, 100, "microphone lost"))


def test_gaps_after_one_that_became_longer_are_gaps_of_their_own(path: Path) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, 200))
        writer.add_gap(Gap(20, 5, "microphone lost"))
        writer.commit()
        writer.add_gap(Gap(20, 10, "microphone lost"), extends=True)
        writer.commit()
        writer.add_gap(Gap(50, 5, "overflow"))
        writer.commit()
        writer.add_gap(Gap(90, 5, "microphone lost"))
        writer.finish("stopped")
    with Session(path) as session:
        assert session.gaps == (
            Gap(20, 10, "microphone lost"),
            Gap(50, 5, "overflow"),
            Gap(90, 5, "microphone lost"),
        )


def test_a_recording_is_never_written_over(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(SessionError, match="is there already; choose another name"):
        SessionWriter(path, ABOUT)
    assert path.read_text() == "precious"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionError, match=r"session\.h5 cannot be written: .*\.$"):
        SessionWriter(tmp_path / "file" / "session.h5", ABOUT)


def test_long_names_are_cut_between_letters(path: Path) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_device("ü" * 500)
        writer.add_sound(sound(0, 10))
        writer.finish("stopped")
    with Session(path) as session:
        assert session.device == "ü" * 100


def test_classes_of_another_network_come_back_with_their_names(path: Path) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, 32000))
        writer.commit()  # before anything is scored
        writer.add_network(TOOLS.name, TOOLS.title, TOOLS.checksum)
        for end in range(16000, 32001, 3200):
            writer.add_prediction(prediction(end, network=TOOLS))
            writer.commit()
        writer.finish("stopped")
    with Session(path) as session:
        assert session.vocabulary == TOOLS.vocabulary
        assert session.vocabulary.names == ("Drill", "Säge", "Saw, far")
        assert session.scores(0, 10).shape == (6, 3)
        found = list(session.predictions())
        assert [each.network for each in found] == [TOOLS] * 6
        assert [each.top(1) for each in found] == [
            prediction(end, network=TOOLS).top(1) for end in range(16000, 32001, 3200)
        ]
        assert next(session.predictions(4)).end == 28800
    with h5py.File(path) as file:
        assert file["labels"].asstr()[:].tolist() == list(TOOLS.vocabulary.names)
        assert file.attrs["classes"] == 3


def test_each_prediction_has_the_network_that_made_it(path: Path) -> None:
    networks = [NetworkInfo(name, name.upper(), "ab" * 32) for name in ("one", "two")]
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, 32000))
        for end in range(3200, 32001, 3200):
            if end in (3200, 16000):
                network = networks[end > 3200]
                writer.add_network(network.name, network.title, network.checksum)
            writer.add_prediction(prediction(end, network=network))
        writer.finish("stopped")
    with Session(path) as session:
        names = [found.network.name for found in session.predictions()]
        assert names == ["one"] * 4 + ["two"] * 6
        assert [found.network for found in session.predictions(6)] == [networks[1]] * 4


@pytest.mark.parametrize("committed", [False, True])
def test_scores_of_two_vocabularies_are_not_mixed(path: Path, committed: bool) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, 32000))
        writer.add_prediction(prediction(16000, network=TOOLS))
        if committed:
            writer.commit()
        with pytest.raises(SessionError, match="has scores of other classes; record into another"):
            writer.add_prediction(prediction(19200))
        writer.finish("stopped")
    with Session(path) as session:
        assert len(session) == 1
        assert session.vocabulary == TOOLS.vocabulary


def test_a_file_to_which_nothing_came_is_not_left_behind(path: Path) -> None:
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, 32000))
        assert path.exists() and not writer.is_kept
    assert not list(path.parent.iterdir())


def test_a_file_that_cannot_be_made_leaves_nothing_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> None:
        raise OSError(errno.EIO, "")

    monkeypatch.setattr("epanns.sessions.session_writer.SharedFile", fail)
    with pytest.raises(SessionError, match="Input/output error"):
        SessionWriter(path, ABOUT)
    assert not list(path.parent.iterdir())


def test_a_name_that_is_taken_is_refused_or_gets_a_number(path: Path) -> None:
    """The name is free when it is chosen; another program takes it before the first sound comes."""
    path.write_text("precious")
    path.with_stem("session_2").symlink_to(path.with_name("nowhere"))
    with pytest.raises(SessionError, match=f"{path} is there already; choose another name."):
        SessionWriter(path, ABOUT)
    with SessionWriter(path, ABOUT, renames=True) as writer:
        writer.finish("stopped")
    assert writer.path.name == "session_3.h5" and Session(writer.path).ended == "stopped"
    assert path.read_text() == "precious"


def test_recorders_that_begin_at_once_get_files_of_their_own(path: Path) -> None:
    """Ten threads wait for each other, then all take the same name."""
    together = threading.Barrier(10)

    def record(number: int) -> Path:
        together.wait()
        with SessionWriter(path, ABOUT | {"source": str(number)}, renames=True) as writer:
            writer.finish("stopped")
        return writer.path

    with ThreadPoolExecutor(10) as pool:
        paths = list(pool.map(record, range(10)))
    assert len(set(paths)) == 10
    assert [Session(each).source for each in paths] == list(map(str, range(10)))
