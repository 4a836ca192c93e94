"""The zoo: what is known of the published files, and which of them are here."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from epanns import WeightsError
from epanns.paths import MODELS
from epanns.zoo import catalogue
from epanns.zoo.catalogue import ZOO, Weights, checksum, fetch, is_here, locate, path_of

NAME, FILE = "stand-in", "network.pt"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalogue, "MODELS", tmp_path / "models")
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


# --- the table


def test_the_zoo_knows_the_published_files_in_order() -> None:
    assert list(ZOO) == ["starter", "epanns", "cnn14", "cnn14_framewise"]
    assert ZOO["epanns"].file == "checkpoint_closeto_.44.pt"
    assert ZOO["epanns"].doi.endswith("7939403") and not ZOO["epanns"].sha256
    for name in ("cnn14", "cnn14_framewise"):
        assert ZOO[name].doi.endswith("3987831") and ZOO[name].size == 327_428_481
        assert len(ZOO[name].sha256) == 64
    assert [name for name in ZOO if ZOO[name].framewise] == ["cnn14_framewise"]


def test_the_table_is_imported_without_what_takes_long() -> None:
    heavy = "{'torch', 'pooch', 'requests', 'pydantic'}"
    code = f"import sys, epanns.zoo; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_starter_ships_with_the_project() -> None:
    assert is_here("starter")
    assert fetch("starter") == locate("starter") == path_of("starter")


# --- what is in the folder


def test_missing_weights_are_not_here(models: Path) -> None:
    assert not is_here("epanns")
    with pytest.raises(WeightsError, match=r"not in .*models; fetch it with .*doi\.org/10\.5281"):
        locate("epanns")
    with pytest.raises(WeightsError, match="part of the project"):
        fetch("starter")


def test_weights_of_another_size_are_not_here(models: Path) -> None:
    path_of("cnn14").write_bytes(b"wrong")
    assert not is_here("cnn14")
    with pytest.raises(WeightsError, match=r"\(5 bytes\) is not the published file of cnn14"):
        locate("cnn14")


def test_weights_of_another_checksum_are_refused(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(b"right").hexdigest()
    monkeypatch.setitem(ZOO, NAME, Weights(FILE, doi="10.0000/x", size=5, sha256=digest))
    path_of(NAME).write_bytes(b"right")
    assert locate(NAME) == path_of(NAME) and catalogue.recognise(path_of(NAME)) is ZOO[NAME]
    path_of(NAME).write_bytes(b"wrong")
    assert catalogue.recognise(path_of(NAME)) is None
    with pytest.raises(WeightsError, match="checksum is another"):
        locate(NAME)


def test_published_weights_in_another_place_are_resolved_with_their_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "framewise.pth", tmp_path / "other.pth"
    path.write_bytes(b"right")
    other.write_bytes(b"wrong")
    digest = hashlib.sha256(b"right").hexdigest()
    entry = Weights(FILE, doi="10.0000/x", size=5, sha256=digest, framewise=True)
    monkeypatch.setitem(ZOO, NAME, entry)
    assert catalogue.resolve(path) == (path, True)
    assert catalogue.resolve(other) == (other, False)
    with pytest.raises(WeightsError, match="no weights file nowhere"):
        catalogue.resolve("nowhere")


# --- the words about it


def test_the_read_me_names_every_file_and_record() -> None:
    text = (MODELS / "README.md").read_text()
    for name, weights in ZOO.items():
        assert f"`{name}` | `{weights.file}`" in text and weights.doi in text


def test_the_card_is_about_the_starter_that_ships() -> None:
    card, path = (MODELS / "starter.md").read_text(), locate("starter")
    assert checksum(path) in card and f"{path.stat().st_size:,} bytes" in card
