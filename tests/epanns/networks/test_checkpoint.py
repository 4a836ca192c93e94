"""Weight files: what loads, and with which words everything else is refused."""

import os
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from epanns import load_checkpoint
from epanns.errors import UnfitWeightsError, WeightsError
from epanns.networks import registry
from epanns.networks.checkpoint import check_checkpoint, save_checkpoint
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.networks.cnn14_network import Cnn14
from epanns.networks.network import Network, TorchOutput
from epanns.networks.registry import Weights
from epanns.paths import MODELS
from epanns.storage.checksums import sha256_of
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.golden.standin import NARROW_EMBEDDING, NARROW_WIDTHS, build
from tests.support.published import publish

State = dict[str, Tensor]
Save = Callable[..., Path]
Spoil = Callable[[State], object]


@pytest.fixture(scope="module")
def network() -> Cnn14:
    return build()


@pytest.fixture
def state(network: Cnn14) -> State:
    return {name: value.clone() for name, value in network.state_dict().items()}


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write anything as torch.save does; returns the path."""

    def save(content: Any, name: str = "weights.pth", **options: Any) -> Path:
        torch.save(content, tmp_path / name, **options)
        return tmp_path / name

    return save


def logits(network: Network) -> Tensor:
    waveform = np.random.default_rng(0).normal(0, 0.1, (1, 16000)).astype(np.float32)
    with torch.inference_mode():
        output: TorchOutput = network(torch.from_numpy(waveform))
    return output.logits


def refusal(path: Path) -> str:
    """The one sentence that a file is refused with."""
    with pytest.raises(WeightsError) as caught:
        load_checkpoint(path)
    sentence = str(caught.value)
    assert str(path) in sentence and sentence.endswith(".") and "\n" not in sentence
    return sentence


# --- what loads


def test_bare_state_dict_loads_in_evaluation_mode(save: Save, state: State, network: Cnn14) -> None:
    loaded = load_checkpoint(save(state))
    assert isinstance(loaded, Cnn14) and not loaded.training and loaded.architecture == CNN14
    assert loaded.widths == NARROW_WIDTHS and loaded.embedding_width == NARROW_EMBEDDING
    torch.testing.assert_close(logits(loaded), logits(network), atol=1e-5, rtol=0)


def test_state_dict_under_model_loads(save: Save, state: State, network: Cnn14) -> None:
    loaded = load_checkpoint(save({"iteration": 600000, "model": state}))
    torch.testing.assert_close(logits(loaded), logits(network), atol=1e-5, rtol=0)


def test_file_of_the_years_before_zip_loads(save: Save, state: State, network: Cnn14) -> None:
    path = save({"model": state}, _use_new_zipfile_serialization=False)
    torch.testing.assert_close(logits(load_checkpoint(path)), logits(network), atol=1e-5, rtol=0)


def test_half_precision_without_the_fixed_keys_loads_in_float32(
    save: Save, state: State, network: Cnn14
) -> None:
    learnt = {
        name: value.half() if value.is_floating_point() else value
        for name, value in state.items()
        if not name.startswith(("spectrogram", "logmel"))
    }
    loaded = load_checkpoint(save(learnt))
    assert {value.dtype for value in loaded.parameters()} == {torch.float32}
    torch.testing.assert_close(logits(loaded), logits(network), atol=2e-2, rtol=0)


def test_path_may_be_text(save: Save, state: State) -> None:
    load_checkpoint(str(save(state)))


def test_the_architecture_is_the_one_asked_for(save: Save, state: State) -> None:
    loaded = load_checkpoint(save(state), "cnn14_decision_level_max")
    assert loaded.architecture == CNN14_DECISION_LEVEL_MAX
    assert load_checkpoint(save(state), CNN14_DECISION_LEVEL_MAX).architecture.framewise


def test_an_architecture_that_is_none_is_named(save: Save, state: State) -> None:
    with pytest.raises(WeightsError, match=r"no architecture cnn15; there are cnn14"):
        load_checkpoint(save(state), "cnn15")


def test_the_architecture_of_a_published_file_is_known_by_its_checksum(
    save: Save, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(state, "renamed.pth")
    known = Weights("known", "published.pth", size=path.stat().st_size, sha256=sha256_of(path))
    publish(monkeypatch, known, CNN14_DECISION_LEVEL_MAX)
    assert load_checkpoint(path).architecture.framewise
    assert not load_checkpoint(path, "cnn14").architecture.framewise, "what is asked for counts"
    state["fc1.bias"][0] += 1  # of the same size, but another file
    assert not load_checkpoint(save(state, "renamed.pth")).architecture.framewise


def test_starter_loads() -> None:
    starter = load_checkpoint(MODELS / "starter.pth")
    assert isinstance(starter, Cnn14) and starter.vocabulary is AUDIOSET
    assert starter.widths == (16, 16, 48, 48, 96, 96, 128, 128, 192, 192, 256, 256)


# --- the names of the classes


THREE = ["Robin", "Wren", "Tawny owl"]


@pytest.fixture
def three(state: State) -> State:
    """The narrow network with three classes."""
    for part in ("weight", "bias"):
        state[f"fc_audioset.{part}"] = state[f"fc_audioset.{part}"][:3].clone()
    return state


@pytest.mark.parametrize("inside", [False, True])
def test_the_names_in_a_file_are_its_classes(
    save: Save, three: State, network: Cnn14, inside: bool
) -> None:
    loaded = load_checkpoint(save({"classes": THREE, **({"model": three} if inside else three)}))
    assert loaded.vocabulary == Vocabulary(THREE)
    torch.testing.assert_close(logits(loaded), logits(network)[:, :3], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    "table", ["Robin\nWren\nTawny owl\n", "x,name\n,Robin\n,Wren\n,Tawny owl\n"]
)
@pytest.mark.parametrize(
    ("inside", "own"),
    [
        ({}, AUDIOSET.names),
        ({"classes": ["a", "b", "c"]}, ("a", "b", "c")),
        ({"classes": 3}, AUDIOSET.names),
    ],
)
def test_the_names_beside_a_file_count_more(
    save: Save, three: State, table: str, inside: dict[str, Any], own: tuple[str, ...]
) -> None:
    path = save({"model": three, **inside})
    path.with_name("weights.pth.classes.csv").write_text(table)
    loaded = load_checkpoint(path)
    assert loaded.vocabulary.names == tuple(THREE)
    assert loaded.own_vocabulary.names == own, "what a converted copy keeps"


def test_audiosets_names_in_a_file_are_audioset(save: Save, state: State) -> None:
    loaded = load_checkpoint(save({"model": state, "classes": list(AUDIOSET.names)}))
    assert loaded.vocabulary is AUDIOSET, "with its ontology"


def test_classes_without_names_are_refused_with_the_way_to_name_them(
    save: Save, three: State
) -> None:
    sentence = refusal(save(three))
    assert "weights.pth has 3 classes, and there are 527 names" in sentence
    assert sentence.endswith("weights.pth.classes.csv.")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("Robin", "a str that is no list of strings"),
        ({"Robin": 0, "Wren": 1, "Tawny owl": 2}, "a dict that is no list of strings"),
        (torch.zeros(3), "a Tensor that is no list of strings"),
        (["Robin", "Wren", 3], "a list that is no list of strings"),
        (["Robin", "Wren", "wren"], "found names that are missing, empty or there twice"),
        (["Robin", "Wren", ""], "found names that are missing, empty or there twice"),
        ([], "found names that are missing, empty or there twice"),
        (["Robin", "Wren"], "has 3 classes, and there are 2 names"),
        ([*THREE, "Rook"], "has 3 classes, and there are 4 names"),
    ],
)
def test_names_that_cannot_be_those_of_the_classes_are_refused(
    save: Save, three: State, names: Any, found: str
) -> None:
    assert found in refusal(save({"model": three, "classes": names}))


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (b"Robin\nWren\nWren\n", "weights.pth: names that are missing, empty or there twice"),
        (b"Robin\nWren\n", "has 3 classes, and there are 2 names"),
        (b"", "names no classes"),
        (b"\xff\xfe\x00", "does not name the classes"),
    ],
)
def test_a_table_that_cannot_name_the_classes_is_refused(
    save: Save, three: State, table: bytes, found: str
) -> None:
    path = save(three)
    path.with_name("weights.pth.classes.csv").write_bytes(table)
    assert found in refusal(path)


def test_a_check_says_what_a_file_is_called(save: Save, state: State, tmp_path: Path) -> None:
    check_checkpoint(str(save(state)), "cnn14", "what arrived")
    with pytest.raises(WeightsError, match=r"^The weights what arrived cannot be read"):
        check_checkpoint(str(tmp_path / "nothing.pth"), "cnn14", "what arrived")
    with pytest.raises(UnfitWeightsError, match=r"^what arrived is no weights file for Cnn14"):
        check_checkpoint(str(save({})), "cnn14", "what arrived")


# --- what is written


@pytest.mark.parametrize("half", [False, True])
def test_what_is_saved_loads_again(tmp_path: Path, network: Cnn14, half: bool) -> None:
    path = tmp_path / "saved.pth"
    save_checkpoint(network, path, half)
    tolerance = 2e-2 if half else 1e-5
    torch.testing.assert_close(
        logits(load_checkpoint(path)), logits(network), atol=tolerance, rtol=0
    )
    saved = torch.load(path, weights_only=True)
    assert not any(name.startswith(("spectrogram", "logmel")) for name in saved)
    kinds = {value.dtype for value in saved.values()}
    assert kinds == {torch.float16 if half else torch.float32, torch.int64}


def test_classes_are_saved_unless_they_are_the_architectures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    birds, path = Vocabulary(THREE), tmp_path / "saved.pth"
    entry = replace(CNN14, vocabulary=birds)
    monkeypatch.setitem(registry._registered, CNN14.name, entry)
    for vocabulary in (birds, AUDIOSET):
        save_checkpoint(Cnn14(entry, NARROW_WIDTHS, NARROW_EMBEDDING, vocabulary), path)
        assert load_checkpoint(path).vocabulary is vocabulary
        assert ("classes" in torch.load(path, weights_only=True)) is (vocabulary is AUDIOSET)


# --- what does not load


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nothing.pth")


def test_folder_is_named(tmp_path: Path) -> None:
    assert "found a folder" in refusal(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="pipes are POSIX")
def test_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "found a device" in refusal(tmp_path / "pipe")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_file_without_permission_is_named(save: Save, state: State) -> None:
    path = save(state)
    path.chmod(0)
    assert "Permission denied" in refusal(path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"The weights are on the other disk.\n", "b'The weights are '"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
        (b"PK\x03\x04" + bytes(100), "zip archive of 104 bytes"),
        (bytes(1000), "1,000 bytes"),
        (b"\x80\x02", "2 bytes"),
    ],
)
def test_foreign_bytes_are_described(tmp_path: Path, content: Any, found: str) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    assert found in refusal(path)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_file_cut_anywhere_is_refused(save: Save, state: State, share: float, zipped: bool) -> None:
    path = save(state, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert "expected PyTorch weights" in refusal(path)


def test_zip_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as archive:
        archive.writestr("photo.txt", "sea")
    assert "zip archive" in refusal(tmp_path / "holiday.zip")


def test_zip_bomb_is_refused_unopened(
    save: Save, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        zipfile.ZipFile(save(state)) as plain,
        zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, bytes(10**6) if "/data/" in name else plain.read(name))
    monkeypatch.setattr(torch, "load", None)
    assert "compressed zip archive" in refusal(tmp_path / "bomb.pth")


class Hostile:
    """Runs a command when it is unpickled the ordinary way."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"model": x}, lambda x: {"bn0.weight": x}])
