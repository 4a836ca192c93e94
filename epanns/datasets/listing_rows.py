"""The rows of a listing as text: CSV as any program writes it, with the numbers of their lines.

Cells are divided by commas, semicolons or tabs, whichever gives a head that is known. Comments and
Excel's "sep=;" before the head are left out, and so are empty rows.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from epanns.errors import EpannsError, cause
from epanns.storage.edited_tables import DELIMITERS, csv_fault

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

NO_HEAD = re.compile(r"#|\s*$|sep=.\s*$")

Bad = Callable[[str], None]  # takes a sentence about a row that cannot be used


class ListingError(EpannsError):
    """A listing cannot be read, or is in no known form."""


def stop(sentence: str) -> None:
    """End at the first bad row.

    Raises:
        ListingError: with the sentence.
    """
    raise ListingError(sentence)


def read_rows(
    path: Path, is_head: Callable[[list[str]], bool], bad: Bad
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file, of which the first is its head, if it has one.

    Args:
        path: the file.
        is_head: whether cells, stripped and in lower case, are a head that is known.
        bad: gets a sentence about each row that is no CSV.

    Yields:
        The number of a line, and its cells.

    Raises:
        ListingError: the file cannot be read, or is no text.
    """
    try:
        with path.open(newline="", encoding=_encoding(path)) as file:
            before = 0  # lines before the head
            first = ""
            for first in file:
                if not NO_HEAD.match(first):
                    break
                before += 1
            delimiter = next((each for each in DELIMITERS if is_head(_cells(first, each))), ",")
            reader = csv.reader(chain([first], file), delimiter=delimiter, skipinitialspace=True)
            yield from _parsed(reader, path, before, bad)
    except OSError as error:
        raise ListingError(f"{path} cannot be read: {cause(error)}.") from None
    except UnicodeError as error:
        raise ListingError(f"{path} is no CSV file in UTF-8 ({error}).") from None


def _parsed(
    reader: "CsvReader", path: Path, before: int, bad: Bad
) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            bad(f"{path}, line {before + reader.line_num}: {csv_fault(error)}.")
            continue
        if any(map(str.strip, cells)):
            yield before + reader.line_num, cells


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line as those of a head; none where it is no CSV."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in cells]


def _encoding(path: Path) -> str:
    """UTF-16 where the file begins with its mark, as Excel's Unicode text does; else UTF-8."""
    with path.open("rb") as file:
        begin = file.read(2)
    return "utf-16" if begin in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
