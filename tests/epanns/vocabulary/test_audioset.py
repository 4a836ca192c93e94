"""The vocabulary: 527 classes, the ontology above them, and the subsets a user can name."""

import csv
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from epanns.paths import CONFIG, ROOT
from epanns.vocabulary.audioset import AUDIOSET, AudioSetVocabulary, vocabulary_named
from epanns.vocabulary.languages import class_names

PUBLISHED = ROOT.parent / "shared" / "vocabulary"
needs_published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="only ../shared/vocabulary holds the tables as published"
)
FAMILIES = {
    "Human sounds",
    "Animal",
    "Music",
    "Natural sounds",
    "Sounds of things",
    "Source-ambiguous sounds",
    "Channel, environment and background",
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_there_are_527_classes_in_audioset_order() -> None:
    assert len(AUDIOSET) == len(set(AUDIOSET.names)) == len(set(AUDIOSET.ids)) == 527
    assert AUDIOSET.names[0] == "Speech"
    assert AUDIOSET.names[500] == "Silence"
    assert AUDIOSET.names[526] == "Field recording"


def test_names_of_a_file_are_audiosets_or_others() -> None:
    assert vocabulary_named(list(AUDIOSET.names)) is AUDIOSET
    assert vocabulary_named([f" {name} " for name in AUDIOSET.names]) is AUDIOSET, "blanks aside"
    birds = vocabulary_named(("Robin", "Wren"), title="pack")
    assert (birds.names, birds.title) == (("Robin", "Wren"), "pack")
    with pytest.raises(ValueError, match="there twice"):
        vocabulary_named(("Robin", "Robin"))


def test_indices_in_the_table_count_the_rows() -> None:
    assert [int(row["index"]) for row in rows(CONFIG / "classes.csv")] == list(range(527))


@pytest.mark.parametrize("text", ["Dog", "dog", " DOG ", "/m/0bt9lr", "74"])
def test_a_class_is_found_by_name_id_and_number(text: str) -> None:
    assert AUDIOSET.index(text) == 74


def test_every_class_is_found_by_its_own_name_id_and_number() -> None:
    for index, (name, identity) in enumerate(zip(AUDIOSET.names, AUDIOSET.ids, strict=True)):
        assert [AUDIOSET.index(text) for text in (name, identity, str(index))] == [index] * 3


def test_a_misspelt_class_is_answered_with_its_neighbours() -> None:
    with pytest.raises(ValueError, match=r"'Whisling' is no AudioSet class .*Whistling"):
        AUDIOSET.index("Whisling")


@pytest.mark.parametrize("text", ["527", "-1", "", "/m/0", "1.0", "²"])
def test_what_is_no_class_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no AudioSet class"):
        AUDIOSET.index(text)


def test_parents_and_children_are_the_ontologys() -> None:
    assert AUDIOSET.parents(AUDIOSET.index("Bark")) == ("Dog",)
    assert AUDIOSET.parents(AUDIOSET.index("Clapping")) == ("Hands", "Human group actions")
    assert AUDIOSET.parents(AUDIOSET.index("Animal")) == ()
    assert AUDIOSET.children(AUDIOSET.index("Whistle")) == ("Steam whistle",)
    assert AUDIOSET.children(AUDIOSET.index("Silence")) == ()


def test_what_is_above_a_class_comes_with_the_nearest_first() -> None:
    above = [AUDIOSET.names[each] for each in AUDIOSET.above(AUDIOSET.index("Bark"))]
    assert above == ["Dog", "Domestic animals, pets", "Animal"]
    assert AUDIOSET.above(AUDIOSET.index("Speech")) == ()  # above it are nodes, not classes


def test_every_class_belongs_to_the_nearest_of_seven_families() -> None:
    assert set(AUDIOSET.families) == FAMILIES
    assert {AUDIOSET.family(index) for index in range(len(AUDIOSET))} == FAMILIES
    for name, family in (
        ("Bark", "Animal"),
        ("Animal", "Animal"),
        ("Clapping", "Human sounds"),
        ("Church bell", "Sounds of things"),  # a bell is a thing first, then an instrument
        ("Choir", "Music"),
    ):
        assert AUDIOSET.family(AUDIOSET.index(name)) == family


def test_the_tree_is_complete_up_to_the_seven_families() -> None:
    nodes = rows(CONFIG / "classes.csv") + rows(CONFIG / "ontology.csv")
    parents = {node["id"]: node["parents"].split(";") for node in nodes if node["parents"]}
    ids = {node["id"] for node in nodes}
    assert {parent for above in parents.values() for parent in above} <= ids
    assert {node["name"] for node in nodes if not node["parents"]} == FAMILIES


def test_the_families_hold_every_class() -> None:
    held = {index for family in FAMILIES for index in AUDIOSET.subset(family)}
    assert held == set(range(527))


def test_all_is_every_class() -> None:
    assert AUDIOSET.subset("all") == AUDIOSET.subset("ALL") == tuple(range(527))


PRESETS = ("speech and people", "animals", "music", "home", "street", "alarms")


def test_the_domestic_subset_has_216_classes() -> None:
    assert AUDIOSET.subsets == ("domestic", *PRESETS)
    assert len(AUDIOSET.subset("domestic")) == len(AUDIOSET.subset("Domestic")) == 216


@pytest.mark.parametrize(
    ("preset", "within", "without"),
    [
        ("speech and people", ("Speech", "Laughter", "Cough", "Applause"), ("Dog", "Music")),
        ("animals", ("Animal", "Bark", "Owl"), ("Speech",)),
        ("music", ("Music", "Guitar", "Jazz"), ("Speech", "Doorbell")),
        ("home", ("Doorbell", "Speech", "Cat", "Vacuum cleaner", "Music"), ("Jazz", "Cello")),
        ("street", ("Car", "Siren", "Bus", "Dog", "Speech"), ("Doorbell", "Ship")),
        ("alarms", ("Siren", "Smoke detector, smoke alarm", "Doorbell"), ("Dial tone", "Dog")),
    ],
)
def test_a_preset_holds_what_it_is_named_for(
    preset: str, within: tuple[str, ...], without: tuple[str, ...]
) -> None:
    held = {AUDIOSET.names[index] for index in AUDIOSET.subset(preset)}
    assert held.issuperset(within)
    assert held.isdisjoint(without)


def test_presets_are_in_the_order_of_the_table_and_no_one_names_a_class_twice() -> None:
    assert AUDIOSET.presets == PRESETS
    for preset in PRESETS:
        held = AUDIOSET.subset(preset.upper())
        assert list(held) == sorted(set(held))


def test_each_way_down_to_a_class_leads_from_the_top() -> None:
    assert AUDIOSET.paths(AUDIOSET.index("Bark")) == (
        ("Animal", "Domestic animals, pets", "Dog", "Bark"),
    )
    assert AUDIOSET.paths(AUDIOSET.index("Clapping")) == (
        ("Human sounds", "Hands", "Clapping"),
        ("Human sounds", "Human group actions", "Clapping"),
    )
    assert AUDIOSET.paths(AUDIOSET.index("Animal")) == (("Animal",),)


def test_a_class_of_the_ontology_brings_all_below_it() -> None:
    whistles = AUDIOSET.subset("whistle")
    assert [AUDIOSET.names[index] for index in whistles] == ["Whistle", "Steam whistle"]
    animals = AUDIOSET.subset("Animal")
    assert animals == AUDIOSET.subset("/m/0jbk")
    assert {AUDIOSET.index(name) for name in ("Animal", "Bark", "Owl")} <= set(animals)
    assert AUDIOSET.index("Speech") not in animals


def test_an_abstract_class_brings_only_those_below_it() -> None:
    human = AUDIOSET.subset("Human sounds")
    assert AUDIOSET.index("Speech") in human
    assert "Human sounds" not in AUDIOSET.names


@pytest.mark.parametrize(
    "text",
    [
        "Dog\nMale speech, man speaking\n",
        '\ufeff"Dog"\r\n\r\n"Male speech, man speaking"\r\n',
        "74\n/m/05zppz\n74",
        'index,mid,display_name\n74,/m/0bt9lr,Dog\n1,/m/05zppz,"Male speech, man speaking"\n',
        'name,colour\ndog,red\n"male speech, man speaking",blue\n',
        "index\n1\n74\n",
    ],
)
def test_a_file_of_classes_is_a_subset(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert AUDIOSET.subset(str(path)) == (1, 74)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "names none"),
        (b"index,mid,display_name\n", "names none"),
        (b"\n  \n", "names none"),
        (b"Dog\nDgo\n", r"line 2, 'Dgo' is no AudioSet class"),
        (b"name\nDog\nUnicorn\n", r"line 3, 'Unicorn' is no AudioSet class"),
        (b"\xff\xfe\x00", "no such text file"),
        (b"\x89PNG\r\n\x1a\n", "no such text file"),
        (b"name\n" + b"x" * 200_000, "no such text file"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=complaint) as error:
        AUDIOSET.subset(str(path))
    assert str(error.value).startswith("a CSV file of AudioSet classes")


@pytest.mark.parametrize("spec", ["", "xyz", "missing.csv", ".", "x" * 5000])
def test_an_unknown_subset_is_answered_with_the_choices(spec: str) -> None:
    with pytest.raises(
        ValueError, match=r"^all, domestic, .*alarms, a class of the ontology such as Animal"
    ):
        AUDIOSET.subset(spec)


def test_a_misspelt_subset_is_answered_with_its_neighbours() -> None:
    with pytest.raises(ValueError, match=r"did you mean Human sounds"):
        AUDIOSET.subset("Humansounds")


def test_importing_the_vocabulary_loads_no_network_library() -> None:
    code = (
        "import sys, epanns.vocabulary.audioset;"
        "print([m for m in ('torch', 'tkinter') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@needs_published
def test_indices_ids_and_names_are_as_published() -> None:
    published = rows(PUBLISHED / "class_labels_indices.csv")
    ours = rows(CONFIG / "classes.csv")
    assert [(row["index"], row["id"], row["name"]) for row in ours] == [
        (row["index"], row["mid"], row["display_name"]) for row in published
    ]


@needs_published
def test_names_and_parents_are_the_published_ontologys() -> None:
    nodes = json.loads((PUBLISHED / "ontology.json").read_text(encoding="utf-8"))
    names = {node["id"]: node["name"] for node in nodes}
    for row in rows(CONFIG / "classes.csv") + rows(CONFIG / "ontology.csv"):
        parents = [node["id"] for node in nodes if row["id"] in node["child_ids"]]
        assert row["name"] == names[row["id"]]
        assert row["parents"] == ";".join(parents)


@needs_published
def test_the_domestic_subset_is_the_published_list() -> None:
    path = PUBLISHED / "domestic_labels.csv"
    published = sorted(int(row["index"]) for row in rows(path))
    assert list(AUDIOSET.subset("domestic")) == published
    assert AUDIOSET.subset(str(path)) == AUDIOSET.subset("domestic")


@needs_published
def test_the_script_reproduces_the_tables(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "make_vocabulary"
    subprocess.run([sys.executable, script, PUBLISHED, "--output", tmp_path], check=True)
    for name in ("classes.csv", "ontology.csv"):
        assert (tmp_path / name).read_bytes() == (CONFIG / name).read_bytes()


def test_every_preset_is_named_to_users() -> None:
    for text in ((ROOT / "docs" / "settings.md").read_text(), (CONFIG / "README.md").read_text()):
        assert all(f"`{preset}`" in text for preset in AUDIOSET.subsets)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("pets,Dogg;Cat,", r"'Dogg' is no class of the ontology \(did you mean Dog"),
        ("pets,Dog,Ct", r"'Ct' is no class of the ontology"),
        ("music,Dog,", "the name 'music' is empty or that of another subset"),
        ("all,Dog,", "the name 'all' is empty or that of another subset"),
        (",Dog,", "the name '' is empty"),
        ("pets,,", "the subset 'pets' holds no classes"),
        ("pets,Dog,Animal", "the subset 'pets' holds no classes"),
        ("pets,Dog", "2 cells for 3 columns"),
        ('pets,"Dog,', "it is no CSV"),
        (f"pets,{'Dog;' * 50_000},", "it is no CSV .*field limit"),
    ],
)
def test_a_mistake_in_a_preset_is_told_and_costs_that_preset_only(
    tmp_path: Path, line: str, what: str
) -> None:
    table = tmp_path / "presets.csv"
    table.write_text(f"name,holds,without\nmusic,Music,\n{line}\nbirds,bird;Owl,\n")
    vocabulary = AudioSetVocabulary(CONFIG / "classes.csv", CONFIG / "ontology.csv", table)
    assert vocabulary.presets == ("music", "birds")
    assert AUDIOSET.index("Owl") in vocabulary.subset("birds")
    (problem,) = vocabulary.problems
    assert re.match(f"{table}, line 3: {what}", problem) and "\n" not in problem


def test_without_presets_there_are_none(tmp_path: Path) -> None:
    classes, ontology = CONFIG / "classes.csv", CONFIG / "ontology.csv"
    vocabulary = AudioSetVocabulary(classes, ontology, tmp_path / "none.csv")
    assert vocabulary.presets == () and "cannot be read: No such file" in vocabulary.problems[0]
    assert not AUDIOSET.problems


SOME = ("Music", "Bark", "Animal", "Siren")


def test_some_classes_keep_the_ontology_of_all() -> None:
    part = vocabulary_named(SOME)
    assert part.names == SOME and part.ids[1] == AUDIOSET.ids[AUDIOSET.index("Bark")]
    assert part.family(1) == "Animal" and part.above(1) == (2,)
    assert "Dog" in part.paths(1)[0], "a class that is left out is still above it"
    assert part.subset("Animal") == (1, 2) and part.subset("dog") == (1,)
    assert part.silence is None and part.families == AUDIOSET.families
    assert "animals" not in part.subsets or part.subset("animals")


def test_some_classes_are_the_same_in_another_process() -> None:
    part = vocabulary_named(SOME)
    assert pickle.loads(pickle.dumps(part)) is part


def test_other_names_have_no_ontology() -> None:
    other = vocabulary_named([*SOME, "Žába"])
    assert not other.ids and not other.families


def test_some_classes_have_names_in_other_languages() -> None:
    part = vocabulary_named(SOME)
    whole = class_names("de")
    assert class_names("de", part) == tuple(whole[AUDIOSET.index(name)] for name in SOME)
