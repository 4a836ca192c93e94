"""Recordings to evaluate on, from a listing and from a pack: the same clips either way."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.datasets.clips import Clip, ClipsError, open_clips
from epanns.datasets.pack import PackWriter
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.toy_pack import OWN, toy_pack

LISTING = """path,labels,split,source
a.flac,Dog;Bark,test,github:one/Dogs
b.flac,Speech,test,github:two/words
c.flac,Speech,train,github:two/words
"""


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    """A listing of three recordings, of which the second is broken."""
    soundfile.write(tmp_path / "a.flac", np.full(16000, 0.5), 32000)
    (tmp_path / "b.flac").write_bytes(b"no sound")
    soundfile.write(tmp_path / "c.flac", np.full(8000, 0.25), 16000)
    path = tmp_path / "listing.csv"
    path.write_text(LISTING)
    return path


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "some.h5"
    with PackWriter(path) as writer:
        for number, split in enumerate(("test", "train")):
            target = np.zeros(len(AUDIOSET), np.bool_)
            target[number] = True
            waveform = np.full(1000 + number, 0.5, np.float32)
            writer.add(f"clip {number}", waveform, target, split, -1, "github:one/Dogs", "CC0")
    return path


def labels(clip: Clip) -> set[str]:
    return {AUDIOSET.names[index] for index in np.flatnonzero(clip.target)}


def test_a_listing_gives_waveforms_labels_and_sources(listing: Path) -> None:
    with open_clips(listing) as clips:
        assert len(clips) == 3
        first, last = clips
    assert (first.name, first.source) == ("a.flac", "github:one/Dogs")
    assert labels(first) == {"Dog", "Bark"} and labels(last) == {"Speech"}
    assert first.waveform.dtype == np.float32 and first.target.dtype == np.bool_
    assert first.waveform == pytest.approx(0.5, abs=1e-3)
    assert len(last.waveform) == 16000  # at 32 kHz


def test_what_cannot_be_read_is_skipped_and_said(listing: Path) -> None:
    with open_clips(listing, "test") as clips:
        assert [clip.name for clip in clips] == ["a.flac"]
        assert len(clips.skipped) == 1 and "b.flac is " in clips.skipped[0]


def test_a_pack_gives_the_same(pack: Path) -> None:
    with open_clips(pack, "test") as clips:
        (clip,) = clips
    assert (clip.name, clip.source) == ("clip 0", "github:one/Dogs")
    assert labels(clip) == {AUDIOSET.names[0]}
    assert clip.waveform.shape == (1000,) and clip.waveform == pytest.approx(0.5, abs=1e-4)
    with open_clips(pack) as clips:
        assert [len(each.waveform) for each in clips] == [1000, 1001]


def test_the_classes_are_those_of_the_pack_and_else_audiosets(
    listing: Path, pack: Path, tmp_path: Path
) -> None:
    for path in (listing, pack):
        with open_clips(path) as clips:
            assert clips.vocabulary is AUDIOSET
    with open_clips(toy_pack(tmp_path / "own.h5", 3, OWN), "test") as clips:
        assert clips.vocabulary == OWN
        assert [clip.target.tolist() for clip in clips] == [
            [True, False, False],
            [False, True, False],
        ]


def test_only_what_is_asked_for_is_read(listing: Path) -> None:
    with open_clips(listing, sources=["DOGS"]) as clips:
        assert [clip.name for clip in clips] == ["a.flac"]
    with open_clips(listing, "train", ["dogs", "words"]) as clips:
        assert [clip.name for clip in clips] == ["c.flac"]


def test_a_split_that_is_not_there_is_named_with_those_that_are(listing: Path) -> None:
    with (
        pytest.raises(ClipsError, match=r"split 'eval' from dogs; its splits are test, train\."),
        open_clips(listing, "eval", ["dogs"]),
    ):
        pass


def test_a_label_that_is_none_is_named(listing: Path) -> None:
    listing.write_text(LISTING.replace("Bark", "Wuff"))
    with pytest.raises(ClipsError, match=r"of a\.flac, 'Wuff' is no AudioSet"), open_clips(listing):
        pass


def test_a_label_that_is_a_number_of_another_data_set_is_no_class(listing: Path) -> None:
    listing.write_text(LISTING.replace("Bark", "37"))
    with pytest.raises(ClipsError, match=r"of a\.flac, '37' is no name"), open_clips(listing):
        pass


def test_segments_of_recordings_must_be_packed_first(tmp_path: Path) -> None:
    listing = tmp_path / "segments.csv"
    listing.write_text('# YTID, start, end, labels\nabc, 30.000, 40.000, "/m/09x0r"\n')
    with pytest.raises(ClipsError, match="pack it"), open_clips(listing):
        pass


def test_rows_that_cannot_be_used_are_skipped_if_that_is_asked_for(listing: Path) -> None:
    listing.write_text(LISTING.replace("Bark", "Wuff") + "x\n")
    with open_clips(listing, skip_bad=True) as clips:
        named, row = clips.skipped
        assert "'Wuff' is no AudioSet class" in named or "'Wuff'" in row
        assert len(clips) == len(LISTING.splitlines()) - 2


def test_a_clip_counts_once(listing: Path) -> None:
    listing.write_text(LISTING + LISTING.splitlines()[1] + "\n")
    with open_clips(listing) as clips:
        assert len(clips) == len(LISTING.splitlines()) - 1
        assert clips.skipped == ["a.flac stands in the listing twice; the first one counts."]
