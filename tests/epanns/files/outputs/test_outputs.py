"""What each format holds of recordings and of their segments."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from epanns.files.outputs.csv_rows import CsvRows
from epanns.files.outputs.hdf5 import Hdf5Output
from epanns.files.outputs.json_lines import JsonLines
from epanns.files.outputs.output import OutputError
from epanns.files.outputs.table import TextTable
from epanns.files.outputs.text_output import open_text
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags, ScoringPlan
from epanns.formatting import visible
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.scored_recordings import BAD, FIRST, PARTS, SECOND, TAGS, TOP_K, opener, put, run


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


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
    names = [str(FIRST)] * 3 + [visible(str(SECOND))] * 3 + ["bad.wav"]
    assert [row["file"] for row in rows] == names
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
