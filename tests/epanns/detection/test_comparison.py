"""Detected events against a reference: of which recordings, over which classes."""

import math
from pathlib import Path

import pytest

from epanns.detection.comparison import ReferenceComparison
from epanns.detection.detect import RecordingEvents
from epanns.detection.events import Event
from epanns.detection.reference import AnnotationError
from epanns.vocabulary.vocabulary import Vocabulary

BIRDS = Vocabulary(("Blackbird", "Robin", "Wren"))
A, B = Path("field/a.wav"), Path("field/b.wav")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "reference.tsv"
    path.write_text(
        "filename\tonset\toffset\tevent_label\n"
        "a.wav\t1\t2\tRobin\na.wav\t3\t4\tWren\nelsewhere.wav\t0\t1\tRobin\n"
    )
    return path


def found(*labels: int) -> RecordingEvents:
    return RecordingEvents(5.0, [Event(label, 1.0, 2.0, 0.9) for label in labels])


def test_recordings_that_cannot_be_compared_are_said(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = ReferenceComparison(path, [A, B], BIRDS)
    assert list(comparison.expected) == [A] and comparison.labels == {1, 2}
    assert capsys.readouterr().err.splitlines() == [
        f"Not in {path}, so not compared: 1 of 2 recordings.",
        f"In {path}, but not here: 1 of 2 recordings.",
    ]
    with pytest.raises(AnnotationError, match=r"reference.tsv names none of the recordings\."):
        ReferenceComparison(path, [B], BIRDS)


def test_classes_of_the_reference_are_compared_or_those_that_are_named(path: Path) -> None:
    comparison = ReferenceComparison(path, [A], BIRDS)
    ((reference, events),) = comparison.pairs({A: found(0, 1)}).values()
    assert [event.label for event in reference] == [1, 2] and math.isnan(reference[0].score)
    assert [event.label for event in events] == [1], "a blackbird may well be there"
    comparison = ReferenceComparison(path, [A], BIRDS, classes=[0, 1])
    ((reference, events),) = comparison.pairs({A: found(0, 1)}).values()
    assert [event.label for event in reference] == [1]
    assert [event.label for event in events] == [0, 1]
    measured = comparison.measure({A: found(0, 1)}, 0.2)
    assert (measured.events.hits, measured.events.insertions) == (1, 1)
    assert measured.by_class.keys() == {0, 1}


def test_recordings_that_could_not_be_read_are_left_out(path: Path) -> None:
    assert not ReferenceComparison(path, [A], BIRDS).pairs({})
