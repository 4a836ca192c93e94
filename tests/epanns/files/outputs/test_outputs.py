"""Outputs of every format hold the same, keep what is complete, and go on where they were ended."""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from epanns.files.outputs.best_classes import BestOfSegments
from epanns.files.outputs.csv_rows import CsvRows
from epanns.files.outputs.hdf5 import Hdf5Output
from epanns.files.outputs.json_lines import JsonLines
from epanns.files.outputs.npz import NpzFolder
from epanns.files.outputs.output import (
    OutputError,
    RecordingOutput,
    ScoringRun,
    model_name,
    run_of,
)
from epanns.files.outputs.table import TextTable
from epanns.files.outputs.text_output import open_text, reopen_text
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags, ScoringPlan
from epanns.prediction import NetworkInfo
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

TagsOutput = RecordingOutput[RecordingTags]
TOP_K = 3
FIRST, SECOND, BAD = Path("first.wav"), Path("with, comma\nand 'quotes'.wav"), Path("bad.wav")


def run(segments: bool, top_k: int = TOP_K, model: str = "starter") -> ScoringRun:
    return ScoringRun(model, 1.0, 0.5, segments, top_k)


def some_scores(seed: int, rows: int, first: int = 0) -> SegmentScores:
    numbers = np.random.default_rng(seed)
    levels = numbers.uniform(-60, 0, rows).astype(np.float32)
    levels[0] = -np.inf
    scores, embeddings = (numbers.random((rows, n), np.float32) for n in (527, 64))
    return SegmentScores(first * 16000, 16000, scores, embeddings, levels)


def some_tags(seed: int, at_once: bool = True, warnings: tuple[str, ...] = ()) -> RecordingTags:
    mean, highest, whole = np.random.default_rng(seed).random((3, 527), np.float32)
    return RecordingTags(
        3.21, -31.04, 5, mean, highest, whole if at_once else None, warnings=warnings
    )


TAGS = {
    FIRST: some_tags(1, warnings=("It is cut off.", 'It "hums", too.')),
    SECOND: some_tags(2, at_once=False),
}
PARTS = {FIRST: [some_scores(3, 16), some_scores(4, 5, 16)], SECOND: [some_scores(5, 1)]}


def put(output: TagsOutput, path: Path, segments: bool = True) -> None:
    for part in PARTS[path] if segments else []:
        output.add(path, part)
    output.finish(path, TAGS[path])


Opener = Callable[..., TagsOutput]


def opener(kind: str, out: Path, segments: bool) -> Opener:
    """What opens an output of a kind."""

    def opened(resume: bool = False, **other: Any) -> TagsOutput:
        wanted = run(segments, **other)
        if kind == "hdf5":
            plan = ScoringPlan(segment=32000, hop=16000, scores=segments)
            return Hdf5Output(out, wanted._replace(top_k=0), plan, AUDIOSET, resume)
        form = JsonLines(wanted, AUDIOSET) if kind == "json" else CsvRows(wanted, AUDIOSET)
        return reopen_text(form, wanted, out) if resume else open_text(form, wanted, out)

    return opened


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


def best(scores: np.ndarray) -> list[tuple[str, np.float32]]:
    order = np.argsort(-scores, kind="stable")[:TOP_K]
    return [(AUDIOSET.names[i], scores[i]) for i in order]


def as_float32(top: list[list[Any]]) -> list[tuple[str, np.float32]]:
    return [(name, np.float32(score)) for name, score in top]


def test_json_holds_an_object_a_recording(out: Path) -> None:
    output = opener("json", out, segments=True)()
    put(output, FIRST)
    put(output, SECOND)
    output.fail(BAD, "It is none.")
    output.close()
    first, second, bad = (json.loads(line) for line in out.read_text().splitlines())
    assert bad == {"file": "bad.wav", "error": "It is none."}
    assert (first["file"], first["duration"], first["level_dbfs"]) == ("first.wav", 3.21, -31.0)
    assert first["warning"] == 'It is cut off. It "hums", too.' and "warning" not in second
    assert (first["model"], first["segment"], first["hop"]) == ("starter", 1.0, 0.5)
    tags = TAGS[FIRST]
    assert as_float32(first["top"]) == best((tags.mean + tags.max) / 2)
    assert as_float32(first["mean"]) == best(tags.mean)
    assert as_float32(first["max"]) == best(tags.max)
    assert tags.at_once is not None and as_float32(first["at_once"]) == best(tags.at_once)
    assert second["file"] == str(SECOND) and "at_once" not in second
    scores = np.concatenate([part.scores for part in PARTS[FIRST]])
    assert [each["start"] for each in first["segments"]] == [0.5 * i for i in range(21)]
    assert [as_float32(each["top"]) for each in first["segments"]] == [best(row) for row in scores]
    assert first["segments"][0]["level_dbfs"] == -120.0  # digital silence


