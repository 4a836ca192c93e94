"""Class names in other languages: tables that are whole, and one sentence where one is not."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from epanns.errors import SettingsError
from epanns.prediction import Prediction
from epanns.settings import load_settings
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.views.ranking import Ranking
from epanns.vocabulary import languages as module
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.languages import class_names, folded, languages, searchable
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.networks import STARTER

OTHERS = ("de", "fr")
PRESETS = ("Human sounds", "Animal", "Music", "domestic", "Alarm", "Siren", "Bell")

Table = Callable[[str], None]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    """Write the table of a language "xx", the only one then."""
    monkeypatch.setattr(module, "CONFIG", tmp_path)
    class_names.cache_clear()

    def write(text: str) -> None:
        (tmp_path / "labels.xx.csv").write_text(text, encoding="utf-8")

    return write


def test_languages_are_those_that_have_a_table() -> None:
    assert languages() == ("en", *OTHERS)
    assert class_names("en") == AUDIOSET.names


@pytest.mark.parametrize("language", OTHERS)
class TestTables:
    def test_every_class_has_one_line(self, language: str) -> None:
        path = module.CONFIG / f"labels.{language}.csv"
        assert sorted(module._read(path)) == list(range(527))

    def test_no_two_classes_are_called_the_same(self, language: str) -> None:
        names = [folded(name) for name in class_names(language)]
        assert len(set(names)) == 527

    @pytest.mark.parametrize("preset", PRESETS)
    def test_names_of_a_preset_are_translated(self, language: str, preset: str) -> None:
        """Some are the same in many languages, such as Banjo and Techno, but not half of them."""
        members = AUDIOSET.subset(preset)
        same = [i for i in members if class_names(language)[i] == AUDIOSET.names[i]]
        assert len(same) <= 0.4 * len(members)

    def test_names_are_written_as_labels(self, language: str) -> None:
        for name in class_names(language):
            assert name == " ".join(name.split())
            assert name[0].isupper()
            assert len(name) <= 45


def test_names_of_well_known_classes() -> None:
    dog, whistling = AUDIOSET.index("Dog"), AUDIOSET.index("Whistling")
    assert [class_names(each)[dog] for each in OTHERS] == ["Hund", "Chien"]
    assert class_names("de")[whistling] == "Pfeifen (Mensch)"


def test_a_class_without_a_line_keeps_its_english_name(table: Table) -> None:
    table('class,name\nDog,Cane\n"Walk, footsteps",Passi\n')
    names = class_names("xx")
    assert (names[AUDIOSET.index("Dog")], names[AUDIOSET.index("Cat")]) == ("Cane", "Cat")
    assert names[AUDIOSET.index("Walk, footsteps")] == "Passi"


@pytest.mark.parametrize("text", ["", "name,class\nCane,Dog\n", "class\nDog\n"])
def test_a_table_with_another_head_is_refused(table: Table, text: str) -> None:
    table(text)
    with pytest.raises(SettingsError, match="its first line is not class,name") as caught:
        load_settings(["--language", "xx"])
    assert str(caught.value).startswith("Setting language is 'xx'; it must be a language with")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("Dogg,Cagna", r"line 4: 'Dogg' is no AudioSet class \(did you mean Dog"),
        ("Dog", "line 4: 1 cells for 2 columns"),
        ("Dog, ", "line 4: the name of Dog is empty"),
        ("Walk, footsteps,Passi", "line 4: 3 cells for 2 columns; quote a cell"),
        ("cat,Gattina", "line 4: it names cat Gattina, and an earlier one is the same"),
        ("Dog,Gatto", "line 4: it names Dog Gatto, and an earlier one is the same"),
        ('"Dog,Cane', "line 4: it is no CSV .*unexpected end of data"),
        ("x" * 200_000 + ",Cane", "line 4: it is no CSV .*field limit"),
    ],
)
def test_a_mistake_in_a_line_is_told_and_costs_that_line_only(
    table: Table, lines: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table(f"class,name\nCat,Gatto\n\n{lines}\nOwl,Gufo\n")
    assert load_settings(["--language", "xx"]).language == "xx"
    (told,) = capsys.readouterr().err.splitlines()
    assert re.search(f"labels.xx.csv, {what}", told)
    names = class_names("xx")
    found = [names[AUDIOSET.index(name)] for name in ("Cat", "Dog", "Owl", "Walk, footsteps")]
    assert found == ["Gatto", "Dog", "Gufo", "Walk, footsteps"]
    assert not capsys.readouterr().err, "it is told once"


def test_a_language_without_a_table_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(["--language", "Deutsch"])
    assert str(caught.value) == "Setting language is 'Deutsch'; it must be en or de or fr."


def test_rows_bear_the_names_of_the_language() -> None:
    scores = np.zeros(527, np.float32)
    scores[[AUDIOSET.index("Speech"), AUDIOSET.index("Dog")]] = 0.9, 0.6
    ranking = Ranking(RankingOptions(language="de"), SelectionSpec())
    rows = ranking.update(Prediction(0, 32000, scores, -20.0, 0.01, STARTER))
    assert [(row.index, row.name) for row in rows] == [(0, "Sprache"), (74, "Hund")]


def test_sounds_are_found_without_capitals_and_accents_and_in_english() -> None:
    assert folded("Chœur ÉTÉ Straße") == "choeur ete strasse"
    assert folded("l\N{RIGHT SINGLE QUOTATION MARK}été") == "l'ete"
    choir = searchable("fr")[AUDIOSET.index("Choir")]
    assert folded("chœur") in choir
    assert folded("CHOIR") in choir
    assert searchable("en")[AUDIOSET.index("Choir")] == "choir"


def test_classes_of_another_vocabulary_have_one_name_in_every_language() -> None:
    tools = Vocabulary(("Säge", "Dog"))
    for language in ("en", *OTHERS):
        assert class_names(language, tools) == ("Säge", "Dog")
        assert searchable(language, tools) == ("sage", "dog")
