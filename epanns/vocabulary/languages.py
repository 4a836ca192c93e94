"""The names of the classes in other languages.

The tables are config/labels.<language>.csv; config/README.md says how one is added. A class
that a table leaves out, or names in a line that cannot be used, keeps its English name.
"""

import functools
import unicodedata
from pathlib import Path

from epanns.console import tell
from epanns.paths import CONFIG
from epanns.storage.edited_tables import EditedTable, TableError
from epanns.vocabulary.audioset import AUDIOSET, AudioSetVocabulary
from epanns.vocabulary.vocabulary import Vocabulary

ENGLISH = "en"
TABLES = "labels.*.csv"
HEAD = ["class", "name"]  # the class by its English name, and its name in the language
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "\N{RIGHT SINGLE QUOTATION MARK}": "'"})


def languages() -> tuple[str, ...]:
    """The languages that have class names: English, then the codes of the others."""
    tables = sorted(path.name.split(".")[1] for path in CONFIG.glob(TABLES))
    return (ENGLISH, *tables)


@functools.cache
def class_names(language: str, vocabulary: Vocabulary = AUDIOSET) -> tuple[str, ...]:
    """The name of each class in a language, in the order of the network's outputs.

    Vocabularies other than AudioSet's have the same names in every language.

    Raises:
        ValueError: no such language, or its table is invalid; the message completes
            "it must be ...".
    """
    if language == ENGLISH or not isinstance(vocabulary, AudioSetVocabulary):
        return vocabulary.names
    if language not in languages():
        raise ValueError(" or ".join(languages()))
    path = CONFIG / f"labels.{language}.csv"
    try:
        translated = _read(path)
    except TableError as error:
        raise ValueError(f"a language with a sound table, and there is none: {error}") from None
    pairs = ((AUDIOSET.index(name), name) for name in vocabulary.names)
    return tuple(translated.get(index, english) for index, english in pairs)


@functools.cache
def searchable(language: str, vocabulary: Vocabulary = AUDIOSET) -> tuple[str, ...]:
    """The text that a search looks for each class in: its names in the language and in English.

    Raises:
        ValueError: see class_names().
    """
    pairs = zip(class_names(language, vocabulary), vocabulary.names, strict=True)
    return tuple(folded("\n".join(dict.fromkeys(pair))) for pair in pairs)


def folded(text: str) -> str:
    """A text for comparisons without regard to case and accents: "Chœur" becomes "choeur"."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _read(path: Path) -> dict[int, str]:
    """A table: from the indices of its classes to their names.

    A line that names no class, or repeats another one, is told and left out.

    Raises:
        TableError: it cannot be read, or has other columns.
    """
    names: dict[int, str] = {}
    table = EditedTable(path, HEAD, tell)
    if table.columns != HEAD:
        raise TableError(f"{path} cannot be used: its first line is not {','.join(HEAD)}.")
    for where, cells in table:
        label, name = cells["class"], cells["name"]
        try:
            if not name:
                raise ValueError(f"the name of {label} is empty")
            index = AUDIOSET.index(label)
            if index in names or name in names.values():
                raise ValueError(f"it names {label} {name}, and an earlier one is the same")
        except ValueError as error:
            table.leave_out(where, error)
            continue
        names[index] = name
    return names
