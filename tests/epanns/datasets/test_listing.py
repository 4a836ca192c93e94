"""Listings of each form become rows, and what is no listing gets one sentence."""

import csv
import os
import sys
from pathlib import Path

import pytest

from epanns.datasets.listing import ESC50, ListedClip, ListingError, read_listing
from epanns.vocabulary.audioset import AUDIOSET

SEGMENT_LIST = """\
# Segments csv created Sun Mar  5 10:54:31 2017
# num_ytids=5, num_segs=5, num_unique_labels=3, num_positive_labels=6
# YTID, start_seconds, end_seconds, positive_labels
--PJHxphWEs, 30.000, 40.000, "/m/09x0r,/t/dd00088"
Yabcdefghij, 0.000, 10.000, "/m/04rlf"
-_abcdefghi, 120.500, 130.500, "/m/04rlf"
123456789ab, 30.000, 40.000, "/m/04rlf"
not_here-at, 30.000, 40.000, "/m/04rlf"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    return folder


def listed(folder: Path, text: str, name: str = "clips.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plain_table_says_all_that_it_has_columns_for(folder: Path) -> None:
    path = listed(
        folder,
        "labels,path,license,split,fold,source,other\n"
        '"Bark;Domestic animals, pets",a/dog.wav,CC0,test,2,ours,x\n'
        " Music ; Piano ,b.ogg,,,,,\n"
        ",c,,,,,\n",
    )
    assert list(read_listing(path)) == [
        ListedClip(
            "a/dog.wav",
            folder / "a/dog.wav",
            ("Bark", "Domestic animals, pets"),
            "test",
            2,
            "ours",
            "CC0",
        ),
        ListedClip("b.ogg", folder / "b.ogg", ("Music", "Piano"), "train"),
        ListedClip("c", folder / "c", (), "unlabelled"),
    ]


def test_path_and_labels_are_enough(folder: Path) -> None:
    path = listed(folder, "\ufeffPath,Labels\r\na.wav,Speech\r\n\r\nb.wav,Music\r\n")
    rows = list(read_listing(path, folder / "sounds"))
    assert [row.path for row in rows] == [folder / "sounds/a.wav", folder / "sounds/b.wav"]
    assert {row.split for row in rows} == {"train"}


def test_the_manifest_of_the_shared_recordings_works_as_it_is(shared: Path) -> None:
    manifest = shared / "audio/manifest.csv"
    with manifest.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    rows = list(read_listing(manifest))
    assert len(rows) == len(table)
    for row, cells in zip(rows, table, strict=True):
        assert row.path.is_file()
        assert (row.name, ";".join(row.labels)) == (cells["path"], cells["labels"])
        assert (row.split, row.source, row.licence) == (
            cells["split"], cells["source"], cells["license"].strip(),
        )  # fmt: skip
        assert all(AUDIOSET.names[AUDIOSET.index(label)] == label for label in row.labels)


def test_segments_of_audioset_find_their_recordings(folder: Path) -> None:
    files = ("Y--PJHxphWEs.wav", "part/Yabcdefghij.flac", "-_abcdefghi_120.500.ogg")
    for name in (*files, "Y123456789ab_30000.m4a", ".not_here-at.wav"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    rows = list(read_listing(listed(folder, SEGMENT_LIST, "balanced_train_segments.csv")))
    assert [row.path.name for row in rows] == [
        "Y--PJHxphWEs.wav", "Yabcdefghij.flac", "-_abcdefghi_120.500.ogg",
        "Y123456789ab_30000.m4a", "not_here-at",
    ]  # fmt: skip
    assert rows[0] == ListedClip(
        "--PJHxphWEs_30.000",
        folder / "Y--PJHxphWEs.wav",
        ("/m/09x0r", "/t/dd00088"),
        "train",
        source="AudioSet",
        segment=(30.0, 40.0),
    )
    assert rows[2].segment == (120.5, 130.5)


def test_audiosets_evaluation_segments_are_for_testing(folder: Path) -> None:
    rows = read_listing(listed(folder, SEGMENT_LIST, "eval_segments.csv"))
    assert {row.split for row in rows} == {"test"}


def test_segments_need_no_comments(folder: Path) -> None:
    bare = "\n".join(SEGMENT_LIST.splitlines()[3:])
    assert len(list(read_listing(listed(folder, bare)))) == 5


def test_the_table_of_esc_50_is_mapped_to_audioset(folder: Path) -> None:
    path = listed(
        folder,
        "filename,fold,target,category,esc10,src_file,take\n"
        "1-100032-A-0.wav,1,0,dog,True,100032,A\n"
        "5-1234-B-34.wav,5,34,can_opening,False,1234,B\n",
    )
    dog, can = read_listing(path, folder / "audio")
    assert dog == ListedClip(
        "1-100032-A-0.wav",
        folder / "audio/1-100032-A-0.wav",
        ("Bark", "Dog", "Domestic animals, pets", "Animal"),
        "train", 1, "ESC-50", "CC BY",
    )  # fmt: skip
    assert can.labels == ("can_opening",)  # AudioSet has no such class, which packing tells


def test_names_in_a_folder_are_mapped_to_audioset_if_they_are_like_esc_50s(folder: Path) -> None:
    names = ("2-1-A-10.ogg", "sub/1-1-A-99.wav", "3-x.wav", "4-1-A-10-more.wav", "any thing")
    for name in (*names, ".hidden"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    rows = list(read_listing(folder))
    assert [(row.name, row.labels, row.split, row.fold, row.source) for row in rows] == [
        ("2-1-A-10.ogg", ("Rain", "Water"), "train", 2, "ESC-50"),
        ("3-x.wav", (), "unlabelled", -1, "clips"),
        ("4-1-A-10-more.wav", (), "unlabelled", -1, "clips"),
        ("any thing", (), "unlabelled", -1, "clips"),
        ("sub/1-1-A-99.wav", ("99",), "train", 1, ""),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always Unicode")
def test_a_file_name_that_is_no_text_gets_one_that_is(folder: Path) -> None:
    path = folder / os.fsdecode(b"caf\xe9.wav")
    path.touch()
    (row,) = read_listing(folder)
    assert (row.name, row.path) == ("caf\\udce9.wav", path)


def test_another_mapping_may_be_given(folder: Path, tmp_path: Path) -> None:
    (folder / "1-1-A-3.wav").touch()
    mapping = listed(tmp_path, "target,category,labels\n3,drum,Drum;Music\n", "mapping.csv")
    (row,) = read_listing(folder, mapping=mapping)
    assert (row.labels, row.source, row.licence) == (("Drum", "Music"), "", "")


def test_the_table_of_esc_50_is_complete_and_speaks_audioset() -> None:
    with ESC50.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["target"] for row in table] == [str(target) for target in range(50)]
    assert len({row["category"] for row in table}) == 50
    names = {label for row in table for label in row["labels"].split(";") if label}
    assert names <= set(AUDIOSET.names)
    missing = [row["category"] for row in table if not row["labels"]]
    assert missing == ["drinking_sipping", "can_opening", "washing_machine"]
    esc10 = [row["target"] for row in table if row["licence"] == "CC BY"]
    assert esc10 == ["0", "1", "10", "11", "12", "20", "21", "38", "40", "41"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no listing: it has neither columns path and labels"),
        ("file,class\na.wav,Speech\n", "is no listing"),
        ("path,labels\na.wav,Speech, child\n", "line 2: 3 cells for 2 columns; quote a cell"),
        ("path,labels\n\na.wav,Speech\nb.wav\n", "line 4: 1 cells for 2 columns"),
        ("path,labels\n,Speech\n", "line 2: the path is empty"),
        ("path,labels,fold\na,Speech,one\n", "line 2: the fold 'one' is no whole number"),
        ("abcdefghijk, 10.0, 3.0, /m/09x0r\n", "line 1: a segment cannot last from 10"),
        ("abcdefghijk, 1.0, 3.0, /m/0\nx, y, z, w\n", "line 2: could not convert"),
        ("path,labels\na\0.wav,Speech\n", "line 2: a cell holds the character NUL"),
    ],
)
def test_what_is_no_listing_gets_one_sentence(folder: Path, text: str, message: str) -> None:
    path = listed(folder, text)
    with pytest.raises(ListingError, match=message) as caught:
        list(read_listing(path))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_files_that_are_no_text_get_one_sentence(folder: Path) -> None:
    path = folder / "clips.csv"
    with pytest.raises(ListingError, match="cannot be read: No such file"):
        list(read_listing(path))
    path.write_bytes(b"path,labels\n\xff\xfe,Speech\n")
    with pytest.raises(ListingError, match="is no CSV file in UTF-8"):
        list(read_listing(path))
    good = listed(folder, "filename,target\na.wav,0\n", "esc.csv")
    with pytest.raises(ListingError, match="is no mapping: it lacks columns"):
        list(read_listing(good, mapping=good))
