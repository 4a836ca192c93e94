"""ResNeSt: told from files, pictures of sound, its graph, made fresh."""

from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns.conversion import graphs
from epanns.frontend.numpy_frontend import power_spectrum
from epanns.networks import registry
from epanns.networks.architecture import Architecture
from epanns.networks.checkpoint import load_checkpoint, save_checkpoint
from epanns.networks.network import TorchOutput
from epanns.networks.resnest import FRONT_END, MIN_SAMPLES, RESNEST50, RESNEST50_FAST
from epanns.networks.resnest_network import ResNeSt50, ResNeSt50Fast
from epanns.runtimes.onnx_runtime import OnnxRuntime
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.golden import standin
from tests.support.weights_files import Save, State, refusal

BIRDS = Vocabulary(["Robin", "Wren", "Tawny owl"])
RATE = FRONT_END.sample_rate
Waveform = NDArray[np.float32]


def narrow(name: str, deep: bool = False, vocabulary: Vocabulary = BIRDS) -> ResNeSt50:
    """A sixteenth of the published channels; with a head of three layers where it is deep."""
    made = standin.narrow(name, deep, vocabulary=vocabulary)
    assert isinstance(made, ResNeSt50)
    return made


@pytest.fixture(scope="module")
def network() -> ResNeSt50:
    return narrow("resnest50")


# --- from files


@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"model": state}])
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("name", ["resnest50", "resnest50_fast"])
def test_either_kind_is_loaded_with_either_head(
    save: Save, name: str, deep: bool, wrap: Callable[[State], object]
) -> None:
    network = narrow(name, deep)
    loaded = load_checkpoint(save(wrap(network.state_dict())))
    assert loaded.architecture is registry.get(name)
    assert type(loaded) is (ResNeSt50Fast if name == "resnest50_fast" else ResNeSt50)
    assert loaded.vocabulary.names == ("class 0", "class 1", "class 2")
    assert ("fc.6.weight" in loaded.state_dict()) is deep
    waveforms = torch.from_numpy(standin.waveforms()["tones"])[None]
    with torch.inference_mode():
        found, expected = loaded(waveforms), network(waveforms)
    torch.testing.assert_close(found.logits, expected.logits)
    assert found.embedding.shape == (1, loaded.embedding_width)


def test_the_head_of_three_layers_leaks_and_drops_as_it_was_trained() -> None:
    network = narrow("resnest50_fast", deep=True)
    state = network.state_dict()
    with torch.inference_mode():
        output = network(torch.from_numpy(standin.waveforms()["tones"])[None])
    hidden = output.embedding
    for layer in ("fc.0", "fc.3"):
        hidden = hidden @ state[f"{layer}.weight"].T + state[f"{layer}.bias"]
        assert (hidden < 0).any()
        hidden = torch.where(hidden > 0, hidden, 0.02 * hidden)
    logits = hidden @ state["fc.6.weight"].T + state["fc.6.bias"]
    torch.testing.assert_close(output.logits, logits)
    dropouts = [each.p for each in network.modules() if isinstance(each, torch.nn.Dropout)]
    assert dropouts == [0.2, 0.2]


def test_names_of_classes_are_kept_audiosets_too(tmp_path: Path) -> None:
    for vocabulary in (BIRDS, AUDIOSET):
        path = tmp_path / f"{len(vocabulary)}.pth"
        save_checkpoint(narrow("resnest50", True, vocabulary), path)
        assert load_checkpoint(path).vocabulary == vocabulary


@pytest.mark.parametrize("name", ["resnest50", "resnest50_fast"])
@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda state: state.pop("fc.weight"), "expected the key fc.weight, found"),
        (lambda state: state.pop("layer3.4.conv2.fc1.bias"), "layer3.4.conv2.fc1.bias"),
        (lambda state: state.pop("layer1.0.downsample.1.weight"), "layer1.0.downsample.1.weight"),
        (
            lambda state: state.update({"layer3.6.conv1.weight": torch.zeros(2)}),
            "only, found the key 'layer3.6.conv1.weight'",
        ),
        (
            lambda state: state.update({"fc.0.weight": torch.zeros(8, 128)}),
            "expected keys 'fc.0.bias'",
        ),
        (
            lambda state: state.update({"layer2.1.conv2.conv.weight": torch.zeros(3, 2, 3, 3)}),
            "expected layer2.1.conv2.conv.weight of shape",
        ),
        (
            lambda state: state.update({"fc.weight": torch.zeros(())}),
            "expected the key fc.weight, found",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    save: Save, name: str, spoil: Callable[[State], object], found: str
) -> None:
    state = narrow(name).state_dict()
    spoil(state)
    sentence = refusal(save(state))
    assert f"is no weights file for {registry.get(name).title}: " in sentence and found in sentence


