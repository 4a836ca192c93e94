"""Listings of each form become rows, and no recording is in two splits or folds."""

import csv
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from epanns.datasets.listing import ESC50, ListedClip, ListingError, read_listing
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.listings import listed

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


@pytest.mark.parametrize("column", ["labels", "label", "class", "category", "Label", " Class "])
def test_a_plain_table_may_call_its_labels_so(folder: Path, column: str) -> None:
    (row,) = read_listing(listed(folder, f"path;{column}\na.wav;Luscinia megarhynchos\n"))
    assert (row.labels, row.category) == (("Luscinia megarhynchos",), "")


def test_of_several_such_columns_the_labels_count(folder: Path) -> None:
    text = "category,class,label,labels,path\na,b,c,d;e,x.wav\n"
    (row,) = read_listing(listed(folder, text))
    assert row.labels == ("d", "e")


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


def made(folder: Path, *names: str) -> list[ListedClip]:
    """The rows of a folder with these files."""
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).touch()
    return list(read_listing(folder))


def test_a_recording_has_the_name_of_its_folder_as_category(folder: Path) -> None:
    rows = made(folder, "dog/a.wav", "frog, tree/deep/b.wav", "frog, tree/c.wav", "top.wav")
    assert {row.name: row.category for row in rows} == {
        "dog/a.wav": "dog", "frog, tree/deep/b.wav": "deep", "frog, tree/c.wav": "frog, tree",
        "top.wav": "",
    }  # fmt: skip
    assert {(row.labels, row.split) for row in rows} == {((), "unlabelled")}, "as AudioSet has it"


def test_names_of_esc_10_and_its_like_give_the_fold(folder: Path) -> None:
    rows = made(folder, "rain/3-101-A.ogg", "bark/1-202-B.ogg", "bark/2024-05-12.wav", "4-1-C.wav")
    assert {row.name: row.fold for row in rows} == {
        "rain/3-101-A.ogg": 3, "bark/1-202-B.ogg": 1, "bark/2024-05-12.wav": -1, "4-1-C.wav": 4,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["2024-05-12-3.wav", "100032-3-0-0.wav", "1-2-take-4.wav"])
def test_dates_and_names_of_other_sets_are_not_those_of_esc_50(folder: Path, name: str) -> None:
    (row,) = made(folder, name)
    assert (row.labels, row.fold, row.split) == ((), -1, "unlabelled")


def test_names_like_esc_50s_say_more_than_one_folder_and_less_than_several(folder: Path) -> None:
    (row,) = made(folder, "audio/1-202-A-10.wav")
    assert (row.category, row.labels) == ("rain", ("Rain", "Water"))
    rows = made(folder, "blender/2-202-B-0.wav", "top/3-1-A-10.wav")
    assert [(row.category, row.fold) for row in rows] == [
        ("audio", 1), ("blender", 2), ("top", 3),
    ]  # fmt: skip


def test_the_table_of_esc_50_has_its_category(folder: Path) -> None:
    text = "filename,target,category\na.wav,33,door_wood_creaks\nb.wav,0,dog\nc.wav,7,mouse\n"
    rows = list(read_listing(listed(folder, text)))
    assert [row.category for row in rows] == ["door_wood_creaks", "dog", "mouse"]
    (row,) = read_listing(listed(folder, "filename,target\na.wav,0\n"))
    assert row.category == "dog"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always Unicode")
def test_a_folder_name_that_is_no_text_gets_one_that_is(folder: Path) -> None:
    (row,) = made(folder, os.fsdecode(b"caf\xe9") + "/a.wav")
    assert row.category == "caf\\udce9"


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


def test_side_files_are_no_recordings(folder: Path) -> None:
    """Programs that fetch recordings leave descriptions, subtitles and pictures beside them."""
    sides = ("json", "txt", "vtt", "jpg", "webp", "description", "part", "csv", "xyz")
    for ending in sides:
        (folder / f"Yabcdefghij.{ending}").touch()
    for ending in ("mp4", "wav", "m4a"):
        (folder / f"Yabcdefghij.{ending.upper()}").touch()
    rows = list(read_listing(listed(folder, 'abcdefghij, 0.0, 10.0, "/m/04rlf"\n')))
    assert [row.path.name for row in rows] == ["Yabcdefghij.WAV"], "the best of them"
    left_out: Counter[str] = Counter()
    names = {row.name for row in read_listing(folder, left_out=left_out)}
    assert names == {f"Yabcdefghij.{ending}" for ending in ("MP4", "WAV", "M4A", "xyz")}
    assert left_out.total() == len(sides), "clips.csv is one, xyz may be sound"


def other_paths(folder: Path) -> list[str]:
    """Other ways to one recording, a.wav."""
    (folder / "deep").mkdir()
    (folder / "a.wav").write_bytes(b"sound")
    (folder / "link.wav").symlink_to("a.wav")
    (folder / "second.wav").symlink_to("link.wav")
    (folder / "hard.wav").hardlink_to(folder / "a.wav")
    (folder / "linked").symlink_to(folder, target_is_directory=True)
    return [
        "./a.wav", ".//a.wav", "deep/../a.wav", "deep//..//a.wav", f"../{folder.name}/a.wav",
        str(folder / "a.wav"), "link.wav", "second.wav", "hard.wav", "linked/a.wav",
        "linked/deep/../linked/hard.wav",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_one_recording_cannot_be_in_two_splits_or_folds_by_any_path(folder: Path) -> None:
    others = other_paths(folder)
    for other in ["a.wav", *others]:
        for column, first, second in (("split", "train", "test"), ("fold", "1", "2")):
            text = f"path,labels,{column}\na.wav,Speech,{first}\n{other},Speech,{second}\n"
            path = listed(folder, text)
            with pytest.raises(ListingError) as caught:
                list(read_listing(path))
            begin = f"{path}, line 3: {other} is the recording a.wav again, which is in the split"
            assert str(caught.value).startswith(begin)
            told: list[str] = []
            (row,) = read_listing(path, bad=told.append)
            assert (row.name, told) == ("a.wav", [str(caught.value)])
    same = "".join(f"{other},Speech\n" for other in others)
    assert len(list(read_listing(listed(folder, f"path,labels\n{same}")))) == len(others)


def test_a_recording_that_is_not_there_is_told_by_its_path(folder: Path) -> None:
    text = "path,labels,split\nx/a.wav,Speech,train\nx/../x//a.wav,Speech,test\n"
    with pytest.raises(ListingError, match=r"line 3: x/../x//a.wav is the recording x/a.wav again"):
        list(read_listing(listed(folder, text)))


def test_segments_of_one_recording_may_be_in_two_splits(folder: Path) -> None:
    """They are clips of their own."""
    text = 'abcdefghijk, 0.0, 10.0, "/m/04rlf"\nabcdefghijk, 10.0, 20.0, "/m/04rlf"\n'
    assert len(list(read_listing(listed(folder, text)))) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_folds_of_a_folder_share_no_recording(folder: Path) -> None:
    (folder / "1-1-A-0.wav").touch()
    (folder / "2-1-A-0.wav").symlink_to("1-1-A-0.wav")
    with pytest.raises(ListingError, match=r"2-1-A-0.wav: 2-1-A-0.wav is the recording 1-1-A-0"):
        list(read_listing(folder))
