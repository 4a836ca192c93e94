"""The rows of a listing as text: CSV as any program writes it, with the numbers of their lines.

Cells are divided by commas, semicolons or tabs, whichever gives a head that is known. Comments and
Excel's "sep=;" before the head are left out, and so are empty rows.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from epanns.errors import EpannsError, cause
from epanns.storage.edited_tables import DELIMITERS, csv_fault

SPANNED = 20  # lines at most that a row is written in, of names with ends of lines in them
END = (0, "")
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
            lines = enumerate(chain([first], file), before + 1)
            yield from _parsed(lines, delimiter, path, bad)
    except OSError as error:
        raise ListingError(f"{path} cannot be read: {cause(error)}.") from None
    except UnicodeError as error:
        raise ListingError(f"{path} is no CSV file in UTF-8 ({error}).") from None


def _parsed(
    lines: Iterator[tuple[int, str]], delimiter: str, path: Path, bad: Bad
) -> Iterator[tuple[int, list[str]]]:
    """The rows of numbered lines; a quotation mark that is not closed costs its line only."""
    waiting: deque[tuple[int, str]] = deque()

    def take() -> tuple[int, str]:
        return waiting.popleft() if waiting else next(lines, END)

    width = 0
    while (begin := take()) != END:
        held = [begin]
        where = f"{path}, line {begin[0]}"
        try:
            cells, is_open = _row(begin[1], delimiter)
            while is_open and len(held) < SPANNED and (following := take()) != END:
                held.append(following)
                cells, is_open = _row("".join(line for _, line in held), delimiter)
            if is_open or (len(held) > 1 and width and len(cells) != width):
                raise ValueError("a quotation mark is not closed")
        except (ValueError, csv.Error) as error:
            bad(f"{where}: {csv_fault(error) if isinstance(error, csv.Error) else error}.")
            waiting.extendleft(reversed(held[1:]))
            continue
        if any(map(str.strip, cells)):
            width = width or len(cells)
            yield begin[0], cells


def _row(text: str, delimiter: str) -> tuple[list[str], bool]:
    """The cells of a row, and whether it goes on in the next line.

    Raises:
        csv.Error: a cell is too long.
    """
    reader = csv.reader(iter([text, "\n"]), delimiter=delimiter, skipinitialspace=True)
    return next(reader), reader.line_num > 1


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
