"""The names of the classes of a weights file: in it, beside it, or the architecture's own."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from epanns import load_checkpoint
from epanns.networks import registry
from epanns.networks.checkpoint import save_checkpoint
from epanns.networks.cnn14 import CNN14
from epanns.networks.cnn14_network import Cnn14
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.golden.standin import NARROW_EMBEDDING, NARROW_WIDTHS
from tests.support.weights_files import Save, State, logits, refusal

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


def test_classes_without_names_are_numbered(save: Save, three: State) -> None:
    assert load_checkpoint(save(three)).vocabulary.names == ("class 0", "class 1", "class 2")


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


def test_classes_are_saved_unless_they_are_the_architectures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    birds = Vocabulary(THREE)
    entry = replace(CNN14, vocabulary=birds)
    monkeypatch.setitem(registry._registered, CNN14.name, entry)
    for vocabulary, path in ((birds, tmp_path / "own.pth"), (AUDIOSET, tmp_path / "more.pth")):
        save_checkpoint(Cnn14(entry, NARROW_WIDTHS, NARROW_EMBEDDING, vocabulary), path)
        assert load_checkpoint(path).vocabulary is vocabulary
        assert ("classes" in torch.load(path, weights_only=True)) is (vocabulary is AUDIOSET)
