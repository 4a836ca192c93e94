"""The names of the classes in other languages.

The tables are config/labels.<language>.csv; config/README.md says how one is added. A class
that a table leaves out keeps its English name.
"""

import csv
import functools
import unicodedata
from pathlib import Path

from epanns.paths import CONFIG
from epanns.vocabulary.audioset import AUDIOSET
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
    if language == ENGLISH or vocabulary != AUDIOSET:
        return vocabulary.names
    if language not in languages():
        raise ValueError(" or ".join(languages()))
    path = CONFIG / f"labels.{language}.csv"
    try:
        translated = _read(path)
    except (OSError, ValueError, csv.Error) as error:
        raise ValueError(f"a language with a sound table, and {path} is none: {error}") from None
    return tuple(translated.get(i, english) for i, english in enumerate(AUDIOSET.names))


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

    Raises:
        ValueError: a line holds no class and its name, or repeats another one.
    """
    names: dict[int, str] = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file, strict=True)
        if next(lines, None) != HEAD:
            raise ValueError(f"its first line is not {','.join(HEAD)}")
        for cells in lines:
            line = f"line {lines.line_num}"
            if len(cells) != len(HEAD) or not cells[1].strip():
                raise ValueError(f"{line} is no class and its name")
            index, name = AUDIOSET.index(cells[0]), cells[1].strip()
            if index in names or name in names.values():
                raise ValueError(f"{line} names {cells[0]} {name}, and an earlier one is the same")
            names[index] = name
    return names
