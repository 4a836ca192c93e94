"""A session in the files of other programs says there what it says here."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.audio.ring_buffer import Gap
from epanns.detection.events import Event
from epanns.prediction import Prediction
from epanns.sessions.export import ENDINGS, ExportError, events, every_hop, export, spacing
from epanns.sessions.reader import Session
from epanns.sessions.session_writer import SessionWriter
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.counting import ABOUT, TOOLS, sound, steps, toy_session
from tests.support.networks import STARTER

SPEECH, BARK = AUDIOSET.index("Speech"), AUDIOSET.index("Bark")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.h5"


def scored(path: Path, rows: dict[float, dict[int, float]], seconds: float) -> Path:
    """A session whose predictions end at these times and have these scores, the others 0."""
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, round(32000 * seconds)))
        for time, by_class in rows.items():
            scores = np.zeros(527, np.float32)
            scores[list(by_class)] = list(by_class.values())
            end = round(32000 * time)
            writer.add_prediction(
                Prediction(max(end - 32000, 0), end, scores, -np.inf, 0.01, STARTER)
            )
        writer.finish("stopped")
    return path


def test_wav_is_the_sound_bit_by_bit(path: Path, tmp_path: Path) -> None:
    with Session(toy_session(path, 3.0)) as session:
        wav = export(session, tmp_path, "wav", 0.3)
    samples, rate = soundfile.read(wav, dtype="int16")
    assert rate == 32000
    assert (samples == steps(0, 96000)).all()


def test_csv_has_a_row_a_prediction_and_a_column_a_class(path: Path, tmp_path: Path) -> None:
    scored(path, {1.0: {SPEECH: 0.5, BARK: 0.123}, 1.1: {}}, 2.0)
    with Session(path) as session:
        table = export(session, tmp_path, "csv", 0.3)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time", "level_dbfs", *AUDIOSET.names]
    assert [row["time"] for row in rows] == ["1.0", "1.1"]
    assert rows[0]["level_dbfs"] == "-120.0"
    assert (rows[0]["Speech"], rows[0]["Bark"], rows[0]["Music"]) == ("0.5", "0.123", "0")


def test_json_has_all_about_the_session(path: Path, tmp_path: Path) -> None:
    toy_session(path, 3.0, (Gap(40_000, 16_000, "microphone lost"),))
    with Session(path) as session:
        found = json.loads(export(session, tmp_path, "json", 0.3).read_text())
        stored = list(session.predictions())
    assert found["file"] == "session.h5"
    assert found["began"] == "2025-11-21T14:03:07.250000+01:00"
    assert found["duration"] == 3.0
    assert found["gaps"] == [{"time": 1.25, "seconds": 0.5, "reason": "microphone lost"}]
    assert found["devices"] == [{"time": 0.0, "name": "counter"}]
    assert found["networks"] == [
        {"prediction": 0, "name": "starter", "title": "a network", "sha256": "0" * 64}
    ]
    assert found["settings"] == {"hop": 0.1, "segment": 1.0}
    assert len(found["predictions"]) == len(stored)
    assert found["predictions"][0]["time"] == 0.5
    assert found["predictions"][0]["level_dbfs"] == -20.0
    assert found["predictions"][0]["top"][0] == [stored[0].top(1)[0][0], 0.5]


def test_json_without_predictions_is_valid(path: Path, tmp_path: Path) -> None:
    with Session(scored(path, {}, 1.0)) as session:
        found = json.loads(export(session, tmp_path, "json", 0.3).read_text())
    assert found["predictions"] == []


def test_events_are_those_of_the_stored_scores(path: Path) -> None:
    rows = {
        1.0 + k / 10: {SPEECH: 0.8} if 5 <= k < 15 else {BARK: 0.4 if k == 20 else 0.2}
        for k in range(30)
    }
    with Session(scored(path, rows, 4.0)) as session:
        found = events(session, 0.3)
    # A score stands for a hop around the middle of its second.
    speech, bark = found
    assert speech == pytest.approx(Event(SPEECH, 0.95, 1.95, 0.8), abs=1e-3)
    assert bark == pytest.approx(Event(BARK, 2.45, 2.55, 0.4), abs=1e-3)


def test_labels_are_events_for_audacity(path: Path, tmp_path: Path) -> None:
    rows = {1.0 + k / 10: {SPEECH: 0.8 if 5 <= k < 15 else 0.0} for k in range(30)}
    with Session(scored(path, rows, 4.0)) as session:
        labels = export(session, tmp_path, "labels", 0.3)
        assert labels.read_text() == "0.950\t1.950\tSpeech\n"
        assert export(session, tmp_path, "labels", 0.9).read_text() == ""


def test_skipped_predictions_do_not_move_events_and_gaps_end_them(path: Path) -> None:
    times = [1.0, 1.1, 1.3, 1.4, 1.5, 5.0, 5.1]  # 1.2 was skipped; nothing came for 3 s
    with Session(scored(path, {time: {SPEECH: 0.75} for time in times}, 6.0)) as session:
        assert spacing(session) == (3200, 32000)
        (hops,) = every_hop(session)
        found = events(session, 0.3)
    assert len(hops) == 42
    heard = np.flatnonzero(hops[:, SPEECH])
    assert heard.tolist() == [*range(16), 40, 41]  # a segment's length behind the last one
    assert [(event.onset, event.offset) for event in found] == [
        (0.0, pytest.approx(2.05)),
        (pytest.approx(4.45), 6.0),
    ]


def test_a_session_without_predictions_has_no_events(path: Path) -> None:
    with Session(scored(path, {}, 1.0)) as session:
        assert events(session, 0.3) == []


@pytest.mark.parametrize(
    ("seconds", "gaps"), [(0.02, ()), (5.0, ()), (30.0, (Gap(160_000, 320_000, "lost"),))]
)
def test_the_picture_is_one_whatever_the_session(
    path: Path, tmp_path: Path, seconds: float, gaps: tuple[Gap, ...]
) -> None:
    from matplotlib.image import imread

    with Session(toy_session(path, seconds, gaps)) as session:
        picture = imread(export(session, tmp_path, "picture", 0.3))
    assert picture.shape[:2] == (1020, 1560)
    colours = (picture[..., :3] * 255).astype(int) @ (1 << 16, 1 << 8, 1)
    assert len(np.unique(colours)) > 50


def test_where_no_sound_was_recorded_the_picture_is_grey(path: Path, tmp_path: Path) -> None:
    from matplotlib.image import imread

    def grey(gaps: tuple[Gap, ...]) -> int:
        name = tmp_path / f"{len(gaps)}.h5"
        with Session(toy_session(name, 20.0, gaps)) as session:
            pixels = imread(export(session, tmp_path, "picture", 0.3))[..., :3]
        return int((np.round(pixels * 255) == (0xB8, 0xC0, 0xC8)).all(axis=-1).sum())

    # A half of the scores' area, which is more than a quarter of the picture's.
    assert grey((Gap(160_000, 320_000, "microphone lost"),)) - grey(()) > 1020 * 1560 / 8


def test_each_form_has_a_file_of_its_own(path: Path, tmp_path: Path) -> None:
    with Session(toy_session(path, 1.0)) as session:
        files = {export(session, tmp_path, form, 0.3) for form in ENDINGS}
    assert len(files) == len(ENDINGS)
    assert all(file.stem.startswith("session") for file in files)


def test_classes_of_another_network_are_named_in_every_form(path: Path, tmp_path: Path) -> None:
    from matplotlib.image import imread

    with Session(toy_session(path, 3.0, network=TOOLS)) as session:
        files = {form: export(session, tmp_path, form, 0.3) for form in ENDINGS}
        found = events(session, 0.3)
    with files["csv"].open(newline="", encoding="utf-8") as file:
        head, first, *_ = csv.reader(file)
    assert head == ["time", "level_dbfs", "Drill", "Säge", "Saw, far"]
    assert first == ["0.5", "-20.0", "0", "0", "0.5"]
    about = json.loads(files["json"].read_text())
    assert about["networks"][0]["name"] == "mine.pth"
    assert about["predictions"][0]["top"][0] == ["Saw, far", 0.5]
    labels = [line.split("\t")[2] for line in files["labels"].read_text("utf-8").splitlines()]
    assert len(labels) == len(found) > 20
    assert labels[:3] == [TOOLS.vocabulary.names[event.label] for event in found[:3]]
    assert set(labels) == set(TOOLS.vocabulary.names)
    assert imread(files["picture"]).shape[:2] == (1020, 1560)


def test_a_wave_file_that_has_no_room_is_not_begun(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month that is missing takes nothing in a session, and 166 GB in a wave file."""
    month = 30 * 24 * 3600 * 32000
    with SessionWriter(path, ABOUT) as writer:
        writer.skip(month)
        writer.add_gap(Gap(0, month, "microphone lost"))
        writer.finish("stopped")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=10**11))
    with Session(path) as session, pytest.raises(ExportError) as caught:
        export(session, tmp_path, "wav", 0.3)
    assert str(caught.value) == (
        f"{tmp_path / 'session.wav'} cannot be written: No space left on device."
    )
    assert [each.name for each in tmp_path.iterdir()] == ["session.h5"]


def test_predictions_at_every_sample_are_no_hops(path: Path) -> None:
    """A file from elsewhere must not make a row of each sample of a month."""
    with SessionWriter(path, ABOUT) as writer:
        writer.add_sound(sound(0, 64000))
        for end in (32000, 32001, 32002, 64000):
            writer.add_prediction(
                Prediction(end - 32000, end, np.zeros(527, np.float32), -9.0, 0.01, STARTER)
            )
        writer.finish("stopped")
    with Session(path) as session:
        assert spacing(session) == (320, 32000)
        assert sum(map(len, every_hop(session))) == 101
