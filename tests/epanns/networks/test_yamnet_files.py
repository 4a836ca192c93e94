"""YAMNet's weights for TensorFlow Lite and by Keras: read, or refused where they are not whole."""

import random
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from epanns.conversion import graphs
from epanns.errors import UnfitWeightsError
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.yamnet import HOP_SAMPLES, NAMES, PATCH_SAMPLES, whole_patches
from epanns.runtimes.onnx_runtime import OnnxRuntime
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.yamnet_files import small_yamnet, write_keras, write_tflite

CHANGES = 300


def test_the_keras_file_is_the_network(tmp_path: Path) -> None:
    network = small_yamnet()
    found = load_checkpoint(write_keras(tmp_path / "yamnet.h5", network))
    assert found.architecture.name == "yamnet"
    state = found.state_dict()
    for key, value in network.state_dict().items():
        torch.testing.assert_close(state[key], value, atol=1e-5, rtol=1e-4)


def test_the_tflite_file_is_the_network_within_8_bits(tmp_path: Path) -> None:
    network = small_yamnet()
    found = load_checkpoint(write_tflite(tmp_path / "yamnet.tflite", network))
    assert found.architecture.name == "yamnet"
    state = found.state_dict()
    for key, value in network.state_dict().items():
        largest = float(value.abs().max())
        torch.testing.assert_close(state[key], value, atol=largest / 250, rtol=0)


WRITERS = {"keras": write_keras, "tflite": write_tflite}
GONE = {"keras": "layer9.pointwise_conv.bn/beta:0", "tflite": "layer9.pointwise_conv.weight"}
WORDS = (b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f")


@pytest.mark.parametrize("form", WRITERS)
def test_a_file_without_a_layer_is_refused(form: str, tmp_path: Path) -> None:
    path = WRITERS[form](tmp_path / "yamnet", small_yamnet(), GONE[form])
    with pytest.raises(UnfitWeightsError, match=r"expected the layer.* of YAMNet.*found"):
        load_checkpoint(path)


@pytest.mark.parametrize("form", WRITERS)
def test_damage_anywhere_is_a_sentence(form: str, tmp_path: Path) -> None:
    whole = WRITERS[form](tmp_path / "whole", small_yamnet()).read_bytes()
    numbers = random.Random(3)
    for number in range(CHANGES):
        content = bytearray(whole)
        if number % 3:
            place = numbers.randrange(8, min(len(content), 60_000))
            content[place : place + 4] = numbers.choice(WORDS)
        else:
            del content[numbers.randrange(8, len(content)) :]
        path = tmp_path / "damaged"
        path.write_bytes(content)
        try:
            load_checkpoint(path)
        except UnfitWeightsError as error:
            assert "\n" not in str(error)


def test_a_keras_file_is_not_read_beyond_itself(tmp_path: Path) -> None:
    path = write_keras(tmp_path / "yamnet.h5", small_yamnet())
    with h5py.File(path, "r+") as file:
        file.create_dataset("layer1/huge", (1 << 40,), np.float32, chunks=(1024,))
    with pytest.raises(UnfitWeightsError, match="no larger than it"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("samples", "fitted"),
    [(1, 15600), (15600, 15600), (16000, 16000), (15600 + 3840, 15600 + 3840),
     (15600 + 3841, 23280), (23280, 23280), (480_000, 480_000 + 7680 - (480_000 - 15600) % 7680)],
)  # fmt: skip
def test_a_patch_is_added_for_more_than_half_a_hop(samples: int, fitted: int) -> None:
    assert (PATCH_SAMPLES, HOP_SAMPLES) == (15600, 7680)
    rest = (max(samples, 15600) - 15600) % 7680
    assert whole_patches(samples) == (fitted if samples < 100_000 or rest > 3840 else samples)


def test_its_classes_are_audiosets_without_six() -> None:
    assert len(NAMES) == 521 and set(NAMES) < set(AUDIOSET.names)
    left_out = [name for name in AUDIOSET.names if name not in NAMES]
    assert left_out[0] == "Male speech, man speaking" and left_out[-1] == "Funny music"
    vocabulary = small_yamnet().vocabulary
    assert vocabulary.names == NAMES and vocabulary.ids[0] == "/m/09x0r"
    assert vocabulary.names[vocabulary.above(vocabulary.index("Bark"))[0]] == "Dog"


def test_a_clip_of_several_patches_has_the_mean_of_their_scores() -> None:
    network = small_yamnet()
    noise = np.random.default_rng(0).normal(0, 0.1, 23280).astype(np.float32)
    parts = np.stack((noise[:15600], noise[7680:]))
    with torch.inference_mode():
        whole = network(torch.from_numpy(noise[None]))
        each = network(torch.from_numpy(parts))
    expected = each.logits.sigmoid().mean(dim=0)
    torch.testing.assert_close(whole.logits[0].sigmoid(), expected, atol=1e-5, rtol=0)
    runtime = OnnxRuntime(
        graphs.build(network).SerializeToString(), architecture=network.architecture
    )
    for batch in (noise[None], parts, np.tile(noise, (1, 3))):
        with torch.inference_mode():
            found = network(torch.from_numpy(batch)).logits.sigmoid().numpy()
        np.testing.assert_allclose(runtime.run(batch).scores, found, atol=1e-4)


def test_published_yamnet_is_reproduced(shared: Path) -> None:
    network = load_checkpoint(shared / "models" / "yamnet.tflite")
    runtime = OnnxRuntime(
        graphs.build(network).SerializeToString(), architecture=network.architecture
    )
    with np.load(shared / "reference/networks/yamnet_golden.npz") as golden:
        for name in ("bark", "sine440", "noise", "silence"):
            waveform = golden[f"waveform_{name}"]
            with torch.inference_mode():
                output = network(torch.from_numpy(waveform)[None])
            scored = runtime.run(waveform[None])
            expected = golden[f"scores_{name}"]
            np.testing.assert_allclose(output.logits[0].sigmoid(), expected, atol=1e-4)
            np.testing.assert_allclose(scored.scores[0], expected, atol=1e-4)
            np.testing.assert_allclose(scored.embedding[0], golden[f"embedding_{name}"], atol=1e-3)
