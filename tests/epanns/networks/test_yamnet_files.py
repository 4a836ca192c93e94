"""YAMNet's weights for TensorFlow Lite and by Keras: read, or refused where they are not whole."""

import random
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
from tests.support.weights_files import refusal
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


def spoilt_keras(path: Path, spoil: Callable[[h5py.File], object]) -> str:
    """The sentence that a Keras file is refused with."""
    write_keras(path, small_yamnet())
    with h5py.File(path, "r+") as file:
        spoil(file)
    return refusal(path)


KERNEL = "layer9/pointwise_conv/kernel:0"
OTHER = np.ones((1, 1, 32, 32), np.float32)


def put(name: str, values: Any, **how: Any) -> Callable[[h5py.File], object]:
    """Other content for a tensor."""

    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, data=values, **how)

    return change


def link(to: Any) -> Callable[[h5py.File], object]:
    """A link in place of a tensor; None for one to a file beside it."""

    def change(file: h5py.File) -> None:
        other = Path(file.filename).with_name("other.h5")
        with h5py.File(other, "w") as another:
            another["x"] = OTHER
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink(str(other), "x") if to is None else to

    return change


def view_of_another_file(file: h5py.File) -> None:
    del file[KERNEL]
    layout = h5py.VirtualLayout((1, 1, 32, 32), "f4")
    layout[...] = h5py.VirtualSource("other.h5", "x", (1, 1, 32, 32))
    file.create_virtual_dataset(KERNEL, layout)


def bytes_of_another_file(file: h5py.File) -> None:
    del file[KERNEL]
    outside = [(__file__, 0, h5py.h5f.UNLIMITED)]
    file.create_dataset(KERNEL, (1, 1, 32, 32), "f4", external=outside)


def chunk_that_grows(file: h5py.File) -> None:
    del file[KERNEL]
    how: dict[str, Any] = {"chunks": (1, 1, 32, 32), "compression": "gzip"}
    made = file.create_dataset(KERNEL, (1, 1, 32, 32), "f4", **how)
    made.id.write_direct_chunk((0, 0, 0, 0), zlib.compress(bytes(1 << 28), 9))


def groups_within_groups(file: h5py.File) -> None:
    group = file
    for _ in range(1500):
        group = group.create_group("g")


BEYOND = "expected tensors in the file itself, not compressed, together no larger than it, found"
NO_KERNEL = "expected the layer layer9/pointwise_conv of YAMNet with the key 'kernel', found keys"
SPOILT_KERAS: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "huge": (
        lambda file: file.create_dataset("x/huge", (1 << 40,), np.float32, chunks=(1024,)),
        f"{BEYOND} 'x/huge'",
    ),
    "huge, never written": (
        lambda file: file.create_dataset("x/huge", (1 << 40,), np.float32), f"{BEYOND} 'x/huge'"
    ),
    "a chunk that grows": (chunk_that_grows, BEYOND),
    "packed": (put(KERNEL, OTHER, compression="gzip"), BEYOND),
    "a view of another file": (view_of_another_file, BEYOND),
    "bytes of another file": (bytes_of_another_file, BEYOND),
    "a link to another file": (link(None), NO_KERNEL),
    "a link to a missing file": (link(h5py.ExternalLink("/nowhere.h5", "x")), NO_KERNEL),
    "a link to nowhere": (link(h5py.SoftLink("/nowhere")), NO_KERNEL),
    "a link to itself": (link(h5py.SoftLink(f"/{KERNEL}")), NO_KERNEL),
    "texts": (put(KERNEL, np.array(["a"], object), dtype=h5py.string_dtype()), NO_KERNEL),
    "references": (put(KERNEL, np.array([], h5py.ref_dtype)), NO_KERNEL),
    "pairs": (put(KERNEL, np.zeros(3, [("a", "f4"), ("b", "f4")])), NO_KERNEL),
    "whole numbers": (put(KERNEL, OTHER.astype(np.int8)), NO_KERNEL),
    "complex numbers": (put(KERNEL, OTHER.astype(np.complex64)), NO_KERNEL),
    "a scalar": (put(KERNEL, np.float32(1)), "kernel of 4 dimensions, found ()"),
    "flat": (put(KERNEL, np.ones(1024, "f4")), "kernel of 4 dimensions, found (1024,)"),
    "empty": (put(KERNEL, np.ones((1, 1, 0, 32), "f4")), "found"),
    "wider": (put(KERNEL, np.ones((1, 1, 32, 40), "f4")), "beta of shape (40,), found (32,)"),
    "a kernel of another size": (put(KERNEL, np.ones((3, 3, 32, 32), "f4")), "(32, 32, 3, 3)"),
    "one norm for all": (
        put("layer9/pointwise_conv/bn/beta:0", np.float32(1)), "beta of 1 dimensions, found ()"
    ),
    "a shorter norm": (
        put("layer9/pointwise_conv/bn/moving_mean:0", np.ones(7, "f4")),
        "moving_mean of shape (32,), found (7,)",
    ),
    "negative variances": (
        put("layer9/pointwise_conv/bn/moving_variance:0", np.full(32, -1, "f4")),
        "expected variances in layer9/pointwise_conv, found negative numbers",
    ),
    "NaN": (put("layer2/pointwise_conv/bn/beta:0", np.full(4, np.nan, "f4")), "found NaN"),
    "no dense layer": (
        lambda file: file.__delitem__("dense"),
        "expected the layer dense of YAMNet with keys 'bias', 'kernel', found no keys",
    ),
    "the dense layer of another": (put("dense/dense/kernel:0", np.ones((3, 3), "f4")), "(3, "),
    "half of it": (
        lambda file: [file.__delitem__(f"layer{number}") for number in range(8, 15)],
        "expected the layer layer8/depthwise_conv of YAMNet with keys",
    ),
    "too many tensors": (
        lambda file: [file.create_dataset(f"x/{number}", (0,), "f4") for number in range(1500)],
        "expected at most 1,000 layers and tensors, found more",
    ),
    "too many groups": (groups_within_groups, "expected at most 1,000 layers and tensors"),
    "another network": (
        lambda file: [file.__delitem__(name) for name in list(file)], "found no keys"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT_KERAS)
