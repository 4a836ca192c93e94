"""Classes by name: those of a network that is not AudioSet's."""

import pickle
from pathlib import Path

import pytest

from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary, alike, read_class_names

NAMES = ("Robin", "Tawny owl", "Woodpecker, drumming")


@pytest.fixture
def birds() -> Vocabulary:
    return Vocabulary(NAMES, title="bird")


def test_names_are_in_the_order_of_the_outputs(birds: Vocabulary) -> None:
    assert len(birds) == 3 and birds.names == NAMES and birds.ids == ()
    assert Vocabulary([" Robin ", "Wren"]).names == ("Robin", "Wren")


def test_there_is_no_ontology(birds: Vocabulary) -> None:
    assert (birds.parents(0), birds.children(0), birds.above(0)) == ((), (), ())
    assert birds.family(0) == "" and birds.paths(1) == (("Tawny owl",),)
    assert birds.subsets == birds.presets == birds.families == ()
    assert birds.silence is None


@pytest.mark.parametrize("text", ["Tawny owl", "TAWNY OWL", "  tawny owl ", "1"])
def test_a_class_is_found_by_name_and_number(birds: Vocabulary, text: str) -> None:
    assert birds.index(text) == 1


def test_a_name_that_is_a_number_is_the_name() -> None:
    digits = Vocabulary(("2", "1", "0"))
    assert [digits.index(name) for name in digits.names] == [0, 1, 2]


def test_a_class_is_found_by_its_id() -> None:
    birds = Vocabulary(NAMES, ids=("Q1", "Q2", "Q3"))
    assert birds.ids == ("Q1", "Q2", "Q3") and birds.index("Q3") == 2


def test_a_label_of_a_data_set_is_no_number_of_a_class(birds: Vocabulary) -> None:
    assert birds.index_of_label(" TAWNY owl") == 1
    with pytest.raises(ValueError, match=r"^'1' is no name of any bird class$"):
        birds.index_of_label("1")
    digits = Vocabulary(("2", "1", "0"))
    assert [digits.index_of_label(name) for name in digits.names] == [0, 1, 2]


@pytest.mark.parametrize("text", ["Sparrow", "3", "-1", "", "x" * 1000])
def test_what_is_no_class_is_refused(birds: Vocabulary, text: str) -> None:
    with pytest.raises(ValueError, match=f"^'{text[:60]}' is no bird class"):
        birds.index(text)


def test_a_misspelt_class_is_answered_with_its_neighbours(birds: Vocabulary) -> None:
    with pytest.raises(ValueError, match=r"no bird class \(did you mean Robin\?\)"):
        birds.index("Robim")
    assert alike("tawny", NAMES) == " (did you mean Tawny owl?)"
    assert alike("sparrow", NAMES) == ""


@pytest.mark.parametrize("names", [(), ("Robin", "Robin"), ("Robin", "robin "), ("Robin", " ")])
def test_names_must_be_there_each_once(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="missing, empty or there twice"):
        Vocabulary(names)


def test_vocabularies_of_the_same_names_are_equal(birds: Vocabulary) -> None:
    same = Vocabulary(list(NAMES), ids=("Q1", "Q2", "Q3"))
    assert birds == same and hash(birds) == hash(same)
    assert birds != Vocabulary(NAMES[::-1]) and birds != NAMES
    assert Vocabulary(AUDIOSET.names) == AUDIOSET != birds


def test_other_processes_get_the_same(birds: Vocabulary) -> None:
    again = pickle.loads(pickle.dumps(birds))
    assert again == birds and again.title == "bird" and again.index("robin") == 0
    assert pickle.loads(pickle.dumps(AUDIOSET)) is AUDIOSET


def test_a_list_is_divided_by_semicolons_and_names_each_class_once(birds: Vocabulary) -> None:
    assert birds.listed("woodpecker, drumming; Robin;robin ;1;") == (2, 0, 1)
    assert birds.listed("") == birds.listed(" ; ") == ()
    dog, alarm = AUDIOSET.index("Dog"), AUDIOSET.index("Smoke detector, smoke alarm")
    assert AUDIOSET.listed("Dog; smoke detector, smoke alarm;dog;") == (dog, alarm)


def test_a_list_with_something_else_says_what(birds: Vocabulary) -> None:
    with pytest.raises(ValueError, match=r"^bird classes, with ; between two of them; 'Dog' is"):
        birds.listed("Robin; Dog")


def test_subsets_are_all_or_a_class(birds: Vocabulary) -> None:
    assert birds.subset("all") == birds.subset("ALL") == (0, 1, 2)
    assert birds.subset("Tawny Owl") == (1,)


@pytest.mark.parametrize(
    "text",
    [
        "Woodpecker, drumming\nRobin\n",
        '\ufeff"Robin"\r\n\r\n"Woodpecker, drumming"\r\n',
        "2\n0\n2",
        'colour,name\nred,robin\nblack,"Woodpecker, drumming"\n',
        "index\n0\n2\n",
    ],
)
def test_a_file_of_classes_is_a_subset(birds: Vocabulary, tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert birds.subset(str(path)) == (0, 2)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "names none"),
        (b"name\n", "names none"),
        (b"Robin\nTawny\n", r"in line 2, 'Tawny' is no bird class \(did you mean Tawny owl\?\)"),
        (b"\xff\xfe\x00", "no such text file"),
        (b"name\n" + b"Robin" * 30_000, "no such text file"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(
    birds: Vocabulary, tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=complaint) as error:
        birds.subset(str(path))
    assert str(error.value).startswith("a CSV file of bird classes")


def test_an_unknown_subset_is_answered_with_the_choices(birds: Vocabulary) -> None:
    with pytest.raises(ValueError, match=r"^all, a class \(did you mean Robin\?\), or the path of"):
        birds.subset("Robim")


# --- files of names


@pytest.mark.parametrize(
    "text",
    [
        "Robin\nTawny owl\nWoodpecker, drumming\n",
        '"Robin"\r\n Tawny owl \r\n\r\n"Woodpecker, drumming"',
        'name\nRobin\nTawny owl\n"Woodpecker, drumming"\n',
        '\ufeffindex,display_name\n2,Robin\n1, Tawny owl\n0,"Woodpecker, drumming"\n',
        'id,Name\nRobin,Robin\n,Tawny owl\nQ3,"Woodpecker, drumming"\n',
    ],
)
def test_names_are_one_a_line_or_in_a_column(tmp_path: Path, text: str) -> None:
    path = tmp_path / "classes.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert Vocabulary(read_class_names(path)).names == NAMES


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"", "names no classes"), (b"name\n", "names no classes"), (b"\xff\xfe\x00", "utf-8")],
)
def test_a_file_without_names_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "classes.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=complaint):
        read_class_names(path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_class_names(tmp_path / "nothing.csv")
