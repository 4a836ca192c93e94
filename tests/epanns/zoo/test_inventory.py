"""What is found of each network in models/."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from epanns.conversion import cache
from epanns.networks import registry
from epanns.networks.architecture import Weights
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.storage.checksums import sha256_of
from epanns.zoo import catalogue, inventory
from tests.support.golden import standin
from tests.support.published import publish, use_models

NAME, FILE = "stand-in", "network.pt"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small network that was fetched and converted."""
    use_models(monkeypatch, tmp_path)
    publish(monkeypatch, Weights(name=NAME, file=FILE, doi="10.0000/stand-in.1"))
    torch.save(standin.build().state_dict(), tmp_path / FILE)
    cache.keep(tmp_path / FILE, "fp32", b"a converted network")
    return tmp_path


def test_what_is_here_and_in_order(models: Path) -> None:
    found = inventory.look(NAME)
    assert found.size == (models / FILE).stat().st_size and found.fault == ""
    assert list(found.copies.fresh) == ["fp32"] and found.copies.stale == ()


def test_what_is_not_here(models: Path) -> None:
    (models / FILE).unlink()
    found = inventory.look(NAME)
    assert found.size is None and found.path == models / FILE


def test_a_file_that_is_another_one(models: Path) -> None:
    catalogue.note_checksum(models / FILE)
    (models / FILE).write_bytes(b"something else")
    found = inventory.look(NAME)
    assert found.size == 14 and "checksum is another" in found.fault


def test_copies_of_other_weights_and_broken_ones_are_stale(models: Path) -> None:
    (fresh,) = inventory.look(NAME).copies.fresh.values()
    old = fresh.with_name(fresh.name.replace(".fp32-1.", ".fp32-0."))
    old.write_bytes(b"of an older version")
    assert inventory.look(NAME).copies == inventory.ConvertedCopies({"fp32": fresh}, (old,))
    fresh.write_bytes(b"cut off")
    assert inventory.look(NAME).copies == inventory.ConvertedCopies({}, (old, fresh))


def test_copies_for_the_other_architecture_are_none_of_both(models: Path) -> None:
    other = CNN14_DECISION_LEVEL_MAX  # of the same keys
    framewise = cache.keep(models / FILE, "fp32", b"with another head", other.copy_tag)
    file = catalogue.resolve(NAME)
    for architecture in (CNN14, None):
        copies = inventory.copies_of(replace(file, architecture=architecture))
        assert framewise not in copies.fresh.values() and copies.stale == ()
    assert inventory.copies_of(replace(file, architecture=other)).fresh == {"fp32": framewise}


def test_a_weights_file_is_read_once(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.keep(models / FILE, "fp32", b"with another head", CNN14_DECISION_LEVEL_MAX.copy_tag)
    hashed: list[Path] = []

    def note(path: Path) -> str:
        hashed.append(path)
        return sha256_of(path)

    for module in (cache, catalogue, registry):
        monkeypatch.setattr(module, "sha256_of", note)
    inventory.look(NAME)
    assert hashed.count(models / FILE) == 1


def test_where_a_checksum_is_known_from(models: Path) -> None:
    assert inventory.checksum_source("cnn14") == "as published"
    assert inventory.checksum_source(NAME) == ""
    assert inventory.checksum_source("resnest50") == "which begins as published"
    catalogue.note_checksum(models / FILE)
    assert inventory.checksum_source(NAME) == "as noted beside it"


def test_how_to_put_a_file_in_its_place_by_hand(models: Path) -> None:
    for part in (FILE, "https://doi.org/10.0000/stand-in.1", str(models)):
        assert part in inventory.by_hand(NAME)
    assert "restore starter.pth" in inventory.by_hand("starter")
