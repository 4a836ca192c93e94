"""Converted networks on disk: found by the checksums in their names."""

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from epanns.conversion import cache
from epanns.storage.atomic import ABANDONED, ENDING, PREFIX


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "odd [name].v1.pth"
    path.write_bytes(b"weights")
    return path


def test_what_is_kept_is_found(checkpoint: Path) -> None:
    assert cache.find(checkpoint, "fp32") is None
    path = cache.keep(checkpoint, "fp32", b"graph")
    assert path.parent == checkpoint.parent and path.read_bytes() == b"graph"
    assert cache.find(checkpoint, "fp32") == path
    assert cache.find(checkpoint, "int8") is None


def test_another_checkpoint_of_that_name_is_another(checkpoint: Path) -> None:
    cache.keep(checkpoint, "fp32", b"graph")
    checkpoint.write_bytes(b"other weights")
    assert cache.find(checkpoint, "fp32") is None


def test_another_format_is_not_found(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.keep(checkpoint, "fp32", b"graph")
    monkeypatch.setattr(cache, "FORMAT", cache.FORMAT + 1)
    assert cache.find(checkpoint, "fp32") is None


def test_changed_content_is_not_found(checkpoint: Path) -> None:
    cache.keep(checkpoint, "fp32", b"graph").write_bytes(b"grapf")
    assert cache.find(checkpoint, "fp32") is None


def test_older_ones_of_the_same_precision_go(checkpoint: Path) -> None:
    int8 = cache.keep(checkpoint, "int8", b"small graph")
    cache.keep(checkpoint, "fp32", b"graph")
    checkpoint.write_bytes(b"other weights")
    newer = cache.keep(checkpoint, "fp32", b"other graph")
    neighbour = checkpoint.with_suffix(".pt")
    neighbour.write_bytes(b"weights")
    other = cache.keep(neighbour, "fp32", b"graph")
    assert set(checkpoint.parent.glob("*.onnx")) == {int8, newer, other}


def test_nothing_is_left_where_it_cannot_be_written(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    monkeypatch.setattr(cache, "CONVERTED", checkpoint.parent.parent / "own")
    with pytest.raises(OSError, match="No space left"):
        cache.keep(checkpoint, "fp32", b"graph")
    assert list(checkpoint.parent.iterdir()) == [checkpoint]


def test_what_a_killed_program_left_is_removed(checkpoint: Path) -> None:
    old, new = (checkpoint.with_name(f"{PREFIX}{name}{ENDING}") for name in ("old", "new"))
    for draft in (old, new):
        draft.write_bytes(b"half a gr")
    os.utime(old, (time.time() - 2 * ABANDONED,) * 2)
    assert cache.find(checkpoint, "fp32") is None, "a draft is no conversion"
    cache.keep(checkpoint, "fp32", b"graph")
    assert new.exists() and not old.exists()


def test_architectures_of_the_same_checkpoint_are_kept_apart(checkpoint: Path) -> None:
    plain = cache.keep(checkpoint, "fp32", b"graph")
    tagged = cache.keep(checkpoint, "fp32", b"another graph", "framewise")
    assert cache.find(checkpoint, "fp32") == plain
    assert cache.find(checkpoint, "fp32", "framewise") == tagged
    assert f".fp32-framewise-{cache.FORMAT}." in tagged.name
    newer = cache.keep(checkpoint, "fp32", b"newer graph")
    assert set(checkpoint.parent.glob("*.onnx")) == {newer, tagged}


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
@pytest.mark.parametrize(("own", "its"), [(0o640, 0o640), (0o444, 0o644), (0o400, 0o600)])
def test_others_may_read_what_they_may_read_of_the_checkpoint(
    checkpoint: Path, own: int, its: int
) -> None:
    checkpoint.chmod(own)
    path = cache.keep(checkpoint, "fp32", b"graph")
    assert stat.S_IMODE(path.stat().st_mode) == its, "its owner can write it in any case"


def test_where_the_folder_is_read_only_copies_are_in_the_user_s_own(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    write = cache._write

    def refuse(path: Path, *rest: object) -> Path:
        if path.parent == checkpoint.parent:
            raise PermissionError(13, "Permission denied")
        return write(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cache, "CONVERTED", own)
    monkeypatch.setattr(cache, "_write", refuse)
    older = cache.keep(checkpoint, "fp32", b"graph")
    newer = cache.keep(checkpoint, "fp32", b"newer graph")
    assert newer.parent.parent == own and not older.exists()
    assert cache.find(checkpoint, "fp32") == newer
    assert cache.copies(checkpoint) == [newer]
    elsewhere = tmp_path / "elsewhere" / checkpoint.name
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(b"weights")
    assert cache.copies(elsewhere) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always Unicode")
def test_a_stranger_of_its_name_is_not_found(checkpoint: Path) -> None:
    """Nor waited for, as a pipe that nothing writes to would be."""
    kept = cache.keep(checkpoint, "fp32", b"graph")
    begin = kept.name[: kept.name.index(kept.suffixes[-2])]
    for seal in (b"\xff\xfe", b"0" * 16, b"pipe"):
        path = Path(os.fsdecode(os.fsencode(kept.with_name(begin)) + b"." + seal + b".onnx"))
        os.mkfifo(path) if seal == b"pipe" else path.write_bytes(b"graph")
    assert cache.find(checkpoint, "fp32") == kept
    kept.unlink()
    assert cache.find(checkpoint, "fp32") is None
