"""Tables that people edit: a mistake costs its line only, and is told with file and line."""

from pathlib import Path

import pytest

from epanns.storage.edited_tables import EditedTable, TableError

GOOD = ("class,name", "Dog,Cane", '"Walk, footsteps","Passi, camminata"')


def read(path: Path, content: bytes) -> tuple[list[dict[str, str]], list[str]]:
    path.write_bytes(content)
    told: list[str] = []
    rows = [row.cells for row in EditedTable(path, ("class", "name"), told.append)]
    return rows, told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.csv"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("empty", ["", ",", " , ,"])
def test_it_is_read_however_it_was_saved(path: Path, end: str, encoding: str, empty: str) -> None:
    rows, told = read(path, end.join((*GOOD, empty, "")).encode(encoding))
    assert [list(row.values()) for row in rows] == [
        ["Dog", "Cane"], ["Walk, footsteps", "Passi, camminata"],
    ]  # fmt: skip
    assert not told


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_cells_may_be_divided_as_spreadsheets_of_other_countries_do(
    path: Path, delimiter: str
) -> None:
    rows, told = read(path, f"class{delimiter}name\nDog{delimiter}Cane\n".encode())
    assert (rows, told) == ([{"class": "Dog", "name": "Cane"}], [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"Dog", "1 cells for 2 columns"),
        (b"Walk, footsteps,Passi", "3 cells for 2 columns; quote a cell that holds a comma"),
        (b'"Dog,Cane', "it is no CSV (unexpected end of data; is a quotation mark missing?)"),
        (b'"Dog"s,Cane', "it is no CSV"),
        (b"Dog," + b"x" * 131_073, "it is no CSV (field larger than field limit (131072)"),
        (b"B\xe4r,Orso", "it is not in UTF-8"),
    ],
)
def test_a_bad_line_is_told_and_the_rest_is_read(path: Path, line: bytes, why: str) -> None:
    rows, (told,) = read(path, b"\n".join((*map(str.encode, GOOD[:2]), line, GOOD[2].encode())))
    assert [row["class"] for row in rows] == ["Dog", "Walk, footsteps"]
    assert told.startswith(f"{path}, line 3: {why}") and told.endswith("The line is left out.")
    assert "\n" not in told


@pytest.mark.parametrize("content", [b"", b"name\nDog\n", bytes(500), b"x" * 200_000])
def test_another_table_is_refused_in_one_sentence(path: Path, content: bytes) -> None:
    with pytest.raises(TableError, match=r"mine.csv cannot be used: .*line.*\.$") as caught:
        read(path, content)
    assert "\n" not in str(caught.value)


def test_a_table_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path, tmp_path / ("a" * 300)):
        with pytest.raises(TableError, match="cannot be read"):
            EditedTable(path, ("class",), print)


def test_a_cut_off_utf_16_costs_the_last_line_only(path: Path) -> None:
    rows, (told,) = read(path, "\n".join(GOOD).encode("utf-16")[:-31])
    assert [row["class"] for row in rows] == ["Dog"] and told.startswith(f"{path}, line 3: ")
