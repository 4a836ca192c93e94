"""A converted network is run only if it was made here or ships with the program."""

import multiprocessing
from pathlib import Path

import pytest

from epanns.conversion import cache, seal
from epanns.conversion.seal import BYTES, SHIPPED, is_trusted, seal_of
from epanns.paths import SHIPPED_MODELS
from epanns.storage.checksums import sha256_of


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation without a secret yet."""
    path = tmp_path / "models" / ".installation-secret"
    monkeypatch.setattr(seal, "SECRET", path)
    return path


def test_a_seal_holds_for_its_weights_and_its_content_alone(secret: Path) -> None:
    made = seal_of("weights", "content")
    assert is_trusted(made, "weights", "content")
    assert not is_trusted(made, "other weights", "content")
    assert not is_trusted(made, "weights", "other content")
    assert not is_trusted("", "weights", "content")
    assert len(secret.read_bytes()) == BYTES


def test_another_installation_does_not_trust_it(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = seal_of("weights", "content")
    monkeypatch.setattr(seal, "SECRET", tmp_path / "elsewhere")
    assert not is_trusted(made, "weights", "content")


def test_a_stranger_cannot_name_a_file_so_that_it_is_run(secret: Path, tmp_path: Path) -> None:
    checkpoint = tmp_path / "weights.pth"
    checkpoint.write_bytes(b"weights")
    made = cache.keep(checkpoint, "fp32", b"graph")
    made.write_bytes(b"hostile graph")
    *others, _, _ = made.name.split(".")
    for ending in (sha256_of(made)[:12], sha256_of(made), "", "0" * 16):
        made.with_name(".".join([*others, ending, "onnx"])).write_bytes(b"hostile graph")
    assert cache.find(checkpoint, "fp32") is None


def test_what_ships_is_trusted_by_its_content_whatever_it_is_called() -> None:
    line = SHIPPED.read_text().split()
    assert [sha256_of(SHIPPED_MODELS / line[1]), line[1]] == line
    assert is_trusted("", "", line[0])


def test_all_processes_that_begin_at_once_have_one_secret(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        seals = pool.starmap(seal_of, [("a", "b", tmp_path / "secret")] * 12)
    assert len(set(seals)) == 1


def test_without_a_secret_nothing_is_trusted_and_nothing_fails(
    secret: Path,
) -> None:
    secret.parent.write_text("no folder")
    assert not is_trusted("0" * 16, "weights", "content")
    with pytest.raises(OSError):
        seal_of("weights", "content")


def test_a_broken_secret_is_told(secret: Path) -> None:
    secret.parent.mkdir()
    secret.write_bytes(b"short")
    with pytest.raises(OSError, match="holds no secret; delete it"):
        seal_of("weights", "content")
