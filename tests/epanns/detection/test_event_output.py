"""Events in every layout, and the files they are written to."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from epanns.detection.detect import RecordingEvents
from epanns.detection.event_formats import FORMATS
from epanns.detection.event_output import EventOutput
from epanns.detection.events import Event
from epanns.detection.reference import read_reference
from epanns.files.outputs.output import OutputError
from epanns.frontend.parameters import PANNS
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

MALE, DOG = AUDIOSET.index("Male speech, man speaking"), AUDIOSET.index("Dog")
EVENTS = [Event(MALE, 0.25, 2.0, 0.91234), Event(DOG, 1.0005, 61.5, 0.5)]


def lines(form: str, capsys: pytest.CaptureFixture[str], *recordings: str) -> list[str]:
    paths = [Path(each) for each in recordings or ("field/a.wav",)]
    output = EventOutput(form, paths, AUDIOSET)
    for path in paths:
        output.finish(path, RecordingEvents(62.0, EVENTS))
    return capsys.readouterr().out.splitlines()


def test_table_is_for_reading(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines("table", capsys) == [
        "field/a.wav: 62.0 s, 2 events",
        "      0.25 -     2.00 s   91.2%  Male speech, man speaking",
        "      1.00 -    61.50 s   50.0%  Dog",
    ]


def test_json_is_an_object_a_recording(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines("json", capsys)
    assert json.loads(line) == {
        "file": "field/a.wav",
        "duration": 62.0,
        "events": [
            {"label": "Male speech, man speaking", "onset": 0.25, "offset": 2.0, "score": 0.9123},
            {"label": "Dog", "onset": 1.0, "offset": 61.5, "score": 0.5},
        ],
    }


def test_json_says_what_was_wrong_with_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    EventOutput("json", [Path("a.wav")], AUDIOSET).finish(
        Path("a.wav"), RecordingEvents(1.0, [], warnings=("It was cut off.",))
    )
    assert json.loads(capsys.readouterr().out)["warning"] == "It was cut off."


def test_csv_quotes_names_with_commas(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO("\n".join(lines("csv", capsys)))))
    assert rows[0] == {
        "file": "field/a.wav", "onset": "0.250", "offset": "2.000",
        "label": "Male speech, man speaking", "score": "0.9123",
    }  # fmt: skip


def test_dcase_can_be_read_as_a_reference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = lines("dcase", capsys)
    assert found[0] == "filename\tonset\toffset\tevent_label"
    assert found[1] == "a.wav\t0.250\t2.000\tMale speech, man speaking"
    (tmp_path / "found.tsv").write_text("\n".join(found))
    (events,) = read_reference(tmp_path / "found.tsv", AUDIOSET).values()
    assert [event[:3] for event in events] == [(MALE, 0.25, 2.0), (DOG, 1.0, 61.5)]


def test_dcase_names_recordings_without_events(capsys: pytest.CaptureFixture[str]) -> None:
    EventOutput("dcase", [Path("quiet.wav")], AUDIOSET).finish(
        Path("quiet.wav"), RecordingEvents(1.0, [])
    )
    assert capsys.readouterr().out.splitlines()[1] == "quiet.wav\t\t\t"


def test_audacity_has_one_label_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines("audacity", capsys)[0] == "0.250\t2.000\tMale speech, man speaking"


def test_raven_has_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(lines("raven", capsys), delimiter="\t"))
    assert rows[1] == {
        "Selection": "2", "View": "Spectrogram 1", "Channel": "1", "Begin Time (s)": "1.000",
        "End Time (s)": "61.500", "Low Freq (Hz)": "50.0", "High Freq (Hz)": "14000.0",
        "Begin File": "a.wav", "Begin Path": str(Path("field/a.wav").absolute()),
        "File Offset (s)": "1.000", "Annotation": "Dog", "Score": "0.5000",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "highest"),
    [(8000, "4000.0"), (11025, "5512.5"), (22050, "11025.0"), (28000, "14000.0"),
     (44100, "14000.0"), (192000, "14000.0")],
)  # fmt: skip
def test_raven_shows_no_frequency_that_the_recording_has_not(
    rate: int, highest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = RecordingEvents(62.0, EVENTS, sample_rate=rate)
    EventOutput("raven", [Path("a.wav")], AUDIOSET).finish(Path("a.wav"), found)
    for row in csv.DictReader(capsys.readouterr().out.splitlines(), delimiter="\t"):
        assert (row["Low Freq (Hz)"], row["High Freq (Hz)"]) == ("50.0", highest)


def test_raven_shows_the_frequencies_of_the_network(capsys: pytest.CaptureFixture[str]) -> None:
    front_end = replace(PANNS, f_min=125, f_max=7500)
    found = RecordingEvents(62.0, EVENTS, front_end)
    EventOutput("raven", [Path("a.wav")], AUDIOSET).finish(Path("a.wav"), found)
    (row, _) = csv.DictReader(capsys.readouterr().out.splitlines(), delimiter="\t")
    assert (row["Low Freq (Hz)"], row["High Freq (Hz)"]) == ("125.0", "7500.0")


@pytest.mark.parametrize("form", ["csv", "dcase"])
def test_one_head_stands_above_all_recordings(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = lines(form, capsys, "x/a.wav", "x/b.wav")
    assert len(found) == 5 and found[0] == FORMATS[form].head and found[0] not in found[1:]


def test_recordings_of_one_name_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines("dcase", capsys, "x/a.wav", "y/a.wav")
    assert {line.split("\t")[0] for line in found[1:]} == {"x/a.wav", "y/a.wav"}


@pytest.mark.parametrize("form", FORMATS)
def test_each_recording_can_have_a_file(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [Path("x/a.wav"), Path("y/a.flac")]
    alone = []
    for path in paths:
        EventOutput(form, [path], AUDIOSET).finish(path, RecordingEvents(62.0, EVENTS))
        alone.append(capsys.readouterr().out)
    output = EventOutput(form, paths, AUDIOSET, tmp_path / "deep" / "in")
    for path in paths:
        output.finish(path, RecordingEvents(62.0, EVENTS))
    assert capsys.readouterr().out == ""
    names = [f"{path.name}{FORMATS[form].ending}" for path in paths]
    assert [(tmp_path / "deep" / "in" / name).read_text() for name in names] == alone


@pytest.mark.parametrize("form", ["audacity", "raven"])
def test_layouts_for_one_recording_ask_for_a_folder(form: str) -> None:
    with pytest.raises(OutputError, match=r"there are 2; name a folder by --into"):
        EventOutput(form, [Path("a.wav"), Path("b.wav")], AUDIOSET)


def test_recordings_of_one_name_have_files_in_folders_of_their_own(tmp_path: Path) -> None:
    paths = [Path("x/a.wav"), Path("y/a.wav")]
    output = EventOutput("csv", paths, AUDIOSET, tmp_path, run={})
    for path in paths:
        output.finish(path, RecordingEvents(62.0, EVENTS))
    assert [path for path in paths if (tmp_path / f"{path}.csv").is_file()] == paths
    assert all(
        EventOutput("csv", paths, AUDIOSET, tmp_path, {}, resume=True).holds(path) for path in paths
    )


def test_what_is_there_is_not_written_over_unless_that_is_asked_for(tmp_path: Path) -> None:
    path, there = Path("a.wav"), tmp_path / "a.wav.csv"
    there.write_text("hours of work")
    with pytest.raises(OutputError, match=r"a.wav.csv is there already; go on by --resume"):
        EventOutput("csv", [path], AUDIOSET, tmp_path)
    with pytest.raises(OutputError, match=r"was not written by this run; move it"):
        EventOutput("csv", [path], AUDIOSET, tmp_path, resume=True)
    assert there.read_text() == "hours of work"
    output = EventOutput("csv", [path], AUDIOSET, tmp_path, force=True)
    output.finish(path, RecordingEvents(62.0, EVENTS))
    assert there.read_text().startswith("file,onset")


def test_a_recording_that_cannot_be_read_any_more_has_no_stale_events(tmp_path: Path) -> None:
    path = Path("a.wav")
    EventOutput("csv", [path], AUDIOSET, tmp_path).finish(path, RecordingEvents(62.0, EVENTS))
    EventOutput("csv", [path], AUDIOSET, tmp_path, force=True).fail(path, "It is broken.")
    assert not (tmp_path / "a.wav.csv").exists()


def test_a_name_that_is_too_long_for_its_ending_is_shortened(tmp_path: Path) -> None:
    paths = [Path("a" * 250 + each + ".wav") for each in "xy"]
    output = EventOutput("csv", paths, AUDIOSET, tmp_path)
    for path in paths:
        output.finish(path, RecordingEvents(62.0, EVENTS))
    names = [path.name for path in tmp_path.glob("*.csv")]
    assert len(names) == 2 and all(len(name) == 255 for name in names)


def test_folders_that_cannot_be_made_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file/in cannot be made: Not a directory"):
        EventOutput("csv", [Path("a.wav")], AUDIOSET, tmp_path / "file" / "in")


def test_what_cannot_be_read_is_in_the_json_only(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("json", "csv"):
        EventOutput(form, [Path("a.wav")], AUDIOSET).fail(Path("a.wav"), "It is broken.")
    assert json.loads(capsys.readouterr().out) == {"file": "a.wav", "error": "It is broken."}


@pytest.mark.parametrize("form", FORMATS)
def test_names_are_those_of_the_network(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    birds = Vocabulary(("Blackbird", "Robin", "Wren"))
    output = EventOutput(form, [Path("a.wav")], birds)
    output.finish(Path("a.wav"), RecordingEvents(2.0, [Event(1, 0.5, 1.0, 0.9)]))
    assert "Robin" in capsys.readouterr().out


def test_what_is_needed_after_the_run_is_kept(tmp_path: Path) -> None:
    paths = [Path("a.wav"), Path("b.wav"), Path("c.wav")]
    output = EventOutput("csv", paths, AUDIOSET, tmp_path, keep=paths[1:])
    found = RecordingEvents(62.0, EVENTS)
    output.finish(paths[0], found)
    output.finish(paths[1], found)
    output.fail(paths[2], "It is broken.")
    assert output.kept == {paths[1]: found}


def resumable(folder: Path, paths: list[Path], resume: bool, model: str = "starter") -> EventOutput:
    return EventOutput("csv", paths, AUDIOSET, folder, {"model": model, "threshold": [0.3]}, resume)


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    paths = [Path("x/a.wav"), Path("y/b.wav"), Path("z/c.wav")]
    output = resumable(tmp_path, paths, resume=False)
    assert not output.holds(paths[0])
    output.finish(paths[0], RecordingEvents(62.0, EVENTS))
    output.finish(paths[1], RecordingEvents(62.0, []))
    output.fail(paths[2], "It is broken.")
    output = resumable(tmp_path, paths, resume=True)
    assert [output.holds(path) for path in paths] == [True, True, False]
    (tmp_path / "a.wav.csv").unlink()
    assert not output.holds(paths[0])
    output.finish(paths[2], RecordingEvents(1.0, []))
    assert [resumable(tmp_path, paths, True).holds(path) for path in paths] == [False, True, True]
    with pytest.raises(OutputError, match="is there already"):
        resumable(tmp_path, paths, False)


def test_a_file_is_there_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, text: str, **_: object) -> None:
        path.write_bytes(text[:10].encode())
        raise OSError(28, "No space left on device")

    output = resumable(tmp_path, [Path("a.wav")], resume=False)
    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OutputError, match=r"a.wav.csv cannot be written: No space left"):
        output.finish(Path("a.wav"), RecordingEvents(62.0, EVENTS))
    assert [path.name for path in tmp_path.iterdir()] == [".epanns-detect.jsonl"]


def test_raven_has_no_selection_that_ends_after_the_recording(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = RecordingEvents(2.0007, [Event(DOG, 0.5, 2.0007, 0.9), Event(DOG, 0.0, 0.3, 0.9)])
    EventOutput("raven", [Path("a.wav")], AUDIOSET).finish(Path("a.wav"), found)
    ends = [
        row["End Time (s)"]
        for row in csv.DictReader(capsys.readouterr().out.splitlines(), delimiter="\t")
    ]
    assert ends == ["2.000", "0.300"]