def test_a_keras_file_that_is_not_whole_or_claims_more_is_refused(
    tmp_path: Path, case: str
) -> None:
    spoil, found = SPOILT_KERAS[case]
    sentence = spoilt_keras(tmp_path / "yamnet.h5", spoil)
    assert "is no weights file for YAMNet: expected" in sentence and found in sentence


def test_a_keras_file_in_other_precisions_is_read(tmp_path: Path) -> None:
    network, path = small_yamnet(), tmp_path / "yamnet.h5"
    for kind in ("<f2", ">f4", "<f8"):
        write_keras(path, network)
        with h5py.File(path, "r+") as file:
            put(KERNEL, file[KERNEL][()].astype(kind))(file)
        found = load_checkpoint(path).state_dict()["layer9.pointwise_conv.weight"]
        wanted = network.state_dict()["layer9.pointwise_conv.weight"]
        torch.testing.assert_close(found, wanted, atol=1e-3, rtol=1e-3)


def replaced(place: int, **parts: Any) -> Callable[[list[Any]], None]:
    """Other values, scales or axes of the tensor at a place in the list."""

    def change(tensors: list[Any]) -> None:
        before = dict(zip(("name", "values", "scale", "axis"), tensors[place], strict=True))
        tensors[place] = tuple((before | parts).values())

    return change


def many_of_one(tensors: list[Any]) -> None:
    large = np.zeros((1 << 20,), np.int8)
    tensors += [("x", large, np.array([0.1], np.float32), 0)] * 2000


CUT = "expected a whole TensorFlow Lite file, found one that is cut off or damaged"
LAYERS = "expected the layers of YAMNet: 1 first, 13 depthwise and 13 pointwise convolutions and 2"
DENSE = -2  # its place
SPOILT_TFLITE: dict[str, tuple[Callable[[list[Any]], object], str]] = {
    "scales for each of other channels": (
        replaced(DENSE, scale=np.ones(1 << 16, np.float32), axis=1), CUT
    ),
    "scales along no axis": (replaced(DENSE, scale=np.ones(521, np.float32), axis=9), CUT),
    "no scales": (replaced(DENSE, scale=np.ones(0, np.float32)), CUT),
    "2,000 tensors that share their values": (many_of_one, CUT),
    "another network": (lambda tensors: tensors.__delitem__(slice(4, None)), f"{LAYERS} matrices"),
    "nothing": (lambda tensors: tensors.clear(), f"{LAYERS} matrices, found 0, 0, 0 and 0"),
    "no names": (
        lambda tensors: [replaced(place, name="")(tensors) for place in range(len(tensors))],
        "expected keys 'layer1.conv.bias'",
    ),
    "long names": (
        lambda tensors: [replaced(place, name="x" * 99_999)(tensors) for place in range(9)], ".bias"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT_TFLITE)
def test_a_tflite_file_that_is_none_of_yamnets_or_claims_more_is_refused(
    tmp_path: Path, case: str
) -> None:
    spoil, found = SPOILT_TFLITE[case]
    path = write_tflite(tmp_path / "yamnet.tflite", small_yamnet(), spoil=spoil)
    tracemalloc.start()
    try:
        sentence = refusal(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "is no weights file for YAMNet: expected" in sentence and found in sentence
    assert peak < 8 * path.stat().st_size + 5e6


def test_a_tflite_file_of_more_than_there_can_be_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "yamnet.tflite"
    with path.open("wb") as file:
        file.write(b"\x1c\0\0\0TFL3")
        file.truncate(1 << 40)
    assert "found one that is larger than such a file can be" in refusal(path)


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