@pytest.mark.parametrize("zipped", [True, False])
def test_hostile_pickle_is_refused_and_does_not_run(
    save: Save, tmp_path: Path, wrap: Callable[[Any], Any], zipped: bool
) -> None:
    marker = tmp_path / "was here"
    path = save(wrap(Hostile(marker)), _use_new_zipfile_serialization=zipped)
    assert "asks to run posix.mkdir" in refusal(path) or os.name != "posix"
    assert not marker.exists()


def test_hostile_bare_pickle_does_not_run(tmp_path: Path) -> None:
    path, marker = tmp_path / "weights.pth", tmp_path / "was here"
    path.write_bytes(pickle.dumps(Hostile(marker)))
    refusal(path)
    assert not marker.exists()


def test_whole_pickled_network_is_refused(save: Save, network: Cnn14) -> None:
    assert "epanns.networks.cnn14_network.Cnn14" in refusal(save(network))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ([1, 2], "found a list"),
        (torch.zeros(3), "found a Tensor"),
        ({}, "found no keys"),
        ({"model": {}}, "found no keys"),
        ({"state_dict": {}}, "found a dict under the key 'state_dict'"),
        ({"epoch": 3, "lr": 0.1}, "found a int under the key 'epoch'"),
        ({3: torch.zeros(2)}, "found the key 3"),
        ({"conv.weight": torch.zeros(2)}, "found the key 'conv.weight'"),
    ],
)
def test_another_content_is_described(save: Save, content: Any, found: str) -> None:
    assert found in refusal(save(content))


