"""Whether a path exists, also where the system refuses to look."""

from pathlib import Path

from epanns.storage.existence import exists, is_file, is_folder


def test_files_and_folders_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert exists(tmp_path) and is_folder(tmp_path) and not is_file(tmp_path)
    assert exists(tmp_path / "file") and is_file(tmp_path / "file")
    assert not is_folder(tmp_path / "file") and not exists(tmp_path / "nothing")


def test_what_the_system_refuses_to_look_at_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / ("a" * 300), "nul\0", tmp_path / "file" / ("b" * 5000)):
        assert not exists(path) and not is_file(path) and not is_folder(path)
