"""Outputs keep what is complete, and go on where they were ended."""

import csv
import dataclasses
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from epanns.files.outputs.json_lines import JsonLines
from epanns.files.outputs.output import OutputError
from epanns.files.outputs.text_output import open_text
from epanns.formatting import cell, text_of, visible
from epanns.storage.file_state import FileState
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.scored_recordings import (
    BAD,
    FIRST,
    PARTS,
    SECOND,
    TAGS,
    TagsOutput,
    opener,
    put,
    run,
    some_scores,
    some_tags,
)  # fmt: skip


@pytest.fixture(params=["json", "csv", "hdf5"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[False, True], ids=["whole", "segments"])
def segments(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def names_in(kind: str, out: Path) -> list[str]:
    """The complete recordings of an output, and those that could not be read."""
    if kind == "hdf5":
        with h5py.File(out) as file:
            return [*file["file"].asstr()[:], *file["unreadable/file"].asstr()[:]]
    text = out.read_text()
    if kind == "json":
        return [json.loads(line)["file"] for line in text.splitlines()]
    return list(dict.fromkeys(row["file"] for row in csv.DictReader(io.StringIO(text))))


def test_what_is_there_is_not_written_over(kind: str, segments: bool, out: Path) -> None:
    out.write_text("hours of work")
    with pytest.raises(OutputError, match="is there already; go on with it by --resume"):
        opener(kind, out, segments)()
    assert out.read_text() == "hours of work"


def test_a_recording_that_begins_anew_is_there_once(kind: str, out: Path) -> None:
    output = opener(kind, out, segments=True)()
    output.add(FIRST, some_scores(9, 16))
    put(output, FIRST)
    output.close()
    if kind == "hdf5":
        with h5py.File(out) as file:
            assert len(file["scores"]) == 21
            np.testing.assert_array_equal(file["scores"][:16], PARTS[FIRST][0].scores)
    else:
        twin = out.with_name("twin")
        output = opener(kind, twin, segments=True)()
        put(output, FIRST)
        output.close()
        assert out.read_bytes() == twin.read_bytes()


def test_it_goes_on_where_it_was(kind: str, segments: bool, out: Path) -> None:
    opened = opener(kind, out, segments)
    output = opened()
    put(output, FIRST, segments)
    output.fail(BAD, "It is none.")
    output.close()
    output = opened(resume=True)
    assert output.holds(FIRST) and output.holds(FIRST.absolute())
    assert not output.holds(SECOND)
    assert not output.holds(BAD), "it may be in order by now"
    put(output, SECOND, segments)
    output.close()
    second = visible(str(SECOND)) if kind == "csv" else str(SECOND)
    assert names_in(kind, out) == [str(FIRST), second]
    output = opened(resume=True)
    assert output.holds(SECOND)
    output.close()


def contents(kind: str, segments: bool, folder: Path) -> tuple[bytes, bytes]:
    """An output of one recording, and of two, as bytes."""
    out = folder / "whole"
    output = opener(kind, out, segments)()
    put(output, FIRST, segments)
    one = out.read_bytes()
    put(output, SECOND, segments)
    output.close()
    return one, out.read_bytes()


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_text_that_was_cut_short_loses_the_recording_under_way(
    kind: str, segments: bool, out: Path, tmp_path: Path
) -> None:
    one, two = contents(kind, segments, tmp_path)
    for end in np.linspace(len(one), len(two) - 1, 40).astype(int):
        out.write_bytes(two[:end])
        output = opener(kind, out, segments)(resume=True)
        assert output.holds(FIRST)
        if not output.holds(SECOND):
            put(output, SECOND, segments)
        output.close()
        assert out.read_bytes() == two


def test_hdf5_that_was_not_closed_holds_what_was_complete(segments: bool, out: Path) -> None:
    """As a kill leaves it: whatever is not committed is gone."""
    output = opener("hdf5", out, segments)()
    put(output, FIRST, segments)
    if segments:
        output.add(SECOND, PARTS[SECOND][0])
    copy = out.with_name("copy")
    copy.write_bytes(out.read_bytes())
    output.close()
    assert names_in("hdf5", copy) == [str(FIRST)]
    output = opener("hdf5", copy, segments)(resume=True)
    put(output, SECOND, segments)
    output.close()
    assert names_in("hdf5", copy) == [str(FIRST), str(SECOND)]


@pytest.mark.parametrize(
    "other", [{"model": "epanns"}, {"top_k": 4}, {"segments": True}], ids=lambda other: str(other)
)
def test_another_run_is_not_mixed_in(kind: str, out: Path, other: dict[str, Any]) -> None:
    if kind == "hdf5" and "top_k" in other:
        pytest.skip("it holds all classes")
    output = opener(kind, out, segments=False)()
    put(output, FIRST, segments=False)
    output.close()
    before = out.read_bytes()
    names = {name: value for name, value in other.items() if name != "segments"}
    with pytest.raises(OutputError, match=str(out)):
        opener(kind, out, "segments" in other)(resume=True, **names)
    assert out.read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == ["out"], "no draft is left"


@pytest.mark.parametrize("content", [b"no such thing\n", b'{"some": "json"}\n', bytes(600)])
def test_what_is_something_else_is_not_gone_on_with(
    kind: str, segments: bool, out: Path, content: bytes
) -> None:
    out.write_bytes(content)
    with pytest.raises(OutputError, match=f"{out} "):
        opener(kind, out, segments)(resume=True)
    assert out.read_bytes() == content


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_named() -> None:
    with Path("/dev/full").open("w") as full:
        output = open_text(JsonLines(run(False), AUDIOSET), run(False), None)
        output._file = full
        with pytest.raises(OutputError, match="/dev/full cannot be written: No space left"):
            output.finish(FIRST, TAGS[FIRST])
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    """Four recordings, of names that each format has to escape in its own way."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    paths = [folder / name for name in ("a.wav", "b, with\n'quotes'.wav", "=c.wav", "d.wav")]
    for index, path in enumerate(paths):
        path.write_bytes(bytes(10 + index))
    return paths


def write(output: TagsOutput, paths: list[Path], seed: int, segments: bool) -> None:
    """Scores by which recording and seed can be told; all but the last recording was read whole."""
    for number, path in enumerate(paths):
        tags = some_tags(100 * seed + number)
        state = FileState.of(path) if path.name != "d.wav" else None
        if segments:
            output.add(path, some_scores(100 * seed + number, 1 + number))
        output.finish(path, dataclasses.replace(tags, state=state))
    output.close()


def test_what_has_changed_or_was_not_whole_is_done_again_and_nothing_else(
    kind: str, segments: bool, out: Path, recordings: list[Path], tmp_path: Path
) -> None:
    opened = opener(kind, out, segments)
    write(opened(), recordings, 0, segments)
    whole, changed, gone, part = recordings
    before = [rows_of(kind, out, path) for path in (whole, gone)]
    os.utime(changed, ns=(0, 0))
    gone.unlink()  # as where a disk is not there today
    output = opened(resume=True, recordings=recordings)
    assert [output.holds(path) for path in recordings] == [True, False, True, False]
    write(output, [changed, part], 1, segments)
    assert [rows_of(kind, out, path) for path in (whole, gone)] == before
    write(opener(kind, tmp_path / "twin", segments)(), [changed, part], 1, segments)
    for path in (changed, part):
        assert rows_of(kind, out, path) == rows_of(kind, tmp_path / "twin", path)


def rows_of(kind: str, out: Path, path: Path) -> list[Any]:
    """All that an output says of one recording."""
    if kind == "json":
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        return [line for line in lines if line["file"] == str(path)]
    if kind == "csv":
        rows = csv.DictReader(io.StringIO(out.read_text()))
        return [row for row in rows if text_of(row["file"]) == visible(str(path))]
    with h5py.File(out) as file:
        (row,) = np.flatnonzero(file["file"].asstr()[:] == str(path))
        names = [
            "file",
            "warning",
            "duration",
            "level",
            "bytes",
            "modified_ns",
            "mean",
            "max",
            "at_once",
        ]
        found = [file[name][row] for name in names]
        if "count" in file:
            its = slice(file["first"][row], file["first"][row] + file["count"][row])
            found += [file[name][its] for name in ("start", "segment_level", "scores")]
        return [np.asarray(each).tolist() for each in found]


def test_recordings_that_are_not_of_this_run_are_kept_however_they_have_changed(
    kind: str, out: Path, recordings: list[Path]
) -> None:
    opened = opener(kind, out, False)
    write(opened(), recordings, 0, False)
    for path in recordings:
        path.write_bytes(b"another")
    opened(resume=True, recordings=recordings[:1]).close()
    assert [bool(rows) for rows in map(text_of_rows(kind, out), recordings)] == [
        False, True, True, True,
    ]  # fmt: skip


def text_of_rows(kind: str, out: Path) -> Callable[[Path], list[Any]]:
    names = names_in(kind, out)
    return lambda path: [
        name for name in names if name in (str(path), visible(str(path)), cell(str(path)))
    ]


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ({}, {"track": 2}, "track 2"),
        ({"track": 2}, {}, "track 2"),
        ({"track": 1}, {"track": 2}, "track 2"),
        ({}, {"channel": "loudest"}, "channel loudest"),
        ({"channel": 3}, {"channel": "mean"}, "channel mean"),
        ({"track": 1, "channel": 3}, {"track": 1}, "channel 3"),
    ],
)
def test_another_track_or_channel_is_another_run(
    kind: str, out: Path, before: dict[str, Any], after: dict[str, Any], named: str
) -> None:
    opened = opener(kind, out, False)
    output = opened(**before)
    put(output, FIRST, segments=False)
    output.close()
    output = opened(resume=True, **before)
    assert output.holds(FIRST)
    output.close()
    with pytest.raises(OutputError, match=named):
        opened(resume=True, **after)
