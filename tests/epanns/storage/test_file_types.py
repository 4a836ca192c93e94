"""A session is told from a sound file before either is opened."""

from pathlib import Path

import h5py

from epanns.storage.file_types import is_hdf5


def test_an_hdf5_file_is_told_from_others(tmp_path: Path) -> None:
    session, sound = tmp_path / "session.h5", tmp_path / "sound.wav"
    with h5py.File(session, "w"):
        pass
    sound.write_bytes(b"RIFF")
    assert is_hdf5(session)
    assert not is_hdf5(sound)
    assert not is_hdf5(tmp_path / "missing")
    assert not is_hdf5(tmp_path)
