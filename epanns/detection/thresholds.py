"""Thresholds of the classes, as a user writes them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.console import tell
from epanns.errors import SettingsError
from epanns.storage.edited_tables import EditedTable, TableError
from epanns.storage.existence import is_file
from epanns.vocabulary.vocabulary import HEADS, Vocabulary

Floats = NDArray[np.float32]


def read_thresholds(texts: Sequence[str], otherwise: Floats, vocabulary: Vocabulary) -> Floats:
    """A threshold for each class.

    Args:
        texts: each a number for all classes ("0.3"), a class and its number ("Speech=0.4"), or the
            path of a CSV file with a column threshold and one of index, id (or mid), name (or
            display_name). A class's own number counts before the file's, and that before the
            number for all. A line of a file that cannot be used is told and left out.
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


def _share(text: str) -> float | None:
    """A number from 0 to 1; None for what is none."""
    number = float(text) if _is_number(text) else np.nan
    return number if 0.0 <= number <= 1.0 else None


def _number(text: str, where: str) -> float:
    number = _share(text)
    if number is None:
        raise SettingsError(f"A threshold is a number from 0 to 1; found {where}.")
    return number


def _index(name: str, where: str, vocabulary: Vocabulary) -> int:
    try:
        return vocabulary.index(name)
    except ValueError as error:
        raise SettingsError(f"The threshold {where} cannot be used: {error}.") from None


def _from_file(text: str, vocabulary: Vocabulary) -> list[tuple[int, float]]:
    """Classes and their thresholds from a CSV file."""
    path = Path(text)
    if not is_file(path):
        raise SettingsError(
            f"The threshold {text} is no number from 0 to 1, no class and number such as"
            " Speech=0.4, and no CSV file that can be read."
        )
    wanted = f"It must have a column threshold and one of {', '.join(HEADS)} in its first line."
    try:
        table = EditedTable(path, ("threshold",), tell)
    except TableError as error:
        raise SettingsError(f"{error} {wanted}") from None
    column = next((each for each in HEADS if each in table.columns), None)
    if column is None:
        raise SettingsError(f"{text} names no classes. {wanted}")
    found = []
    for where, cells in table:
        try:
            index, number = vocabulary.index(cells[column]), cells["threshold"]
            threshold = _share(number.replace(",", "."))
            if threshold is None:
                what = number or "nothing"
                raise ValueError(f"a threshold is a number from 0 to 1; found {what}")
            found.append((index, threshold))
        except ValueError as error:
            table.leave_out(where, error)
    if not found:
        raise SettingsError(f"{text} gives no class a threshold.")
    return found
