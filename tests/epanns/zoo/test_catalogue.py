"""The zoo: what is known of the published files, and which of them are here."""

import errno
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from epanns import WeightsError, fetch
from epanns.networks import registry
from epanns.networks.architecture import Weights
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from epanns.paths import MODELS
from epanns.storage.checksums import sha256_of
from epanns.vocabulary.custom import are_numbered
from epanns.zoo import catalogue
from epanns.zoo.catalogue import WeightsFile, is_here, locate, path_of, weights_of
from tests.support.published import publish, use_models
from tests.support.yamnet_files import small_yamnet, write_tflite

NAME, FILE = "stand-in", "network.pt"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_models(monkeypatch, tmp_path / "models")
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


# --- the table


def test_the_zoo_knows_the_published_files_in_order() -> None:
    assert catalogue.names()[:4] == ("starter", "epanns", "cnn14", "cnn14_framewise")
    epanns = weights_of("epanns")
    assert epanns.file == "checkpoint_closeto_.44.pt"
    assert epanns.doi.endswith("7939403") and not epanns.sha256
    for name in ("cnn14", "cnn14_framewise"):
        assert weights_of(name).doi.endswith("3987831") and weights_of(name).size == 327_428_481
        assert len(weights_of(name).sha256) == 64
    framewise = [name for name, (_, each) in registry.published().items() if each.framewise]
    assert framewise == ["cnn14_framewise", "cnn14_attention"]


def test_the_list_to_choose_from_begins_with_what_the_program_takes_by_itself() -> None:
    order = catalogue.in_order()
    assert sorted(order) == sorted(catalogue.names())
    assert set(order[:2]) == {catalogue.PREFERRED, catalogue.SHIPPED}
    assert order[2:] == tuple(
        sorted(order[2:], key=lambda name: -(weights_of(name).mean_average_precision or 0))
    )
    assert catalogue.SMALLEST in order and not set(catalogue.WORDS) & set(order)


def test_every_file_is_shipped_or_fetched_or_to_be_had_on_a_page() -> None:
    for name in catalogue.names():
        weights = weights_of(name)
        assert weights.ships + weights.fetchable + bool(weights.by_hand) == 1
        assert weights.ships == (name == "starter") and bool(weights.page) != weights.ships
        assert weights.ships or weights.page.startswith("https://")


def test_yamnet_is_there_in_both_forms_that_google_has_published(shared: Path) -> None:
    tflite, keras = weights_of("yamnet"), weights_of("yamnet_h5")
    assert keras.source == "https://storage.googleapis.com/audioset/yamnet.h5"
    published = shared / "models" / tflite.file
    assert tflite.size == published.stat().st_size and tflite.sha256 == sha256_of(published)
    assert load_checkpoint(published).learnt == tflite.learnt == keras.learnt


def test_another_version_of_a_file_to_be_put_there_by_hand_is_refused_by_its_name_alone(
    models: Path,
) -> None:
    write_tflite(path_of("yamnet"), small_yamnet())
    with pytest.raises(WeightsError, match=r"checksum is another; .* are used by their path"):
        locate("yamnet")
    assert catalogue.resolve(path_of("yamnet")).path == path_of("yamnet")


def test_the_table_is_imported_without_what_takes_long() -> None:
    heavy = "{'torch', 'pooch', 'requests', 'pydantic'}"
    modules = "epanns.zoo.catalogue, epanns.zoo.fetching, epanns.zoo.inventory"
    code = f"import sys, {modules}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_best_clipwise_network_comes_first() -> None:
    first, *_, last = catalogue.best_first()
    assert (first, last) == ("mn40_ext", "starter")
    assert not {"cnn14_framewise", "cnn14_attention"} & set(catalogue.best_first())


def test_networks_that_name_no_sounds_are_taken_by_name_only() -> None:
    unnamed = [
        name for name, (_, each) in registry.published().items() if are_numbered(each.vocabulary)
    ]
    assert unnamed == ["resnest50", "resnest50_fast"]
    assert not set(unnamed) & {*catalogue.best_first(), catalogue.BEST, catalogue.SHIPPED}
    for name in unnamed:
        weights = weights_of(name)
        assert "from pictures" in weights.purpose and "names no sounds" in weights.purpose
        assert weights.mean_average_precision is None and weights.licence == "Apache-2.0"
        assert weights.page.startswith("https://github.com/zhanghang1989/ResNeSt/releases/")
        assert len(weights.sha256_start) == 8


