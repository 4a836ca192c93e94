"""Which classes a pack gets, by what the user says and what the listing has."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epanns.datasets.listed_clip import ListedClip
from epanns.datasets.pack_classes import PackClasses, PackClassesError, choose_classes
from epanns.vocabulary.audioset import AUDIOSET, part_of_audioset
from epanns.vocabulary.vocabulary import Vocabulary

LISTING = Path("clips.csv")
BIRDS = Vocabulary(["robin", "wren"], title="pack")
ANIMALS = part_of_audioset(("Dog", "Bark"))


def clip(*labels: str, category: str = "", path: str = "a.wav", split: str = "train") -> ListedClip:
    return ListedClip(path, Path(path), labels, split, category=category)


def in_folder(name: str, *labels: str) -> ListedClip:
    return clip(*labels, category=name, path=f"all/{name}/a.wav", split="unlabelled")


def chosen(
    *clips: ListedClip, asked: str | None = None, there: Vocabulary | None = None
) -> PackClasses:
    return choose_classes(asked, there, LISTING, clips)


def labels(classes: PackClasses, clip: ListedClip) -> tuple[str, ...]:
    return classes.labelled(clip).labels


@pytest.mark.parametrize(
    ("clips", "names"),
    [
        ([clip("wren"), clip("robin", "wren")], ("robin", "wren")),
        ([clip("Wren", "wren"), clip("10"), clip("9")], ("10", "9", "Wren")),
        ([clip("Bark", "Dog", category="dog")], ("dog",)),
        ([in_folder("wren"), in_folder("robin")], ("robin", "wren")),
        ([in_folder("blender", "Bark"), in_folder("tap", "Rain")], ("blender", "tap")),
        ([clip("/m/09x0r"), clip("/m/04rlf", "/m/none")], ("/m/none", "Music", "Speech")),
        ([clip("Dog"), clip("Bark")], ("Bark", "Dog")),
    ],
)
def test_own_classes_are_the_labels_as_they_are_by_name(
    clips: list[ListedClip], names: tuple[str, ...]
) -> None:
    classes = chosen(*clips, asked="own")
    assert classes.vocabulary.names == names and not classes.is_part and not classes.remark
    for each in clips:
        assert labels(classes, each)
        for label in labels(classes, each):
            classes.vocabulary.index_of_label(label)


@given(st.lists(st.lists(st.text(min_size=1).map(str.strip).filter(bool)), min_size=1))
def test_every_label_is_an_own_class(rows: list[list[str]]) -> None:
    clips = [clip(*each) for each in rows]
    if not any(rows):
        with pytest.raises(PackClassesError, match="has no labels"):
            chosen(*clips, asked="own")
        return
    classes = chosen(*clips, asked="own")
    found = {label for each in clips for label in labels(classes, each)}
    used = set(map(classes.vocabulary.index_of_label, found))
    assert used == set(range(len(classes.vocabulary)))


@pytest.mark.parametrize("asked", ["audioset", "AudioSet", "all"])
def test_audiosets_are_given_as_they_always_were(asked: str) -> None:
    classes = chosen(in_folder("wren"), asked=asked)
    assert classes.vocabulary == AUDIOSET and not classes.is_part
    assert labels(classes, in_folder("wren")) == ()
    assert labels(classes, clip("Bark", category="dog")) == ("Bark",)


def test_a_part_of_audioset_is_a_vocabulary_with_its_ontology() -> None:
    classes = chosen(asked="Animal")
    names = [AUDIOSET.names[index] for index in AUDIOSET.subset("Animal")]
    assert list(classes.vocabulary.names) == names and classes.is_part
    dog = classes.vocabulary.index("Dog")
    assert classes.vocabulary.index("Animal") in classes.vocabulary.above(dog)
    assert labels(classes, clip("Bark", category="dog")) == ("Bark",), "by the mapping"
    assert labels(classes, in_folder("Dog")) == ("Dog",)
    assert chosen(asked="home").vocabulary.names == tuple(
        AUDIOSET.names[index] for index in AUDIOSET.subset("home")
    )


def test_a_file_names_classes_of_any_kind_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text('name\nwren\n"owl, tawny"\nrobin\n')
    classes = chosen(asked=str(path))
    assert classes.vocabulary.names == ("wren", "owl, tawny", "robin") and classes.is_part
    path.write_text("Dog\nBark\n")
    assert chosen(asked=str(path)).vocabulary.parents(1) == ("Dog",), "with the ontology"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "names no classes"),
        (b"wren\nrobin\nWren\n", "names that are missing, empty or there twice"),
        (b"\xff\xfe\xff", "can't decode"),
    ],
)
def test_a_file_that_names_no_classes_gets_one_sentence(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "classes.csv"
    path.write_bytes(content)
    with pytest.raises(PackClassesError, match=said) as caught:
        chosen(asked=str(path))
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_what_is_neither_gets_one_sentence() -> None:
    with pytest.raises(PackClassesError, match=r"must be audioset, own, all,.*did you mean Animal"):
        chosen(asked="Animul")


@pytest.mark.parametrize(
    ("clips", "names"),
    [
        ([clip("Bark"), clip("wren")], None),
        ([clip("wren"), clip("robin")], ("robin", "wren")),
        ([clip("Bark", category="dog"), clip("can", category="can")], None),
        ([clip("wren", category="wren")], ("wren",)),
        ([in_folder("wren"), in_folder("robin")], ("robin", "wren")),
        ([in_folder("blender", "Bark"), in_folder("tap", "Rain")], ("blender", "tap")),
        ([in_folder("blender", "Bark"), in_folder("tap"), clip()], ("blender", "tap")),
        ([in_folder("wren"), clip("Bark", category="dog")], None),
        ([clip(split="unlabelled")], None),
        ([clip("/m/09x0r")], None),
        ([clip("0"), clip("7")], ("0", "7")),
        ([], None),
    ],
)
def test_without_a_word_they_are_audiosets_if_a_label_is_and_else_its_own(
    clips: list[ListedClip], names: tuple[str, ...] | None
) -> None:
    classes = chosen(*clips)
    assert classes.vocabulary.names == (names or AUDIOSET.names)
    assert bool(classes.remark) == bool(names)
    if names:
        assert re.match("The classes of the pack are clips.csv's own: '", classes.remark)
        assert all(labels(classes, each) for each in clips if each.labels or each.category)


@pytest.mark.parametrize("there", [AUDIOSET, BIRDS, ANIMALS])
def test_without_a_word_a_pack_keeps_its_classes(there: Vocabulary) -> None:
    classes = chosen(in_folder("robin"), clip("Bark", category="dog"), there=there)
    assert classes.vocabulary == there and classes.is_part == (there != AUDIOSET)
    assert labels(classes, in_folder("robin")) == (() if there == AUDIOSET else ("robin",))
    own = ("dog",) if there == BIRDS else ("Bark",)
    assert labels(classes, clip("Bark", category="dog")) == own


def test_a_pack_that_goes_on_labels_its_clips_as_it_began() -> None:
    """Folders named by AudioSet's classes, of files whose names mean others in ESC-50."""
    clips = [in_folder("Dog", "Crow", "Bird"), in_folder("Cat", "Crow")]
    first = chosen(*clips)
    again = chosen(*clips, there=first.vocabulary)
    assert [labels(first, each) for each in clips] == [("Dog",), ("Cat",)]
    assert [labels(again, each) for each in clips] == [("Dog",), ("Cat",)]


def test_only_clips_that_are_wanted_have_a_say() -> None:
    clips = [clip("Bark", split="test"), clip("wren"), clip("robin", split="test")]

    def of_split(split: str) -> PackClasses:
        return choose_classes(None, None, LISTING, clips, lambda each: each.split == split)

    assert of_split("train").vocabulary.names == ("wren",)
    assert of_split("test").vocabulary == AUDIOSET
    folders = [in_folder("wren"), in_folder("robin")]
    unlabelled = choose_classes(None, None, LISTING, folders, lambda each: not each.labels)
    assert unlabelled.vocabulary == AUDIOSET
