"""Weights files of every architecture that lack something, or have something else."""

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor

from epanns.errors import WeightsError
from epanns.networks import registry
from epanns.networks.architecture import few
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.network import Network
from tests.support.golden.standin import ARCHITECTURES, build, narrow
from tests.support.weights_files import State, refusal

ALL = ("cnn14", *ARCHITECTURES)
TITLES = {name: registry.get(name).title for name in ALL}
BINS = {16000: (257, 512), 8000: (129, 256)}  # of front ends at other rates, and their windows
DAMAGES = 25  # of each architecture


@cache
def network(name: str) -> Network:
    return build() if name == "cnn14" else narrow(name)


@pytest.fixture(params=ALL)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def state(name: str) -> State:
    return dict(network(name).state_dict())


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[object], str]:
    """Writes a file and gives the sentence that it is refused with."""

    def save(content: object) -> str:
        torch.save(content, tmp_path / "weights.pth")
        return refusal(tmp_path / "weights.pth")

    return save


Refused = Callable[[object], str]


def last_layer(name: str, state: State) -> list[str]:
    layer = registry.get(name).classes_key.rpartition(".")[0]
    return [key for key in state if key.startswith(f"{layer}.")]


def test_without_its_last_layer_the_network_is_known_all_the_same(
    name: str, state: State, refused: Refused
) -> None:
    for key in last_layer(name, state):
        del state[key]
    sentence = refused(state)
    assert f"is no weights file for {TITLES[name]}: expected the key" in sentence
    assert registry.get(name).classes_key in sentence


@pytest.mark.parametrize("shape", [(), (7,), (0, 5), (10**12, 0)])
def test_a_last_layer_that_is_none_is_described(
    name: str, state: State, refused: Refused, shape: tuple[int, ...]
) -> None:
    state[registry.get(name).classes_key] = torch.zeros(shape)
    sentence = refused(state)
    assert registry.get(name).classes_key in sentence and (f"{shape}" in sentence or not shape)
    assert f"is no weights file for {TITLES[name]}" in sentence


def test_names_of_other_classes_than_the_last_layer_has_are_counted(
    name: str, state: State, refused: Refused, tmp_path: Path
) -> None:
    for key in last_layer(name, state):
        state[key] = state[key][:3].clone()
    found = "has 3 classes, and there are {} names for them; list one name a class"
    assert found.format(2) in refused({"model": state, "classes": ["Robin", "Wren"]})
    (tmp_path / "weights.pth.classes.csv").write_text("Robin\nWren\nRook\nOwl\n")
    assert found.format(4) in refused(state)


def test_a_layer_that_it_does_not_have_is_named(name: str, state: State, refused: Refused) -> None:
    sentence = refused(state | {"own.weight": torch.zeros(3, 3)})
    assert f"expected the keys of {TITLES[name]} only, found the key 'own.weight'" in sentence


def at_rate(state: State, rate: int, leave_out: str = "") -> State:
    """A file with the fixed matrices of a front end at another rate."""
    bins, window = BINS[rate]
    sizes = {f"stft.conv_{part}.weight": (bins, 1, window) for part in ("real", "imag")}
    fixed = {f"spectrogram_extractor.{key}": torch.zeros(size) for key, size in sizes.items()}
    fixed["logmel_extractor.melW"] = torch.zeros(bins, 64)
    kept = {key: value for key, value in fixed.items() if not (leave_out and leave_out in key)}
    return {key: value for key, value in state.items() if key not in fixed} | kept


@pytest.mark.parametrize("leave_out", ["", "spectrogram", "melW"])
@pytest.mark.parametrize("rate", BINS)
def test_the_front_end_of_another_rate_is_refused_or_known(
    name: str, state: State, refused: Refused, rate: int, leave_out: str, tmp_path: Path
) -> None:
    if "logmel_extractor.melW" not in state:
        pytest.skip("its front end is not in its files")
    if (name, rate) == ("cnn14", 16000):
        torch.save(at_rate(state, rate, leave_out), tmp_path / "weights.pth")
        assert load_checkpoint(tmp_path / "weights.pth").architecture.sample_rate == rate
        return
    sentence = refused(at_rate(state, rate, leave_out))
    assert f"is no weights file for {TITLES[name]}" in sentence
    assert "for sound of 32 kHz, found" in sentence and f"({BINS[rate][0]}, " in sentence


def test_shapes_that_ask_for_more_than_the_file_holds_are_not_allocated(
    name: str, state: State, refused: Refused
) -> None:
    """Two layers of a few thousand outputs each would be gigabytes between them."""
    fixed = ("spectrogram", "logmel")
    layers = [
        key
        for key, value in state.items()
        if key.endswith(".weight") and value.ndim == 4 and not key.startswith(fixed)
    ]
    for key in layers[:6]:
        state[key] = torch.zeros(30_000, 1, 3, 3)
    sentence = refused(state)
    assert "is no weights file for" in sentence and "expected" in sentence
    assert name == "cnn14" or "found ones of layers too large for it" in sentence


# --- whatever is changed


def changes(state: State, chance: random.Random) -> State:
    """One to three tensors changed, taken away, renamed or exchanged."""
    state = dict(state)
    for _ in range(chance.choice((1, 1, 2, 3))):
        key, other = chance.choice(list(state)), chance.choice(list(state))
        value = state[key]
        match chance.choice(("drop", "rename", "swap", "scalar", "flat", "half", "turn", "more")):
            case "drop":
                del state[key]
            case "rename":
                state[f"{key}x"] = state.pop(key)
            case "swap":
                state[key], state[other] = state[other], state[key]
            case "scalar":
                state[key] = torch.tensor(1.0)
            case "flat":
                state[key] = value.reshape(-1).clone()
            case "half" if value.ndim:
                state[key] = value[: max(1, len(value) // 2)].clone()
            case "turn" if value.ndim:
                state[key] = value.permute(*reversed(range(value.ndim))).contiguous()
            case "more":
                state[key] = value[None].clone()
    return state


def test_what_was_expected_and_found_is_always_said(
    name: str, state: State, tmp_path: Path
) -> None:
    path, chance = tmp_path / "weights.pth", random.Random(5)
    for _ in range(DAMAGES):
        torch.save(changes(state, chance), path)
        try:
            load_checkpoint(path)
        except WeightsError as error:
            assert "expected" in str(error) and "found" in str(error) and "\n" not in str(error)


UNKNOWN: dict[str, Callable[[], dict[object, Tensor]]] = {
    "a speech network": lambda: {"encoder.layers.0.weight": torch.zeros(4, 4)},
    "a picture network": lambda: {
        "conv1.weight": torch.zeros(8, 3, 7, 7),
        "fc.bias": torch.ones(2),
    },
    "keys that are numbers": lambda: {3: torch.zeros(4, 4)},
    "wrapped for several processors": lambda: {
        f"module.{key}": value for key, value in network("cnn14").state_dict().items()
    },
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_network_that_is_not_known_is_described(case: str, refused: Refused) -> None:
    sentence = refused(UNKNOWN[case]())
    assert "or another network that is known here: expected the key" in sentence
    assert f"found {few(list(UNKNOWN[case]()))}" in sentence


def test_each_file_is_told_by_its_keys_alone() -> None:
    for name in ALL:
        shapes = {key: tuple(value.shape) for key, value in network(name).state_dict().items()}
        assert registry.recognise(shapes) is registry.get(name)
        fixed = ("spectrogram", "logmel")
        bare = {key: shape for key, shape in shapes.items() if not key.startswith(fixed)}
        assert registry.recognise(bare) is registry.get(name)