def test_starter_ships_with_the_project() -> None:
    assert is_here("starter")
    assert fetch("starter") == locate("starter") == path_of("starter")


# --- what is in the folder


def test_missing_weights_are_not_here(models: Path) -> None:
    assert not is_here("epanns")
    fetching = r"models; fetch it by python -m epanns models fetch epanns, .*doi\.org/10\.5281"
    with pytest.raises(WeightsError, match=fetching):
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
    weights = Weights(name=NAME, file=FILE, doi="10.0000/x", size=5, sha256=digest)
    publish(monkeypatch, weights)
    path_of(NAME).write_bytes(b"right")
    found = registry.recognise_file(path_of(NAME))
    assert locate(NAME) == path_of(NAME) and found and found[0] is weights
    path_of(NAME).write_bytes(b"wrong")
    assert registry.recognise_file(path_of(NAME)) is None
    with pytest.raises(WeightsError, match="checksum is another"):
        locate(NAME)


def test_weights_of_which_the_checksum_begins_otherwise_are_refused(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = f"network-{hashlib.sha256(b'right').hexdigest()[:8]}.pth"
    publish(monkeypatch, Weights(name=NAME, file=file, doi="10.0000/x"))
    path_of(NAME).write_bytes(b"right")
    assert locate(NAME) == path_of(NAME)
    path_of(NAME).write_bytes(b"wrong")
    with pytest.raises(WeightsError, match="checksum is another"):
        locate(NAME)


def test_weights_in_their_place_are_resolved_with_their_entry(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, Weights(name=NAME, file=FILE), CNN14_DECISION_LEVEL_MAX)
    path_of(NAME).write_bytes(b"right")
    found = catalogue.resolve(NAME)
    assert (found.path, found.name) == (path_of(NAME), NAME)
    assert found.architecture is registry.published()[NAME][1]
    assert found.checksum == hashlib.sha256(b"right").hexdigest()


def test_published_weights_in_another_place_are_resolved_with_their_architecture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "framewise.pth", tmp_path / "other.pth"
    path.write_bytes(b"right")
    other.write_bytes(b"wrong")
    right, wrong = (hashlib.sha256(content).hexdigest() for content in (b"right", b"wrong"))
    weights = Weights(name=NAME, file=FILE, doi="10.0000/x", size=5, sha256=right)
    publish(monkeypatch, weights, CNN14_DECISION_LEVEL_MAX)
    published = registry.published()[NAME][1]
    assert catalogue.resolve(path) == WeightsFile(path, path.name, published, right)
    assert catalogue.resolve(other) == WeightsFile(other, other.name, None, wrong)
    with pytest.raises(WeightsError, match="no weights file nowhere"):
        catalogue.resolve("nowhere")


def test_weights_that_cannot_be_read_are_named(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    publish(monkeypatch, Weights(name=NAME, file=FILE))
    path_of(NAME).write_bytes(b"right")
    monkeypatch.setattr(catalogue, "sha256_of", refuse)
    for model in (NAME, path_of(NAME)):
        sentence = f"^The weights {model} cannot be read: Permission denied\\.$"
        with pytest.raises(WeightsError, match=sentence):
            catalogue.resolve(model)
    with pytest.raises(WeightsError, match="cannot be read"):
        locate(NAME)


# --- the words about it


def test_the_read_me_names_every_file_and_record() -> None:
    text = (MODELS / "README.md").read_text()
    for name in catalogue.names():
        weights = weights_of(name)
        assert f"`{name}` | `{weights.file}`" in text
        assert (weights.doi or weights.url or weights.by_hand) in text


def test_the_starter_has_learnt_what_its_entry_states() -> None:
    network = load_checkpoint(locate("starter"))
    assert catalogue.weights_of("starter").learnt == network.learnt


def test_the_card_is_about_the_starter_that_ships() -> None:
    card, path = (MODELS / "starter.md").read_text(), locate("starter")
    assert sha256_of(path) in card and f"{path.stat().st_size:,} bytes" in card
