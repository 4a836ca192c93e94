"""Embeddings in a folder with a file a recording."""

from pathlib import Path

import numpy as np
import pytest

from epanns.files.outputs.npz import NpzFolder
from epanns.files.outputs.output import OutputError
from tests.support.scored_recordings import FIRST, PARTS, SECOND, TAGS, run


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    return [tmp_path / "in/a/x.wav", tmp_path / "in/b/x.wav"]


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
