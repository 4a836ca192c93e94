"""Tables that people edit by hand: CSV, of which each line is read by itself.

A mistake in a line costs that line only, and a sentence tells where it is.
"""

import codecs
import csv
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from epanns.errors import EpannsError, cause

DELIMITERS = ",;\t"  # as programs for tables write CSV in several countries
ENDS = re.compile(r"\r\n|\r|\n")

Tell = Callable[[str], None]


class TableError(EpannsError):
    """A table cannot be read, or is another one."""


class EditedRow(NamedTuple):
    """A line of a table.

    Attributes:
        where: the file and the line, for the user.
        cells: stripped, by the names of the columns.
    """

    where: str
    cells: dict[str, str]


class EditedTable:
    """A table; iterating gives the rows that can be read.

    Args:
        path: the file: UTF-8, or UTF-16 with its mark.
        required: columns that it must have; others are read, too.
        tell: gets a sentence about each line that is left out.

    Attributes:
        columns: the names of all columns.

    Raises:
        TableError: it cannot be read, or lacks a column.
    """

    def __init__(self, path: Path, required: Collection[str], tell: Tell) -> None:
        self._path, self._tell = path, tell
        try:
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            raise TableError(f"{path} cannot be read: {cause(error)}.") from None
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding, odd = ("utf-16", "replace") if wide else ("utf-8-sig", "surrogateescape")
        text = content.decode(encoding, odd)
        self._lines = ENDS.split(text)
        for self._delimiter in DELIMITERS:
            try:
                self.columns = self._cells(self._lines[0])
            except ValueError as error:
                raise TableError(f"{path} cannot be used: in line 1, {error}.") from None
            if set(required) <= set(self.columns):
                return
        raise TableError(f"{path} cannot be used: its first line is not {','.join(required)}.")

    def __iter__(self) -> Iterator[EditedRow]:
        for number, line in enumerate(self._lines[1:], 2):
            where = f"{self._path}, line {number}"
            try:
                cells = self._cells(line)
                while len(cells) > len(self.columns) and not cells[-1]:
                    cells.pop()
                if not any(cells):
                    continue
                if len(cells) != len(self.columns):
                    raise ValueError(
                        f"{len(cells)} cells for {len(self.columns)} columns; quote a cell that"
                        " holds a comma"
                    )
            except ValueError as error:
                self.leave_out(where, error)
                continue
            yield EditedRow(where, dict(zip(self.columns, cells, strict=True)))

    def leave_out(self, where: str, why: ValueError) -> None:
        """Tell that a line is not used, and why."""
        self._tell(f"{where}: {why}. The line is left out.")

    def _cells(self, line: str) -> list[str]:
        """The cells of a line.

        Raises:
            ValueError: it is no CSV.
        """
        return [cell.strip() for cell in cells_of(line, self._delimiter)]


def cells_of(line: str, delimiter: str = ",") -> list[str]:
    """The cells of a line of a CSV file.

    Raises:
        ValueError: it is no CSV; the message says why.
    """
    if any("\udc80" <= letter <= "\udcff" for letter in line):
        raise ValueError("it is not in UTF-8")
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise ValueError(csv_fault(error)) from None


def csv_fault(error: csv.Error) -> str:
    """Why something is no CSV, such as a cell that is longer than 131,072 characters."""
    return f"it is no CSV ({error}; is a quotation mark missing?)"