def test_attention_of_more_parts_is_refused(save: Save) -> None:
    state = narrow("resnest50").state_dict()
    for key, value in state.items():
        if ".conv2.fc2." in key or ".conv2.bn0." in key or ".conv2.conv." in key:
            state[key] = value.repeat(2, *[1] * (value.ndim - 1)) if value.ndim else value
    assert "layer1.0.conv2" in refusal(save(state))


# --- pictures


def picture(network: ResNeSt50, waveform: Waveform) -> torch.Tensor:
    power = torch.from_numpy(power_spectrum(waveform[None], FRONT_END))
    with torch.inference_mode():
        return network.picture(network.log_mel(power))


def test_five_seconds_are_a_picture_of_224_by_547(network: ResNeSt50) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 5 * RATE).astype(np.float32)
    found = picture(network, noise)
    assert found.shape == (1, 3, 224, 547)
    assert 0 <= found.min() < 0.2 and 0.9 < found.max() <= 1
    assert torch.equal(found[:, 0], found[:, 1]) and torch.equal(found[:, 0], found[:, 2])


def test_pictures_are_those_of_librosa(network: ResNeSt50) -> None:
    sweep = standin.waveforms()["sweep"]
    mel = librosa.feature.melspectrogram(
        y=sweep, sr=RATE, n_fft=2048, hop_length=512, n_mels=128, fmin=20, fmax=16000,
        pad_mode="reflect",
    )  # fmt: skip
    levels = librosa.power_to_db(mel, top_db=80)
    levels = (levels - levels.mean()) / levels.std()
    scaled = (levels - levels.min()) / (levels.max() - levels.min())
    found = picture(network, sweep)[0, 0].numpy()
    bands, frames = scaled.shape
    assert found.shape == (224, frames * 224 // bands)
    expected = between(between(scaled, 224).T, found.shape[1]).T
    np.testing.assert_allclose(found, expected, atol=1e-4)


def between(rows: NDArray[np.floating], count: int) -> NDArray[np.float64]:
    """Rows at `count` places, linear between the given ones, whose centres lie half a row in."""
    places = (np.arange(count) + 0.5) * len(rows) / count - 0.5
    columns = [np.interp(places, np.arange(len(rows)), column) for column in rows.T]
    return np.stack(columns, axis=1)


def test_low_frequencies_lie_at_the_top_and_time_goes_right(network: ResNeSt50) -> None:
    time = np.arange(RATE) / RATE
    low = np.where(time < 0.5, np.sin(2 * np.pi * 200 * time), 0).astype(np.float32)
    brightness = picture(network, low)[0, 0]
    row, column = divmod(int(brightness.argmax()), brightness.shape[1])
    assert row < 224 / 8 and column < brightness.shape[1] / 2


@pytest.mark.parametrize("samples", [MIN_SAMPLES, RATE])
def test_silence_is_all_zero_and_scored(network: ResNeSt50, samples: int) -> None:
    silence = np.zeros(samples, np.float32)
    assert not picture(network, silence).any()
    with torch.inference_mode():
        assert network(torch.from_numpy(silence)[None]).logits.isfinite().all()


@pytest.mark.parametrize("gain", [0.01, 0.5, 10.0])
def test_the_level_of_a_sound_does_not_matter(network: ResNeSt50, gain: float) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
    louder = picture(network, np.float32(gain) * noise)
    torch.testing.assert_close(louder, picture(network, noise), atol=1e-4, rtol=0)


def test_what_lies_80_db_below_the_loudest_place_is_black(network: ResNeSt50) -> None:
    levels = torch.full((1, 64, 128), -90.0)
    levels[0, 10, 20], levels[0, 30, 40], levels[0, 50, 60] = -5.0, -45.0, -84.9
    found = network.picture(levels)
    assert found.shape == (1, 3, 224, 112)
    assert found[0, 0].max() == pytest.approx(1.0, abs=0.3), "enlarged, so not quite 1"
    half = found[0, 0, :, 44:62].max() / found[0, 0, :, 9:27].max()
    assert half == pytest.approx(0.5, abs=0.1)
    assert not found[0, 0, :, 79:97].max() > 0.01


def test_each_picture_of_a_batch_is_scaled_by_itself(network: ResNeSt50) -> None:
    random = np.random.default_rng(1)
    waveforms = random.normal(0, [[0.3], [0.001]], (2, RATE)).astype(np.float32)
    log_mel = network.log_mel(torch.from_numpy(power_spectrum(waveforms, FRONT_END)))
    for together, waveform in zip(network.picture(log_mel), waveforms, strict=True):
        torch.testing.assert_close(together, picture(network, waveform)[0])


# --- converted


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("entry", [RESNEST50, RESNEST50_FAST], ids=lambda entry: entry.name)
def test_the_graph_takes_any_batch_and_length(entry: Architecture, deep: bool) -> None:
    network = narrow(entry.name, deep)
    model = graphs.build(network)
    assert not {node.op_type for node in model.graph.node} & {"BatchNormalization"}, "folded"
    runtime = OnnxRuntime(model.SerializeToString(), architecture=entry)
    random = np.random.default_rng(5)
    for batch, samples in ((1, 1), (3, MIN_SAMPLES), (2, 10_011), (1, RATE), (2, 50_003)):
        waveforms = random.normal(0, 0.1, (batch, samples)).astype(np.float32)
        waveforms[-1] *= batch == 1  # silence
        with torch.inference_mode():
            expected: TorchOutput = network(torch.from_numpy(waveforms))
        found = runtime.run(waveforms)
        np.testing.assert_allclose(found.logits, expected.logits, rtol=0, atol=1e-4)
        np.testing.assert_allclose(found.embedding, expected.embedding, rtol=0, atol=1e-4)


def test_overlapping_segments_are_scored_as_each_by_itself(network: ResNeSt50) -> None:
    runtime = OnnxRuntime(graphs.build(network).SerializeToString(), architecture=RESNEST50)
    stream = np.random.default_rng(1).normal(0, 0.1, 3 * RATE).astype(np.float32)
    for start in (0, 5120, 10_240, 13_440):
        segment = stream[None, start : start + RATE]
        np.testing.assert_array_equal(runtime.run(segment, start).logits,
                                      runtime.run(segment).logits)  # fmt: skip


# --- made fresh


@pytest.mark.parametrize("entry", [RESNEST50, RESNEST50_FAST], ids=lambda entry: entry.name)
def test_a_fresh_one_begins_as_published(entry: Architecture) -> None:
    torch.manual_seed(1)
    made = entry.create(vocabulary=BIRDS)
    for name, module in made.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            kernel = module.kernel_size[0] * module.kernel_size[1]
            expected = (2 / (kernel * module.out_channels)) ** 0.5
            weight = module.weight.detach()
            assert float(weight.std()) == pytest.approx(expected, rel=0.15), name
            assert abs(float(weight.mean())) < 0.1 * expected, name
        elif isinstance(module, torch.nn.BatchNorm2d):
            assert (module.weight == 1).all() and (module.bias == 0).all(), name
    assert made.state_dict()["fc.weight"].shape == (3, 2048) and made.embedding_width == 2048
    assert made.learnt == entry.weights[0].learnt - 997 * 2049, "1000 classes less 997"  # type: ignore[operator]


def test_a_fresh_one_learns() -> None:
    torch.manual_seed(1)
    made = narrow("resnest50_fast", deep=True).train()
    noise = np.random.default_rng(1).normal(0, 0.1, (3, RATE)).astype(np.float32)
    output = made(torch.from_numpy(noise))
    output.logits.square().mean().backward()
    assert all(each.grad is not None and each.grad.any() for each in made.parameters())
