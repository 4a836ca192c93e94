"""Thresholds of the classes, as a user writes them."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.errors import SettingsError
from epanns.vocabulary.vocabulary import HEADS, Vocabulary

Floats = NDArray[np.float32]


def read_thresholds(texts: Sequence[str], otherwise: Floats, vocabulary: Vocabulary) -> Floats:
    """A threshold for each class.

    Args:
        texts: each a number for all classes ("0.3"), a class and its number ("Speech=0.4"), or the
            path of a CSV file with a column threshold and one of index, id (or mid), name (or
            display_name). A class's own number counts before the file's, and that before the
            number for all.
        otherwise: float32 (classes,) in [0, 1], for the classes that no text gives.
        vocabulary: the classes.

    Returns:
        float32 (classes,) in [0, 1].

    Raises:
        SettingsError: one sentence on what cannot be understood.
    """
    thresholds = otherwise.copy()
    own: list[tuple[int, float]] = []
    files: list[tuple[int, float]] = []
    for text in texts:
        name, equals, number = text.rpartition("=")
        if _is_number(text):
            thresholds[:] = _number(text, text)
        elif equals and _is_number(number):
            own.append((_index(name, text, vocabulary), _number(number, text)))
        else:
            files += _from_file(text, vocabulary)
    for index, threshold in files + own:
        thresholds[index] = threshold
    return thresholds


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, where: str) -> float:
    number = float(text) if _is_number(text) else np.nan
    if not 0.0 <= number <= 1.0:
        raise SettingsError(f"A threshold is a number from 0 to 1; found {where}.")
    return number


def _index(name: str, where: str, vocabulary: Vocabulary) -> int:
    try:
        return vocabulary.index(name)
    except ValueError as error:
        raise SettingsError(f"The threshold {where} cannot be used: {error}.") from None


def _from_file(text: str, vocabulary: Vocabulary) -> Iterator[tuple[int, float]]:
    """Classes and their thresholds from a CSV file."""
    try:
        lines = Path(text).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        raise SettingsError(
            f"The threshold {text} is no number from 0 to 1, no class and number such as"
            " Speech=0.4, and no CSV file that can be read."
        ) from None
    try:
        yield from _from_table(csv.DictReader(lines), text, vocabulary)
    except csv.Error as error:  # a cell of more than 128 KiB, for example
        raise SettingsError(f"{text} is no CSV file of thresholds ({error}).") from None


def _from_table(
    table: "csv.DictReader[str]", text: str, vocabulary: Vocabulary
) -> Iterator[tuple[int, float]]:
    columns = [column for column in HEADS if column in (table.fieldnames or ())]
    if not columns or "threshold" not in (table.fieldnames or ()):
        raise SettingsError(
            f"{text} must have a column threshold and one of {', '.join(HEADS)} in its first line."
        )
    for row in table:
        where = f"{row['threshold'] or 'nothing'} in line {table.line_num} of {text}"
        index = _index(row[columns[0]] or "", where, vocabulary)
        yield index, _number(row["threshold"] or "", where)
