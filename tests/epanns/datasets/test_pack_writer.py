"""What goes into a pack comes out, also when the writer was killed on the way."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from epanns.datasets import pack_writer as writer_module
from epanns.datasets.pack import Pack, PackError, PackWriter
from epanns.storage.journal import JournalledFile
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.programs import ROOT

NONE = np.zeros(527, bool)
CLIP = np.full(100, 0.5, np.float32)
WAVEFORMS = arrays.arrays(np.float32, st.integers(1, 500), elements=st.floats(-1.5, 1.5, width=32))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
CLIPS = st.lists(
    st.tuples(
        TEXTS, WAVEFORMS, st.sets(st.integers(0, 526)), TEXTS, st.integers(-1, 9), st.booleans()
    ),
    max_size=6,
    unique_by=lambda clip: clip[0],
)


@settings(max_examples=40)
@given(clips=CLIPS)
def test_what_goes_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory,
    clips: list[tuple[str, np.ndarray, set[int], str, int, bool]],
) -> None:
    path = tmp_path_factory.mktemp("pack") / "clips.h5"
    writer = PackWriter(path)
    for name, waveform, indices, text, fold, reopened in clips:
        writer.add(name, waveform, np.isin(np.arange(527), list(indices)), text, fold, text, text)
        if reopened:
            writer.close()
            writer = PackWriter(path)
    writer.close()
    with Pack(path) as pack:
        assert pack.names == tuple(clip[0] for clip in clips)
        for index, (_, waveform, indices, text, fold, _) in enumerate(clips):
            packed = pack.waveform(index)
            assert packed.dtype == np.float32 and np.abs(packed).max() <= 1
            steps = waveform.clip(-1, 32767 / 32768)
            np.testing.assert_allclose(packed, steps, rtol=0, atol=0.5 / 32768)
            assert set(np.flatnonzero(pack.targets(index))) == indices
            assert (pack.splits[index], pack.sources[index], pack.licences[index]) == (text,) * 3
            assert pack.folds[index] == fold


@settings(max_examples=20)
@given(st.integers(1, 40), st.data())
def test_labels_of_any_number_of_classes_come_out(
    tmp_path_factory: pytest.TempPathFactory, classes: int, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("pack") / "clips.h5"
    vocabulary = Vocabulary([f"class {number}" for number in range(classes)])
    targets = data.draw(arrays.arrays(np.bool_, (3, classes)))
    scores = data.draw(arrays.arrays(np.float16, (2, classes), elements=st.floats(0, 1, width=16)))
    for index in range(3):  # opened for each of them
        with PackWriter(path, vocabulary) as writer:
            writer.add(str(index), CLIP, targets[index])
            writer.add_teacher("t", scores, 32000, 16000)
    with Pack(path) as pack:
        assert pack.vocabulary == vocabulary
        assert np.array_equal(pack.targets(range(3)) > 0, targets)
        assert np.array_equal(pack.labelled, targets.any(axis=1))
        teacher = pack.teacher("t")
        assert teacher is not None and np.array_equal(teacher.scores(2), scores)


def test_clips_of_other_classes_are_not_added(tmp_path: Path) -> None:
    path = tmp_path / "clips.h5"
    PackWriter(path, Vocabulary(["whale", "ship"])).close()
    message = r"holds clips of other classes .*\(2 and 527, .*'whale' and 'Speech'\); use a file"
    with pytest.raises(PackError, match=message) as caught:
        PackWriter(path)
    assert str(path) in str(caught.value)
    with PackWriter(path, Vocabulary(["whale", "ship"])) as writer:  # it is open to others again
        with pytest.raises(ValueError, match=r"a target has shape \(2,\), not \(527,\)"):
            writer.add("a", CLIP, NONE)
        writer.add("a", CLIP, [1, 0])
        with pytest.raises(ValueError, match=r"scores have shape \(windows, 2\)"):
            writer.add_teacher("t", np.zeros((1, 527)), 32000, 16000)


@pytest.mark.parametrize("name", ["a\0b", "caf\udce9"])
def test_names_of_classes_that_hdf5_cannot_keep_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"NULL|surrogates"):
        PackWriter(tmp_path / "clips.h5", Vocabulary([name]))
    assert not list(tmp_path.iterdir())


def test_recordings_in_16_bits_come_out_bit_by_bit(tmp_path: Path) -> None:
    every = (np.arange(-32768, 32768) / 32768).astype(np.float32)
    with PackWriter(tmp_path / "clips.h5") as writer:
        writer.add("every step", every, NONE)
        np.testing.assert_array_equal(writer.waveform(0), every)


def test_a_clip_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "clips.h5"
    for level in (0.25, 0.5):
        with PackWriter(path) as writer:
            for name in ("a", "b", "a"):
                writer.add(name, np.full(10, level, np.float32), NONE, source="ours")
            assert len(writer) == 2
            assert writer.holds("a", "ours") and not writer.holds("c", "ours")
    with Pack(path) as pack:
        assert pack.names == ("a", "b") and pack.waveform(1)[0] == 0.25


def test_another_clip_of_the_same_name_is_not_taken_for_it(tmp_path: Path) -> None:
    with PackWriter(tmp_path / "clips.h5") as writer:
        writer.add("a", CLIP, NONE, source="ours")
        with pytest.raises(PackError, match="holds another clip named a, from ours"):
            writer.add("a", CLIP, NONE, source="theirs")


@pytest.mark.parametrize(
    "waveform", [np.zeros((2, 5)), np.zeros(0), np.array([0.0, np.nan]), np.array([np.inf])]
)
def test_what_is_no_waveform_is_refused(tmp_path: Path, waveform: np.ndarray) -> None:
    with PackWriter(tmp_path / "clips.h5") as writer:
        with pytest.raises(ValueError, match="a waveform is finite numbers"):
            writer.add("a", waveform.astype(np.float32), NONE)
        with pytest.raises(ValueError, match=r"a target has shape \(527,\), not \(3,\)"):
            writer.add("a", CLIP, np.zeros(3))
        assert len(writer) == 0


@pytest.mark.parametrize("name", ["a\0b", "caf\udce9"])
def test_names_that_hdf5_cannot_keep_are_refused(tmp_path: Path, name: str) -> None:
    with PackWriter(tmp_path / "clips.h5") as writer:
        with pytest.raises(ValueError, match=r"NUL|surrogates"):
            writer.add(name, CLIP, NONE)
        with pytest.raises(OverflowError):
            writer.add("a", CLIP, NONE, fold=40000)
        assert len(writer) == 0


def test_memory_is_given_back_every_few_minutes_of_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "FLUSH_SAMPLES", 250)
    with PackWriter(tmp_path / "clips.h5") as writer:
        held = []
        for index in range(20):
            writer.add(str(index), CLIP, NONE)
            held.append(sum(len(row["waveform"]) for row in writer._rows))
    assert set(held) == {0, 100, 200}


def test_a_teacher_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "clips.h5"
    scores = np.random.default_rng(0).random((5, 3, 527), np.float32)
    for session in ((0, 1, 2), (3, 4)):
        with PackWriter(path) as writer:
            for index in session:
                writer.add(str(index), CLIP, NONE)
            assert writer.scored("mn04") == session[0]
            for index in session:
                writer.add_teacher("mn04", scores[index], 32000, 16000)
            assert writer.scored("mn04") == session[-1] + 1 and writer.scored("yamnet") == 0
            np.testing.assert_array_equal(writer.waveform(session[-1]), CLIP)
            with pytest.raises(ValueError, match="has scored all"):
                writer.add_teacher("mn04", scores[0], 32000, 16000)
    with Pack(path) as pack:
        teacher = pack.teacher("mn04")
        assert teacher is not None
        for index in range(5):
            np.testing.assert_array_equal(
                teacher.scores(index), scores[index].astype(np.float16).astype(np.float32)
            )


def test_a_teacher_keeps_its_windows(tmp_path: Path) -> None:
    with PackWriter(tmp_path / "clips.h5") as writer:
        writer.add("a", CLIP, NONE)
        writer.add("b", CLIP, NONE)
        writer.add_teacher("mn04", np.zeros((1, 527)), 32000, 16000)
        with pytest.raises(PackError, match="segments of 32000 samples, one each 16000"):
            writer.add_teacher("mn04", np.zeros((1, 527)), 64000, 16000)
        with pytest.raises(ValueError, match=r"scores have shape \(windows, 527\)"):
            writer.add_teacher("mn04", np.zeros(527), 32000, 16000)
        with pytest.raises(ValueError, match="has no slash"):
            writer.add_teacher("a/b", np.zeros((1, 527)), 32000, 16000)


@pytest.mark.skipif(os.name != "posix", reason="HDF5 locks no files on Windows")
def test_nobody_else_opens_a_pack_that_is_being_written(tmp_path: Path) -> None:
    path = tmp_path / "clips.h5"
    with PackWriter(path):
        for kind in (Pack, PackWriter):
            with pytest.raises(PackError, match="is in use by another program"):
                kind(path)
    Pack(path).close()


def test_a_full_disk_costs_nothing_that_was_flushed(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits of file size are POSIX")
    path = tmp_path / "clips.h5"
    sound = np.random.default_rng(0).uniform(-1, 1, 320000).astype(np.float32)
    with PackWriter(path) as writer:
        writer.add("before", sound, NONE)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100_000, limits[1]))
    try:
        with (
            pytest.raises(PackError, match="cannot be written: File too large"),
            PackWriter(path) as writer,
        ):
            writer.add("after", sound, NONE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    with PackWriter(path) as writer:
        assert len(writer) == 1
        writer.add("after", sound, NONE)
    with Pack(path) as pack:
        assert pack.names == ("before", "after")


def test_ctrl_c_waits_for_the_end_of_a_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = np.random.default_rng(0).uniform(-0.9, 0.9, 200000).astype(np.float32)

    def write(self: JournalledFile, data: object, write: Any = JournalledFile.write) -> int:
        signal.raise_signal(signal.SIGINT)
        return write(self, data)

    path = tmp_path / "clips.h5"
    with pytest.raises(KeyboardInterrupt), PackWriter(path) as writer:
        writer.add("a", sound, NONE)
        monkeypatch.setattr(JournalledFile, "write", write)
        writer.flush()
    with Pack(path) as pack:
        np.testing.assert_allclose(pack.waveform(0), sound, rtol=0, atol=0.5 / 32768)


# A writer of 200 clips and two scores each, flushed one by one, which says when it has begun.
WRITER = """
import sys, pathlib
import h5py
import numpy as np
from epanns.datasets.pack import PackWriter