def test_csv_holds_a_row_a_class(out: Path) -> None:
    output = opener("csv", out, segments=False)()
    for path in (FIRST, SECOND):
        put(output, path, segments=False)
    output.fail(BAD, "It is none.")
    output.close()
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [row["file"] for row in rows] == [str(FIRST)] * 3 + [str(SECOND)] * 3 + ["bad.wav"]
    assert [row["rank"] for row in rows] == ["1", "2", "3"] * 2 + [""]
    assert [(row["label"], np.float32(row["score"])) for row in rows[:3]] == best(
        TAGS[FIRST].scores
    )
    index = AUDIOSET.index(rows[0]["label"])
    for column in ("mean", "max", "at_once"):
        assert np.float32(rows[0][column]) == getattr(TAGS[FIRST], column)[index]
    assert rows[3]["at_once"] == "" and rows[0]["warning"].startswith("It is cut off.")
    assert rows[6]["error"] == "It is none." and rows[0]["error"] == ""


def test_csv_of_segments_holds_a_row_a_class_and_segment(out: Path) -> None:
    output = opener("csv", out, segments=True)()
    put(output, FIRST)
    output.close()
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert len(rows) == 21 * TOP_K
    assert {row["parts"] for row in rows} == {"21"}
    last = rows[-TOP_K:]
    assert {(row["part"], row["start"]) for row in last} == {("21", "10.0")}
    found = [(row["label"], np.float32(row["score"])) for row in last]
    assert found == best(PARTS[FIRST][1].scores[-1])


def test_hdf5_holds_all_scores(out: Path) -> None:
    output = opener("hdf5", out, segments=True)()
    for path in (FIRST, SECOND):
        put(output, path)
    output.fail(BAD, "It is none.")
    output.close()
    with h5py.File(out) as file:
        assert tuple(file["class"].asstr()[:]) == AUDIOSET.names
        assert list(file["file"].asstr()[:]) == [str(FIRST), str(SECOND)]
        np.testing.assert_array_equal(file["mean"][:], [TAGS[FIRST].mean, TAGS[SECOND].mean])
        np.testing.assert_array_equal(file["max"][1], TAGS[SECOND].max)
        np.testing.assert_array_equal(file["at_once"][0], TAGS[FIRST].at_once)
        assert np.isnan(file["at_once"][1]).all()
        for row, path in enumerate((FIRST, SECOND)):
            its = slice(file["first"][row], file["first"][row] + file["count"][row])
            scores = np.concatenate([part.scores for part in PARTS[path]])
            np.testing.assert_array_equal(file["scores"][its], scores)
            levels = np.concatenate([part.levels for part in PARTS[path]])
            np.testing.assert_array_equal(file["segment_level"][its], levels)
            np.testing.assert_array_equal(file["start"][its], 0.5 * np.arange(len(scores)))
        assert file["warning"].asstr()[0] == 'It is cut off. It "hums", too.'
        assert list(file["unreadable/error"].asstr()[:]) == ["It is none."]
        attributes = dict(file.attrs)
        assert attributes["model"] == "starter" and attributes["holds"] == "tags, scores"
        assert (attributes["segment"], attributes["hop"]) == (1.0, 0.5)


def test_a_table_is_for_people(out: Path) -> None:
    output = open_text(TextTable(run(segments=False), AUDIOSET), run(segments=False), out)
    put(output, FIRST, segments=False)
    output.fail(BAD, "It is none.")
    output.close()
    head, columns, first, *_ = out.read_text().splitlines()
    assert head == "first.wav  3.2 s, -31 dBFS"
    assert columns.split() == ["score", "mean", "max", "at", "once"]
    (name, score), *_ = best(TAGS[FIRST].scores)
    assert first.endswith(name) and float(first.split()[0]) == pytest.approx(score, abs=0.005)
    assert "bad" not in out.read_text()


def test_a_table_of_segments_has_a_line_for_each(out: Path) -> None:
    output = open_text(TextTable(run(segments=True), AUDIOSET), run(segments=True), out)
    put(output, FIRST)
    output.close()
    lines = out.read_text().splitlines()
    assert len(lines) == 1 + 21 + 1 and lines[1].startswith("      0.00 s -120 dBFS  ")


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
    assert names_in(kind, out) == [str(FIRST), str(SECOND)]
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
def recordings(tmp_path: Path) -> Iterator[list[Path]]:
    yield [tmp_path / "in/a/x.wav", tmp_path / "in/b/x.wav"]


def test_npz_holds_the_embeddings_of_a_recording(tmp_path: Path, recordings: list[Path]) -> None:
    output = NpzFolder(tmp_path / "out", run(False, 0), recordings, resume=False)
    for part in PARTS[FIRST]:
        output.add(recordings[0], part)
    output.finish(recordings[0], TAGS[FIRST])
    output.fail(recordings[1], "It is none.")
    output.close()
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert files == [tmp_path / "out/a/x.wav.npz"]
    with np.load(files[0]) as file:
        expected = np.concatenate([part.embeddings for part in PARTS[FIRST]])
        np.testing.assert_array_equal(file["embedding"], expected)
        assert file["embedding"].dtype == np.float32
        np.testing.assert_array_equal(file["start"], 0.5 * np.arange(21))
        assert file["level"].shape == (21,) and file["duration"] == 3.21
        assert file["file"] == str(recordings[0]) and file["model"] == "starter"


