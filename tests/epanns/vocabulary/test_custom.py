"""A table beside the weights names their classes."""

from pathlib import Path

import pytest

from epanns.errors import WeightsError
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.custom import ENDING, classes_beside, classes_of, without_names
from epanns.vocabulary.vocabulary import Vocabulary


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return tmp_path / "birds.v1.pth"


@pytest.fixture
def table(weights: Path) -> Path:
    return weights.with_name(f"birds.v1.pth{ENDING}")


def test_without_a_table_there_are_no_names(weights: Path, table: Path) -> None:
    assert classes_beside(weights) is None
    table.mkdir()
    assert classes_beside(weights) is None


@pytest.mark.parametrize("text", ["Robin\nWren\n", "sound,name\ntik,Robin\ntek,Wren\n"])
def test_names_are_those_of_the_table_in_its_order(weights: Path, table: Path, text: str) -> None:
    assert table.name == "birds.v1.pth.classes.csv"
    table.write_text(text)
    found = classes_beside(weights)
    assert found is not None and found.names == ("Robin", "Wren")


def test_a_table_counts_more_than_the_file_and_the_file_more_than_the_architecture(
    weights: Path, table: Path
) -> None:
    default, named = Vocabulary(["a", "b"]), Vocabulary(["Rook", "Crow"])
    assert classes_of(weights, None, default, 2) is default
    assert classes_of(weights, named, default, 2) is named
    table.write_text("Robin\nWren\n")
    assert classes_of(weights, named, default, 2).names == ("Robin", "Wren")
    table.write_text("a\nb\n")
    assert classes_of(weights, named, default, 2) is default, "with what else it knows of them"
    for text, count in (("a\n", 1), ("a\nb\nc\n", 3)):
        table.write_text(text)
        sentence = f"^{weights} has 2 classes, and there are {count} names .* in {table}\\.$"
        with pytest.raises(WeightsError, match=sentence):
            classes_of(weights, named, default, 2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "names no classes"),
        (b"Robin\nrobin\n", "there twice"),
        (b"\xff\xfe\x00", "utf-8"),
        (b"name\n" + b"Robin" * 30_000, "field larger than field limit"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_a_sentence(
    weights: Path, table: Path, content: bytes, reason: str
) -> None:
    table.write_bytes(content)
    with pytest.raises(WeightsError, match=reason) as caught:
        classes_beside(weights)
    sentence = str(caught.value)
    assert sentence.startswith(f"{table} does not name the classes of {weights}")
    assert sentence.endswith(".") and "\n" not in sentence


def test_classes_that_nothing_names_have_numbers_and_a_sentence_says_so(
    weights: Path, table: Path
) -> None:
    found = classes_of(weights, None, AUDIOSET, 3)
    assert found.names == ("class 0", "class 1", "class 2") and not found.ids
    assert without_names(weights, found) == (
        f"{weights} does not name its 3 classes; list one name a line, in the order of its outputs,"
        f" in {table}."
    )
    assert not without_names(weights, AUDIOSET) and not without_names(weights, Vocabulary(["a"]))