with PackWriter(pathlib.Path(sys.argv[1])) as writer:
    print(len(writer), flush=True)
    for index in range(200):
        numbers = np.random.default_rng(index)
        waveform = numbers.uniform(-1, 1, numbers.integers(1, 60000)).astype(np.float32)
        target = numbers.random(527) < 0.01
        writer.add(f"{index}.wav", waveform, target, "train", index % 5, "ours", "CC0" * index)
        if writer.scored("mn04") <= index:
            writer.add_teacher("mn04", numbers.random((2, 527)), 32000, 16000)
        writer.flush()
"""


def content(path: Path) -> list[tuple]:
    """All that a pack holds, clip by clip."""
    with Pack(path) as pack:
        teacher = pack.teacher("mn04")
        scores = [teacher.scores(i).tobytes() for i in range(len(teacher))] if teacher else []
        scores += [b""] * (len(pack) - len(scores))
        columns = (pack.names, pack.sources, pack.licences, pack.splits, pack.folds.tolist())
        clips = range(len(pack))
        waveforms = [pack.waveform(index).tobytes() for index in clips]
        targets = [pack.targets(index).tobytes() for index in clips]
        return list(zip(*columns, waveforms, targets, scores, strict=True))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[tuple]:
    """What a writer leaves that nobody kills."""
    whole = tmp_path_factory.mktemp("whole") / "whole.h5"
    subprocess.run([sys.executable, "-c", WRITER, str(whole)], cwd=ROOT, check=True)
    return content(whole)


@pytest.mark.skipif(os.name != "posix", reason="Windows has other signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_writer_leaves_what_it_flushed_and_another_completes_it(
    expected: list[tuple], tmp_path: Path, how: signal.Signals
) -> None:
    path = tmp_path / "killed.h5"
    moments = random.Random(int(os.environ.get("SEED", "1")))
    found = []
    for _ in range(6):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moments.uniform(0.0, 0.3))
            process.send_signal(how)
        there = content(path)
        if there and not there[-1][-1]:  # interrupted before it was scored
            there[-1] = (*there[-1][:-1], expected[len(there) - 1][-1])
        assert there == expected[: len(there)]
        found.append(len(there))
    assert found == sorted(found)
    subprocess.run([sys.executable, "-c", WRITER, str(path)], cwd=ROOT, check=True)
    assert content(path) == expected


def test_a_pack_from_before_there_were_warnings_gets_them(tmp_path: Path) -> None:
    path = tmp_path / "pack.h5"
    with PackWriter(path) as writer:
        writer.add("old", CLIP, NONE)
    with h5py.File(path, "r+") as file:
        del file["warning"]
    with Pack(path) as pack:
        assert pack.warnings == ("",)
    with PackWriter(path) as writer:
        writer.add("new", CLIP, NONE, warning="new is cut off.")
    with Pack(path) as pack:
        assert pack.names == ("old", "new") and pack.warnings == ("", "new is cut off.")