def without(name: str) -> Spoil:
    return lambda state: state.pop(name)


def put(name: str, value: Any) -> Spoil:
    return lambda state: state.update({name: value})


BAD_VALUES = {
    "missing block": (without("conv_block6.conv2.weight"), "the key conv_block6.conv2.weight"),
    "missing statistics": (without("conv_block3.bn1.running_var"), "conv_block3.bn1.running_var"),
    "foreign key": (put("conv_block7.bn1.bias", torch.zeros(4)), "found the key 'conv_block7"),
    "other kernel": (put("conv_block2.conv1.weight", torch.zeros(8, 6, 5, 5)), "(8, 6, 5, 5)"),
    "widths apart": (put("conv_block2.conv1.weight", torch.zeros(8, 7, 3, 3)), "(8, 7, 3, 3)"),
    "no outputs": (put("conv_block1.conv1.weight", torch.zeros(0, 1, 3, 3)), "(0, 1, 3, 3)"),
    "a number": (put("conv_block1.conv1.weight", torch.tensor(1.0)), "found ()"),
    "short bias": (put("fc1.bias", torch.zeros(31)), "fc1.bias of shape (32,), found (31,)"),
    "other mel scale": (put("logmel_extractor.melW", torch.zeros(257, 64)), "(257, 64)"),
    "NaN": (put("fc1.bias", torch.full((32,), torch.nan)), "NaN or infinity in fc1.bias"),
    "infinity": (put("bn0.bias", torch.full((64,), torch.inf)), "NaN or infinity in bn0.bias"),
    "overflow": (put("bn0.bias", torch.full((64,), 1e300, dtype=torch.double)), "in bn0.bias"),
    "variance": (put("bn0.running_var", -torch.ones(64)), "variances in bn0.running_var, found -1"),
    "complex": (put("fc1.bias", torch.zeros(32, dtype=torch.complex64)), "torch.complex64"),
    "whole numbers": (put("fc1.bias", torch.zeros(32, dtype=torch.int8)), "torch.int8"),
    "sparse": (put("fc1.bias", torch.zeros(32).to_sparse()), "torch.sparse_coo"),
    "no storage": (put("fc1.bias", torch.zeros(32, device="meta")), "torch.float32"),
}


