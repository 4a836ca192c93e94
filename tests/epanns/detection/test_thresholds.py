"""Thresholds as a user writes them."""

from pathlib import Path

import numpy as np
import pytest

from epanns.detection.thresholds import read_thresholds
from epanns.errors import SettingsError
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

DEFAULT = np.full(len(AUDIOSET), 0.3, np.float32)
DOG, CAT, MALE = (AUDIOSET.index(name) for name in ("Dog", "Cat", "Male speech, man speaking"))


def test_without_a_word_all_stay_as_they_are() -> None:
    found = read_thresholds([], DEFAULT, AUDIOSET)
    assert found is not DEFAULT and found.dtype == np.float32
    np.testing.assert_array_equal(found, DEFAULT)


def test_a_class_counts_before_a_file_and_a_file_before_the_number_for_all(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text('name,threshold\nDog,0.5\n"Male speech, man speaking",0.6\n')
    found = read_thresholds(["dog=0.7", str(path), "0.2"], DEFAULT, AUDIOSET)
    assert found[[DOG, MALE, CAT]] == pytest.approx([0.7, 0.6, 0.2])


@pytest.mark.parametrize(
    "head", ["index,threshold", "id,note,threshold", "\ufeffthreshold,display_name"]
)
def test_files_name_classes_in_any_way(tmp_path: Path, head: str) -> None:
    cells = {"index": str(DOG), "id": AUDIOSET.ids[DOG], "display_name": "Dog", "note": "x"}
    row = ",".join((cells | {"threshold": "0.9"})[each.strip("\ufeff")] for each in head.split(","))
    path = tmp_path / "mine.csv"
    path.write_text(f"{head}\n{row}\n", encoding="utf-8")
    assert read_thresholds([str(path)], DEFAULT, AUDIOSET)[DOG] == np.float32(0.9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.5", "A threshold is a number from 0 to 1; found 1.5"),
        ("nan", "found nan"),
        ("Dog=-0.1", "found Dog=-0.1"),
        ("Dogg=0.4", r"Dogg=0.4 cannot be used: 'Dogg' is no AudioSet class \(did you mean Dog"),
        ("half", "half is no number from 0 to 1, no class and number such as Speech=0.4, and no"),
        ("Dog=half", "Dog=half is no number"),
    ],
)
def test_what_cannot_be_understood_is_named(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_thresholds([text], DEFAULT, AUDIOSET)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("class,threshold\nDog,0.5\n", "a column threshold and one of id, mid, name"),
        ("name,value\nDog,0.5\n", "a column threshold"),
        ("", "a column threshold"),
        ("name" * 50_000, r"mine.csv cannot be used: in line 1, .*field limit"),
        ("name,threshold\n", "mine.csv gives no class a threshold"),
        ("name,threshold\nDogg,0.5\n", "mine.csv gives no class a threshold"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(SettingsError, match=message) as caught:
        read_thresholds([str(tmp_path / "mine.csv")], DEFAULT, AUDIOSET)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Cat,high", "a threshold is a number from 0 to 1; found high"),
        ("Cat,1.5", "a threshold is a number from 0 to 1; found 1.5"),
        ("Cat,nan", "a threshold is a number from 0 to 1; found nan"),
        ("Cat,", "a threshold is a number from 0 to 1; found nothing"),
        ("Cat", "1 cells for 2 columns"),
        ("Catt,0.5", "'Catt' is no AudioSet class (did you mean Cat"),
        ('"Cat,0.5', "it is no CSV"),
        ("Cat" * 50_000, "it is no CSV (field larger than field limit"),
    ],
)
def test_a_mistake_in_a_line_is_told_and_costs_that_line_only(
    tmp_path: Path, line: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f'name,threshold\nDog,0.5\n{line}\n"Male speech, man speaking",0.6\n')
    found = read_thresholds([str(path)], DEFAULT, AUDIOSET)
    assert found[[DOG, CAT, MALE]] == pytest.approx([0.5, 0.3, 0.6])
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(f"{path}, line 3: {what}")


def test_files_may_be_those_of_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("name;threshold\nMale speech, man speaking;0,5\n;\n")
    found = read_thresholds([str(tmp_path / "mine.csv")], DEFAULT, AUDIOSET)
    assert found[MALE] == 0.5


def test_classes_are_those_of_the_network() -> None:
    birds = Vocabulary(("Blackbird", "Robin", "Wren"))
    found = read_thresholds(["0.2", "robin=0.7"], np.full(3, 0.3, np.float32), birds)
    assert found == pytest.approx([0.2, 0.7, 0.2])
    with pytest.raises(SettingsError, match="'Dog' is no network class"):
        read_thresholds(["Dog=0.4"], found, birds)
