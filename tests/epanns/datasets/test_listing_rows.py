"""Tables are read however a program writes them; a bad row gets one sentence with its line."""

from pathlib import Path

import pytest

from epanns.datasets.listing import ListingError, read_listing
from tests.support.listings import listed

PLAIN = "path,labels,split,fold\na.wav,Speech,train,1\nb.wav,Bark,test,2\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace("\n", "\r\n"),
        "\ufeff" + PLAIN,
        "\ufeff" + PLAIN.replace(",", ";"),
        "sep=;\n" + PLAIN.replace(",", ";"),
        "# by hand\n\n" + PLAIN,
        PLAIN + ",,,\n",
        PLAIN.replace(",", ";") + ";;;\n \n",
        PLAIN.replace(",1\n", ",1.0\n").replace(",2\n", ",2.00\n"),
        PLAIN.replace(",", ";").replace(";1\n", ";1,0\n"),
        PLAIN.replace("\n", ",\n", 1).replace(",1\n", ",1,\n").replace(",2\n", ",2,,\n"),
        PLAIN.replace(",1\n", ",1,,\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_tables_are_read_however_a_program_writes_them(
    folder: Path, text: str, encoding: str
) -> None:
    if encoding == "utf-16":
        text = text.lstrip("\ufeff")  # it puts its own mark there
    (folder / "clips.csv").write_bytes(text.encode(encoding))
    rows = list(read_listing(folder / "clips.csv"))
    assert [(row.name, row.labels, row.split, row.fold) for row in rows] == [
        ("a.wav", ("Speech",), "train", 1), ("b.wav", ("Bark",), "test", 2),
    ]  # fmt: skip


def test_labels_of_a_table_with_semicolons_are_quoted(folder: Path) -> None:
    (row,) = read_listing(listed(folder, 'path;labels\na.wav;"Bark;Dog"\n'))
    assert row.labels == ("Bark", "Dog")


def test_other_forms_may_have_semicolons_and_whole_numbers_with_zeros(folder: Path) -> None:
    (row,) = read_listing(listed(folder, "filename;fold;target\n1-1-A-0.wav;1.0;0.0\n"))
    assert (row.fold, row.labels[0]) == (1, "Bark")
    (row,) = read_listing(listed(folder, 'abcdefghijk;30,000;40,5;"/m/04rlf,/m/09x0r"\n'))
    assert (row.segment, row.labels) == ((30.0, 40.5), ("/m/04rlf", "/m/09x0r"))


@pytest.mark.parametrize("fold", ["1.5", "one", "1e3", "99999", "-2", "0x1"])
def test_a_fold_is_a_whole_number(folder: Path, fold: str) -> None:
    with pytest.raises(ListingError, match="line 2: the fold"):
        list(read_listing(listed(folder, f"path,labels,fold\na.wav,Speech,{fold}\n")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no listing: it has neither columns path and labels"),
        ("file,class\na.wav,Speech\n", "is no listing"),
        ("path,labels\na.wav,Speech, child\n", "line 2: 3 cells for 2 columns; quote a cell"),
        ("path,labels\n\na.wav,Speech\nb.wav\n", "line 4: 1 cells for 2 columns"),
        ("path,labels\n,Speech\n", "line 2: the path is empty"),
        ("path,labels,fold\na,Speech,one\n", "line 2: the fold 'one' is no whole number"),
        ("abcdefghijk, 10.0, 3.0, /m/09x0r\n", "line 1: a segment cannot last from 10"),
        ("abcdefghijk, 1.0, 3.0, /m/0\nx, y, z, w\n", "line 2: could not convert"),
        ("path,labels\na\0.wav,Speech\n", "line 2: a cell holds the character NUL"),
    ],
)
def test_what_is_no_listing_gets_one_sentence(folder: Path, text: str, message: str) -> None:
    path = listed(folder, text)
    with pytest.raises(ListingError, match=message) as caught:
        list(read_listing(path))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_files_that_are_no_text_get_one_sentence(folder: Path) -> None:
    path = folder / "clips.csv"
    with pytest.raises(ListingError, match="cannot be read: No such file"):
        list(read_listing(path))
    path.write_bytes(b"path,labels\n\xff\xfe,Speech\n")
    with pytest.raises(ListingError, match="is no CSV file in UTF-8"):
        list(read_listing(path))
    good = listed(folder, "filename,target\na.wav,0\n", "esc.csv")
    with pytest.raises(ListingError, match="is no mapping: it lacks columns"):
        list(read_listing(good, mapping=good))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("b.wav", "1 cells for 3 columns"),
        (",Speech,", "the path is empty"),
        ("b.wav,Speech,x", "the fold 'x' is no whole number"),
        ("b\0.wav,Speech,1", "a cell holds the character NUL"),
        (f"{'b' * 200_000},Speech,1", "it is no CSV (field larger than field limit (131072)"),
        ("./a.wav,Speech,2", "./a.wav is the recording a.wav again"),
    ],
)
def test_a_bad_row_ends_the_reading_or_is_skipped_with_its_line(
    folder: Path, line: str, what: str
) -> None:
    path = listed(folder, f"path,labels,fold\na.wav,Speech,1\n{line}\nc.wav,Bark,3\n")
    with pytest.raises(ListingError) as caught:
        list(read_listing(path))
    assert str(caught.value).startswith(f"{path}, line 3: {what}")
    told: list[str] = []
    assert [row.name for row in read_listing(path, bad=told.append)] == ["a.wav", "c.wav"]
    assert told == [str(caught.value)]


def test_lines_are_counted_from_the_first_of_the_file(folder: Path) -> None:
    path = listed(folder, "# by hand\n\nsep=,\npath,labels\na.wav,Speech\n,Speech\n")
    with pytest.raises(ListingError, match="line 6: the path is empty"):
        list(read_listing(path))


@pytest.mark.parametrize("rest", ["c.wav,Speech\n", 'c.wav,"Bark;Dog"\n' * 30, ""])
def test_a_quotation_mark_that_is_not_closed_costs_its_line_only(folder: Path, rest: str) -> None:
    path = listed(folder, f'path,labels\na.wav,Speech\n"b.wav,Speech\n{rest}')
    told: list[str] = []
    rows = list(read_listing(path, bad=told.append))
    assert len(rows) == 1 + rest.count("\n")
    assert told == [f"{path}, line 3: a quotation mark is not closed."]


def test_a_name_may_have_an_end_of_a_line_in_it(folder: Path) -> None:
    path = listed(folder, 'path,labels\n"a\nb.wav",Speech\nc.wav,Speech,\n,Speech\n')
    told: list[str] = []
    assert [row.name for row in read_listing(path, bad=told.append)] == ["a\nb.wav", "c.wav"]
    assert told == [f"{path}, line 5: the path is empty."]