@pytest.mark.parametrize("case", BAD_VALUES)
def test_state_that_does_not_fit_is_described(save: Save, state: State, case: str) -> None:
    spoil, found = BAD_VALUES[case]
    spoil(state)
    sentence = refusal(save(state))
    assert found in sentence and "expected" in sentence


def test_tensors_that_claim_more_than_the_file_holds_are_not_allocated(
    save: Save, state: State
) -> None:
    state["fc1.weight"] = torch.zeros(1).expand(2**40, 24)  # 96 TiB from 4 bytes
    assert "found tensors of 105," in refusal(save(state))


def test_tensors_that_are_views_of_the_same_values_are_refused(save: Save, state: State) -> None:
    values = torch.zeros(max(value.numel() for value in state.values()))
    for name, value in state.items():
        if value.is_floating_point() and not name.endswith("running_var"):
            state[name] = values[: value.numel()].view(value.shape)
    sentence = refusal(save(state))
    assert "expected at most the" in sentence and "found tensors of" in sentence


def test_control_characters_in_keys_do_not_reach_the_terminal(save: Save) -> None:
    assert "\x1b" not in refusal(save({"\x1b[2Jhello": torch.zeros(1)}))


@pytest.mark.parametrize("name", ["mn04_as_mAP_432.pt", "yamnet.tflite", "teacher.py"])
def test_other_networks_are_described(shared: Path, name: str) -> None:
    assert "expected" in refusal(shared / "models" / name)
