"""Weights files that do not load, and with which words each is refused."""

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from epanns.errors import UnfitWeightsError, WeightsError
from epanns.networks.checkpoint import check_checkpoint, load_checkpoint
from epanns.networks.cnn14_network import Cnn14
from tests.support.weights_files import Save, State, refusal

Spoil = Callable[[State], object]


def test_a_check_says_what_a_file_is_called(save: Save, state: State, tmp_path: Path) -> None:
    check_checkpoint(str(save(state)), "cnn14", "what arrived")
    with pytest.raises(WeightsError, match=r"^The weights what arrived cannot be read"):
        check_checkpoint(str(tmp_path / "nothing.pth"), "cnn14", "what arrived")
    with pytest.raises(UnfitWeightsError, match=r"^what arrived is no weights file for Cnn14"):
        check_checkpoint(str(save({})), "cnn14", "what arrived")


def test_keys_of_no_known_network_are_not_said_to_be_those_of_one(
    save: Save, state: State, tmp_path: Path
) -> None:
    path = save({"gru.weight": torch.zeros(3, 3)})
    found = r", nor for another network that is known here: expected .* found the key 'gru.weight'"
    with pytest.raises(UnfitWeightsError, match=rf"is no weights file for Cnn14{found}"):
        load_checkpoint(path)
    with pytest.raises(UnfitWeightsError, match=r"is no weights file for Cnn14: expected"):
        load_checkpoint(path, "cnn14")
    spoilt = tmp_path / "spoilt.pth"
    torch.save({**state, "gru.weight": torch.zeros(3, 3)}, spoilt)
    assert "is no weights file for Cnn14: expected" in refusal(spoilt)


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


@pytest.mark.parametrize("name", ["yamnet_class_map.csv", "teacher.py"])
def test_other_networks_are_described(shared: Path, name: str) -> None:
    assert "expected" in refusal(shared / "models" / name)


def test_a_zip_archive_whose_names_are_no_text_is_refused(shared: Path) -> None:
    with pytest.raises(UnfitWeightsError, match="a broken zip archive"):
        load_checkpoint(shared / "faults" / "zip_name_not_utf8.pth")


def test_a_zip_archive_that_is_changed_anywhere_is_refused_in_a_sentence(tmp_path: Path) -> None:
    good = tmp_path / "good.pth"
    torch.save({"a": torch.zeros(3)}, good)
    content, random = good.read_bytes(), np.random.default_rng(0)
    path = tmp_path / "changed.pth"
    for _ in range(200):
        changed = bytearray(content)
        for place in random.integers(0, len(content), 3):
            changed[place] = random.integers(256)
        path.write_bytes(changed)
        with pytest.raises(WeightsError):
            load_checkpoint(path)


def test_whatever_else_goes_wrong_is_the_file(
    save: Save, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is known for which it does, but files are of any kind."""

    def fail(*_: object, **__: object) -> None:
        raise AttributeError("no such thing")

    path = save(state)
    monkeypatch.setattr(Cnn14, "load_state_dict", fail)
    assert refusal(path).endswith("is no weights file for Cnn14: no such thing.")