def test_npz_files_that_are_there_are_not_made_again(
    tmp_path: Path, recordings: list[Path]
) -> None:
    folder = tmp_path / "out"
    output = NpzFolder(folder, run(False, 0), recordings, resume=False)
    assert not output.holds(recordings[0])
    output.add(recordings[0], PARTS[SECOND][0])
    output.finish(recordings[0], TAGS[SECOND])
    output = NpzFolder(folder, run(False, 0), recordings, resume=True)
    assert output.holds(recordings[0]) and not output.holds(recordings[1])
    with pytest.raises(OutputError, match="is there already"):
        NpzFolder(folder, run(False, 0), recordings, resume=False).holds(recordings[0])
    with pytest.raises(OutputError, match="epanns"):
        NpzFolder(folder, run(False, 0, "epanns"), recordings, resume=True).holds(recordings[0])


def test_npz_of_another_recording_is_not_taken_for_this_one(tmp_path: Path) -> None:
    """Recorders use the same names on every day."""
    first, other = tmp_path / "monday/0001.wav", tmp_path / "tuesday/0001.wav"
    output = NpzFolder(tmp_path / "out", run(False, 0), [first], resume=False)
    output.add(first, PARTS[SECOND][0])
    output.finish(first, TAGS[SECOND])
    again = NpzFolder(tmp_path / "out", run(False, 0), [other], resume=True)
    with pytest.raises(OutputError, match=r"holds the embeddings of .*monday.*not of .*tuesday"):
        again.holds(other)


BIRDS = Vocabulary(("Blackbird", "Robin", "Wren, Eurasian"))


def bird_tags() -> RecordingTags:
    mean, highest = np.array([[0.1, 0.5, 0.3], [0.2, 0.9, 0.8]], np.float32)
    return RecordingTags(1.0, -20.0, 1, mean, highest, None)


def test_the_classes_are_those_of_the_network(out: Path) -> None:
    which = run(segments=False, top_k=2)
    expected = [("Robin", 0.7), ("Wren, Eurasian", 0.55)]
    for form in (JsonLines(which, BIRDS), CsvRows(which, BIRDS), TextTable(which, BIRDS)):
        out.unlink(missing_ok=True)
        output = open_text(form, which, out)
        output.finish(FIRST, bird_tags())
        output.close()
        text = out.read_text()
        if isinstance(form, JsonLines):
            found = [(name, score) for name, score in json.loads(text)["top"]]
        elif isinstance(form, CsvRows):
            rows = csv.DictReader(io.StringIO(text))
            found = [(row["label"], float(row["score"])) for row in rows]
        else:
            cells = [line.split(maxsplit=3) for line in text.splitlines()[2:-1]]
            found = [(name, float(score)) for score, _, _, name in cells]
        assert found == [(name, pytest.approx(score, abs=0.006)) for name, score in expected]


def test_hdf5_has_a_column_for_each_class_of_the_network(out: Path) -> None:
    plan = ScoringPlan(scores=True)
    output = Hdf5Output(out, run(True, 0), plan, BIRDS)
    scores = np.array([[0.1, 0.5, 0.3]], np.float32)
    part = SegmentScores(0, 16000, scores, scores[:, :0], np.zeros(1, np.float32))
    output.add(FIRST, part)
    output.finish(FIRST, bird_tags())
    output.close()
    with h5py.File(out) as file:
        assert tuple(file["class"].asstr()[:]) == BIRDS.names
        np.testing.assert_array_equal(file["mean"][0], bird_tags().mean)
        assert np.isnan(file["at_once"][0]).all() and file["at_once"].shape == (1, 3)
        np.testing.assert_array_equal(file["scores"][:], scores)
    Hdf5Output(out, run(True, 0), plan, BIRDS, resume=True).close()
    with pytest.raises(OutputError, match="holds scores of other classes"):
        Hdf5Output(out, run(True, 0), plan, AUDIOSET, resume=True)


@pytest.mark.parametrize("classes", [1, 200, 40_000, 70_000])
def test_best_classes_of_segments_are_named_however_many_there_are(classes: int) -> None:
    vocabulary = Vocabulary([f"class {index}" for index in range(classes)])
    best = BestOfSegments(2, vocabulary)
    scores = np.linspace(0, 1, classes, dtype=np.float32)[None]
    best.add(SegmentScores(0, 1, scores, scores[:, :0], np.zeros(1, np.float32)))
    (segment,) = best
    assert [name for name, _ in segment.top] == [
        f"class {index}" for index in range(classes - 1, max(classes - 3, -1), -1)
    ]


def test_a_run_is_named_by_its_weights() -> None:
    network = NetworkInfo("starter", "", "0123456789abcdef", BIRDS)
    assert model_name("starter", network) == "starter"
    assert model_name("./starter", network) == "starter@0123456789ab", "a file of that name"
    plan = ScoringPlan(segment=64000, hop=16000, scores=True)
    assert run_of("starter", network, plan, 2) == ScoringRun("starter", 2.0, 0.5, True, 2)
    assert run_of("starter", network, plan, 5).top_k == 3, "there are no more classes"
