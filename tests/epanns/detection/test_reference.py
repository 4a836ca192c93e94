"""Reference events as the DCASE challenges write them, and which recordings they are of."""

from pathlib import Path

import pytest

from epanns.detection.reference import AnnotationError, assign, read_reference
from epanns.vocabulary.audioset import AUDIOSET

HEAD = "filename\tonset\toffset\tevent_label\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "reference.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_events_are_read_by_recording(tmp_path: Path) -> None:
    text = (
        HEAD + "a.wav\t0.5\t1.25\tDog\nb.wav\t3\t4\tMale speech, man speaking\n"
        "a.wav\t2\t3\t/m/01yrx\n"
    )
    found = read_reference(write(tmp_path, text), AUDIOSET)
    assert [tuple(event[:3]) for event in found["a.wav"]] == [
        (AUDIOSET.index("Dog"), 0.5, 1.25), (AUDIOSET.index("Cat"), 2, 3)
    ]  # fmt: skip
    assert AUDIOSET.names[found["b.wav"][0].label] == "Male speech, man speaking"


@pytest.mark.parametrize("rest", ["", "\t\t\t", "\tnan\tnan\tnan", "\tNaN\tNaN\t"])
def test_a_name_alone_is_a_recording_without_events(tmp_path: Path, rest: str) -> None:
    assert read_reference(write(tmp_path, f"{HEAD}quiet.wav{rest}\n"), AUDIOSET) == {
        "quiet.wav": []
    }


def test_columns_may_stand_in_another_order_after_a_mark(tmp_path: Path) -> None:
    text = "\ufeffevent_label\tonset\toffset\tfilename\textra\nDog\t0\t1\ta.wav\tx\n"
    assert len(read_reference(write(tmp_path, text), AUDIOSET)["a.wav"]) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.wav\t0\t1\tDog\n", "no table of events; it must have the columns filename, onset"),
        ("", "no table of events"),
        (HEAD + "a.wav\t0\t1\tDogg\n", r"line 2: 'Dogg' is no AudioSet class \(did you mean Dog"),
        (HEAD + "a.wav\t0\t1\tDog\na.wav\t0\tlong\tDog\n", "line 3: '0' to 'long' are no times"),
        (HEAD + "a.wav\t2\t1\tDog\n", "line 2: an event cannot last from 2 to 1 s"),
        (HEAD + "a.wav\t-1\t1\tDog\n", "cannot last from -1 to 1 s"),
        (HEAD + "a.wav\t1\tinf\tDog\n", "cannot last from 1 to inf s"),
        (HEAD + "a.wav\t1\t1e12\tDog\n", "cannot last from 1 to 1e12 s"),
        (HEAD + "a.wav\t1\t2\n", "'' is no AudioSet class"),
        (HEAD + "a.wav" * 30_000, r"no table of events \(field larger than field limit"),
        (HEAD + "a.wav\t1\t2\t37\n", "line 2: '37' is no name of any AudioSet class"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AnnotationError, match=message):
        read_reference(write(tmp_path, text), AUDIOSET)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"missing.tsv cannot be read: No such file"):
        read_reference(tmp_path / "missing.tsv", AUDIOSET)
    (tmp_path / "binary.tsv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(AnnotationError, match="is no text file"):
        read_reference(tmp_path / "binary.tsv", AUDIOSET)


def test_a_name_means_the_recording_whose_path_ends_with_it() -> None:
    paths = [Path("field/audio/street.wav"), Path("field/audio/yard.wav")]
    for name in ("street.wav", "audio/street.wav", "field/audio/street.wav"):
        assert list(assign({name: []}, paths)) == paths[:1]
    assert list(assign({"field/audio/street.wav": []}, [Path("street.wav")])) == [
        Path("street.wav")
    ]
    for name in ("reet.wav", "other/street.wav", "street", ""):
        assert assign({name: []}, paths) == {}


def test_names_that_may_mean_two_recordings_are_refused() -> None:
    with pytest.raises(AnnotationError, match=r"x.wav may be a/x.wav or b/x.wav"):
        assign({"x.wav": []}, [Path("a/x.wav"), Path("b/x.wav")])
    with pytest.raises(AnnotationError, match=r"x.wav may be the reference's a/x.wav or b/x.wav"):
        assign({"a/x.wav": [], "b/x.wav": []}, [Path("x.wav")])
