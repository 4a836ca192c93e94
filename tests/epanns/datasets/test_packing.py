"""Packing accounts for every row of a listing, whatever its file holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from epanns.audio.read import read_waveform
from epanns.datasets import clip_reading
from epanns.datasets.listing import ListedClip
from epanns.datasets.pack import Pack, PackError, PackWriter
from epanns.datasets.packing import PackingReport, pack
from epanns.vocabulary.audioset import AUDIOSET, part_of_audioset
from epanns.vocabulary.vocabulary import Vocabulary

RATE = 32000


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "clips.h5"


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """Five seconds in which the level is the time: 0.1 after one second."""
    path = tmp_path / "ramp.wav"
    soundfile.write(path, np.arange(5 * RATE) / RATE / 10, RATE)
    return path


def row(path: Path, *labels: str, **others: object) -> ListedClip:
    cells = {"name": path.name, "path": path, "labels": labels, "split": "train", **others}
    return ListedClip(**cells)  # type: ignore[arg-type]


def filled(out: Path, *rows: ListedClip, **how: float) -> PackingReport:
    with PackWriter(out) as writer:
        return pack(rows, writer, **how)  # type: ignore[arg-type]


def test_a_row_becomes_a_clip(out: Path, ramp: Path) -> None:
    one = row(ramp, "Bark", "/m/04rlf", "dog", split="test", fold=2, source="ours", licence="CC0")
    assert filled(out, one) == PackingReport(added=1)
    with Pack(out) as packed:
        np.testing.assert_allclose(packed.waveform(0), read_waveform(ramp), atol=2**-16)
        names = {AUDIOSET.names[index] for index in np.flatnonzero(packed.targets(0))}
        assert names == {"Bark", "Music", "Dog"}
        assert (packed.splits, packed.sources, packed.licences) == (("test",), ("ours",), ("CC0",))
        assert packed.folds.tolist() == [2]


@pytest.mark.parametrize(
    ("how", "seconds"),
    [({}, 5), ({"seconds": 2}, 2), ({"seconds": 7}, 7), ({"longest": 2}, 2), ({"longest": 7}, 5)],
)
def test_clips_are_as_long_as_asked_for(
    out: Path, ramp: Path, how: dict[str, float], seconds: int
) -> None:
    filled(out, row(ramp), **how)
    with Pack(out) as packed:
        waveform = packed.waveform(0)
    assert len(waveform) == seconds * RATE
    both = min(seconds, 5) * RATE
    np.testing.assert_allclose(waveform[:both], read_waveform(ramp)[:both], atol=2**-16)
    assert not waveform[both:].any()


def test_clips_of_one_length_and_others_do_not_mix(out: Path, ramp: Path) -> None:
    filled(out, row(ramp), seconds=2)
    with pytest.raises(PackError, match="holds clips that are not 3 s long"):
        filled(out, row(ramp, name="again"), seconds=3)


@pytest.mark.parametrize(
    ("segment", "start", "stop"),
    [((1.0, 3.0), 1, 3), ((4.0, 14.0), 0, 5), ((4.0, 6.0), 4, 5), ((30.0, 34.0), 0, 5)],
)
def test_a_segment_is_cut_out_of_a_longer_recording_and_else_is_the_whole_clip(
    out: Path, ramp: Path, segment: tuple[float, float], start: int, stop: int
) -> None:
    filled(out, row(ramp, segment=segment))
    with Pack(out) as packed:
        expected = read_waveform(ramp)[start * RATE : stop * RATE]
        np.testing.assert_allclose(packed.waveform(0), expected, atol=2**-16)


def test_a_recording_that_ends_before_its_segment_is_told(out: Path, ramp: Path) -> None:
    report = filled(out, row(ramp, segment=(30.0, 32.0)))
    assert report.failures == [f"{ramp} holds no sound where the clip should be."]


def test_labels_that_audioset_lacks_are_told_and_cost_a_clip_that_has_no_other(
    out: Path, ramp: Path
) -> None:
    report = filled(
        out,
        row(ramp, "Bark", "Barc", name="a"),
        row(ramp, "Barc", "7", name="b"),
        row(ramp, name="c"),
    )
    assert report.added == 2
    assert report.failures == ["b has no label that is one of the AudioSet classes."]
    barc, number = sorted(report.unknown)
    assert barc.startswith("'7' is no name") and report.unknown[barc] == 1
    assert "did you mean" in number and "Bark" in number and report.unknown[number] == 2
    with Pack(out) as packed:
        assert packed.names == ("a", "c")
        assert np.flatnonzero(packed.targets(0)).tolist() == [AUDIOSET.index("Bark")]


def test_labels_are_classes_of_the_pack(out: Path, ramp: Path) -> None:
    rows = [
        row(ramp, "Whale", "Speech", name="a"),
        row(ramp, "7", "2", name="b"),
        row(ramp, "Speech", name="c"),
    ]
    with PackWriter(out, Vocabulary(["whale", "ship", "7"])) as writer:
        report = pack(rows, writer)
    assert report.failures == ["c has no label that is one of the pack classes."]
    assert report.unknown == {
        "'Speech' is no pack class": 2,
        "'2' is no name of any pack class": 1,
    }
    with Pack(out) as packed:
        assert packed.names == ("a", "b")
        assert packed.targets(range(2)).tolist() == [[1, 0, 0], [0, 0, 1]]


def test_labels_beside_the_classes_of_a_part_are_counted_and_no_faults(
    out: Path, ramp: Path
) -> None:
    rows = [
        row(ramp, "Bark", "Speech", name="a"),
        row(ramp, "Speech", "Music", name="b"),
        row(ramp, name="c"),
    ]
    with PackWriter(out, part_of_audioset(("Dog", "Bark"))) as writer:
        report = pack(rows, writer, is_part=True)
    assert (report.added, report.other, report.failures) == (2, 1, [])
    assert report.outside == {"Speech": 2, "Music": 1} and not report.unknown
    with Pack(out) as packed:
        assert packed.names == ("a", "c")
        assert packed.targets([0, 1]).tolist() == [[0, 1], [0, 0]]


def test_only_clips_of_some_classes(out: Path, ramp: Path) -> None:
    rows = [row(ramp, "Bark", "Music", name="a"), row(ramp, "Music", name="b"), row(ramp, name="c")]
    with PackWriter(out) as writer:
        report = pack(rows, writer, classes=AUDIOSET.subset("Animal"))
        assert (report.added, report.other, len(writer)) == (1, 2, 1)


def test_what_is_there_is_not_read_again(out: Path, ramp: Path) -> None:
    filled(out, row(ramp))
    ramp.unlink()
    assert filled(out, row(ramp)) == PackingReport(there=1)


def test_names_that_come_twice_are_told(out: Path, ramp: Path) -> None:
    report = filled(out, row(ramp), row(ramp, "Bark"), row(ramp, name="other"))
    assert (report.added, report.there) == (2, 0)
    assert report.failures == ["ramp.wav stands in the listing twice; the first one counts."]
    report = filled(out, row(ramp, source="elsewhere"))
    assert len(report.failures) == 1 and "holds another clip named ramp.wav" in report.failures[0]


def test_a_file_over_which_a_decoder_stumbles_is_told_and_passed(
    out: Path, ramp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path, *how: Any) -> np.ndarray:
        if path.name == "bad.wav":
            raise ZeroDivisionError("a fault of a decoder")
        return read_waveform(path, *how)

    monkeypatch.setattr(clip_reading, "read_waveform", read)
    bad = ramp.with_name("bad.wav")
    report = filled(out, row(bad), row(ramp))
    assert report.added == 1
    assert report.failures == [
        f"{bad}: Unexpected fault (ZeroDivisionError: a fault of a decoder); please report it."
    ]


def test_memory_does_not_grow_with_the_listing(out: Path, ramp: Path) -> None:
    taken: list[int] = []

    def rows(writer: PackWriter) -> Iterator[ListedClip]:
        for index in range(150):
            taken.append(sum(len(row["waveform"]) for row in writer._rows))
            yield row(ramp, name=str(index))

    with PackWriter(out) as writer:
        pack(rows(writer), writer)
    assert max(taken) < 300 * RATE
