"""Weights files: what loads, and what is written."""

from pathlib import Path

import pytest
import torch

from epanns import load_checkpoint
from epanns.errors import WeightsError
from epanns.networks.architecture import Weights
from epanns.networks.checkpoint import save_checkpoint
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.networks.cnn14_network import Cnn14
from epanns.paths import MODELS
from epanns.storage.checksums import sha256_of
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.golden.standin import NARROW_EMBEDDING, NARROW_WIDTHS
from tests.support.published import publish
from tests.support.weights_files import Save, State, logits


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
    assert loaded.stored == (True, False) and load_checkpoint(save(state)).stored == (False, True)
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
