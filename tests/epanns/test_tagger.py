"""AudioTagger: a waveform of any rate and length in, a Prediction out."""

import math
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from epanns import AudioTagger, Prediction, WeightsError
from epanns.conversion import cache, opening
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks import registry
from epanns.networks.architecture import Weights
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from epanns.storage.checksums import sha256_of
from epanns.vocabulary.audioset import AUDIOSET
from epanns.zoo import catalogue, costs
from epanns.zoo.catalogue import weights_of
from tests.support.golden.standin import NARROW_EMBEDDING, build
from tests.support.published import publish, use_models


def noise(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 0.1, shape).astype(np.float32)


def tone(samples: int, sample_rate: float, hertz: float = 440.0) -> NDArray[np.float32]:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(samples) / sample_rate)).astype(np.float32)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "narrow.pth"
    torch.save(build().state_dict(), path)
    return path


@pytest.fixture(scope="module")
def tagger(weights: Path) -> AudioTagger:
    return AudioTagger(weights)


@pytest.fixture(scope="module")
def starter() -> AudioTagger:
    return AudioTagger("starter")


def test_prediction_of_a_waveform(tagger: AudioTagger) -> None:
    prediction = tagger.tag(tone(32000, 32000), start=64000)
    assert isinstance(prediction, Prediction)
    assert (prediction.start, prediction.end) == (64000, 96000)
    assert prediction.scores.shape == (527,) and prediction.scores.dtype == np.float32
    assert prediction.scores.min() >= 0 and prediction.scores.max() <= 1
    assert prediction.level_dbfs == pytest.approx(20 * math.log10(0.5 / math.sqrt(2)), abs=0.01)
    assert prediction.seconds > 0
    with pytest.raises(ValueError, match="read-only"):
        prediction.scores[0] = 1


def test_a_prediction_says_which_network_made_it(tagger: AudioTagger, weights: Path) -> None:
    network = tagger.tag(noise(32000)).network
    assert network is tagger.network
    assert (network.name, network.title) == ("narrow.pth", tagger.title)
    assert network.checksum == sha256_of(weights) and network.vocabulary is AUDIOSET
    assert network.embedding_width == tagger.embed(noise(1, 32000)).shape[1] == NARROW_EMBEDDING
    assert network.learnt == build().learnt


def test_its_weights_file_is_read_once(
    tagger: AudioTagger, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Path] = []

    def note(path: Path) -> str:
        hashed.append(path)
        return sha256_of(path)

    # Of the size of a published file, so that its checksum is compared with that one's.
    publish(monkeypatch, Weights("known", "known.pth", size=weights.stat().st_size, sha256="0"))
    for module in (cache, catalogue, opening, registry):
        monkeypatch.setattr(module, "sha256_of", note)
    AudioTagger(weights)
    assert hashed.count(weights) == 1


def test_a_folder_is_no_weights_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"found a folder\.$"):
        AudioTagger(tmp_path)


def test_what_has_the_rate_of_the_network_stays_as_it_is(tagger: AudioTagger) -> None:
    waveforms = noise(2, 32000)
    assert tagger.sample_rate == tagger.architecture.sample_rate == SAMPLE_RATE
    assert tagger.at_own_rate(waveforms) is waveforms


def test_scores_of_a_batch_are_those_of_its_waveforms(tagger: AudioTagger) -> None:
    batch = noise(4, 20000)
    scores = tagger.scores(batch)
    assert scores.shape == (4, 527) and scores.dtype == np.float32
    for waveform, row in zip(batch, scores, strict=True):
        np.testing.assert_allclose(tagger.tag(waveform).scores, row, atol=1e-5)


@settings(max_examples=15)
@given(samples=st.integers(1, 40000))
def test_any_length_is_scored(tagger: AudioTagger, samples: int) -> None:
    prediction = tagger.tag(noise(samples))
    assert np.isfinite(prediction.scores).all() and prediction.end == samples


@pytest.mark.parametrize("sample_rate", [8000, 11025, 16000, 44100, 48000, 96000, 192000])
def test_other_rates_are_resampled(starter: AudioTagger, sample_rate: int) -> None:
    at_home = starter.tag(tone(32000, 32000, 1000.0))
    prediction = starter.tag(tone(sample_rate, sample_rate, 1000.0), sample_rate, start=5)
    assert prediction.end - prediction.start == pytest.approx(32000, abs=2)
    assert prediction.level_dbfs == pytest.approx(at_home.level_dbfs, abs=0.1)
    assert np.abs(prediction.scores - at_home.scores).max() < 0.1


@pytest.mark.parametrize("sample_rate", [1, 44100, 10**6])
def test_a_single_sample_of_any_rate_is_scored(tagger: AudioTagger, sample_rate: float) -> None:
    assert tagger.tag(np.ones(1, np.float32), sample_rate).end >= 1


def test_digital_silence_is_minus_infinity_and_nothing_to_the_starter(starter: AudioTagger) -> None:
    prediction = starter.tag(np.zeros(32000, np.float32))
    assert prediction.level_dbfs == -math.inf
    assert prediction.scores.max() < 0.1


def test_starter_hears_a_steady_tone_and_noise(starter: AudioTagger) -> None:
    def heard(waveform: Any) -> set[str]:
        return {name for name, _ in starter.tag(waveform).top(10)}

    assert "Sine wave" in heard(tone(32000, 32000, 1000.0))
    assert {"Noise", "White noise", "Pink noise", "Static", "Hiss"} & heard(noise(32000))


def test_read_only_reversed_and_strided_arrays_are_scored(tagger: AudioTagger) -> None:
    waveform = noise(32000)
    expected = tagger.tag(waveform[::-1].copy()).scores
    waveform.setflags(write=False)
    np.testing.assert_allclose(tagger.tag(waveform[::-1]).scores, expected, atol=1e-5)
    twice = np.repeat(waveform[::-1], 2)
    np.testing.assert_allclose(tagger.tag(twice[::2]).scores, expected, atol=1e-5)


def test_the_waveform_is_left_as_it_is(tagger: AudioTagger) -> None:
    waveform = noise(5000)
    tagger.tag(waveform)
    np.testing.assert_array_equal(waveform, noise(5000))


def test_softmax_makes_the_classes_compete_and_keeps_their_order(
    weights: Path, tagger: AudioTagger
) -> None:
    competing = AudioTagger(weights, activation="softmax").tag(noise(32000))
    assert competing.scores.sum() == pytest.approx(1.0, abs=1e-5)
    alone = tagger.tag(noise(32000))
    assert [name for name, _ in competing.top(10)] == [name for name, _ in alone.top(10)]


@pytest.mark.parametrize(
    ("waveform", "named"),
    [
        (np.zeros(100, np.float64), "float32; found float64"),
        (np.zeros(100, np.int16), "float32; found int16"),
        ([0.0, 1.0], "float32; found list"),
        (np.zeros((2, 100), np.float32), r"\(samples,\); found \(2, 100\)"),
        (np.zeros(0, np.float32), r"\(samples,\); found \(0,\)"),
        (np.array([0, np.nan, 1], np.float32), "found nan"),
        (np.array([0, -np.inf, 1], np.float32), "found inf"),
        (np.array([0, 1e30], np.float32), "found 1"),
    ],
)
def test_what_cannot_be_scored_is_named(tagger: AudioTagger, waveform: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        tagger.tag(waveform)


@pytest.mark.parametrize("shape", [(100,), (1, 2, 100), (0, 100), (2, 0)])
def test_batch_of_another_shape_is_named(tagger: AudioTagger, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(batch, samples\); found \("):
        tagger.scores(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    "sample_rate",
    [0, -44100, math.inf, math.nan, 1e-300, 0.5, 10_000_001, 1e300, 10**30, True, None, "44100",
     b"44100", [8000], np.zeros(1), 8000j],
)  # fmt: skip
def test_rate_that_is_none_is_named(tagger: AudioTagger, sample_rate: Any) -> None:
    """Many of these crash the resampler, or have it take all memory."""
    with pytest.raises(ValueError, match=f"positive number; found {re.escape(f'{sample_rate!r}')}"):
        tagger.tag(noise(100), sample_rate)


@pytest.mark.parametrize("sample_rate", [1, 8.8, 999])
def test_a_rate_at_which_a_second_would_last_for_hours_is_named(
    tagger: AudioTagger, sample_rate: float
) -> None:
    hours = np.zeros(int(sample_rate * 3601) + 1, np.float32)
    with pytest.raises(ValueError, match=rf"would last 3,60\d s .* rate of {sample_rate:g} Hz;"):
        tagger.tag(hours, sample_rate)
    assert tagger.tag(noise(4), sample_rate).end > 100


@pytest.mark.parametrize("sample_rate", [np.float32(8000), np.int64(48000), 10_000_000])
def test_a_rate_may_be_a_number_of_any_kind(tagger: AudioTagger, sample_rate: Any) -> None:
    assert tagger.tag(noise(4000), sample_rate).end >= 12


def test_unknown_activation_is_named(weights: Path) -> None:
    unknown: Any = "relu"
    with pytest.raises(ValueError, match="sigmoid or softmax; found 'relu'"):
        AudioTagger(weights, activation=unknown)


def test_torch_is_the_reference_of_onnx(weights: Path, tagger: AudioTagger) -> None:
    batch = noise(3, 31000)
    reference = AudioTagger(weights, runtime="torch")
    np.testing.assert_allclose(tagger.scores(batch), reference.scores(batch), atol=2e-4)
    assert (reference.title, reference.summary) == (tagger.title, tagger.summary)


@pytest.mark.parametrize(
    ("choice", "named"),
    [
        ({"runtime": "tflite"}, "runtime must be onnx or torch; found 'tflite'"),
        ({"precision": "fp16"}, "precision must be fp32 or int8; found 'fp16'"),
        ({"runtime": "torch", "precision": "int8"}, "torch has no int8"),
        ({"threads": 0}, "1 thread at least; found 0"),
    ],
)
def test_runtime_or_precision_that_is_none_is_named(
    weights: Path, choice: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        AudioTagger(weights, **choice)


def test_int8_that_is_not_there_says_how_to_make_it(weights: Path) -> None:
    with pytest.raises(WeightsError, match=r"no int8 version of .*narrow.pth; make it with python"):
        AudioTagger(weights, precision="int8")


def test_starter_is_loaded_without_torch() -> None:
    code = (
        "import sys, epanns; epanns.AudioTagger('starter');"
        "print({'torch', 'torchlibrosa', 'librosa', 'scipy', 'onnx'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_name_title_and_summary(starter: AudioTagger, tagger: AudioTagger) -> None:
    assert starter.name == "starter" and tagger.name == "narrow.pth"
    assert starter.title == "Cnn14 16-48-96-128-192-256, 3.5 M values"
    assert len(starter.summary.splitlines()) == 6


def test_name_that_is_nowhere_lists_the_zoo() -> None:
    with pytest.raises(WeightsError, match=r"no weights file epans; .* starter, epanns, cnn14"):
        AudioTagger("epans")


def test_weights_that_are_not_here_say_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_models(monkeypatch, tmp_path)
    with pytest.raises(WeightsError, match=r"models fetch epanns, or download .*7939403 into"):
        AudioTagger("epanns")


def test_broken_weights_of_the_zoo_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_models(monkeypatch, tmp_path)
    catalogue.path_of("epanns").write_bytes(b"half a file")
    advice = r"Delete it, then fetch it by python -m epanns models fetch epanns, or .*\.$"
    with pytest.raises(WeightsError, match=rf"found 11 bytes .* no weights\. {advice}"):
        AudioTagger("epanns")
    publish(monkeypatch, Weights(name="own", file="own.pth"))  # as the starter, part of the project
    catalogue.path_of("own").write_bytes(b"half a file")
    with pytest.raises(WeightsError, match=r"weights\. Delete it, then restore it, as it is part"):
        AudioTagger("own")


def test_only_broken_weights_of_the_zoo_are_to_be_replaced(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_models(monkeypatch, tmp_path / "models")
    own = tmp_path / "epanns"  # not the one of the zoo
    own.write_bytes(b"half a file")
    with pytest.raises(WeightsError, match=r"found 11 bytes .* no weights\.$"):
        AudioTagger(own)
    catalogue.path_of("epanns").parent.mkdir()
    shutil.copy(weights, catalogue.path_of("epanns"))
    table = catalogue.path_of("epanns").with_name(f"{weights_of('epanns').file}.classes.csv")
    table.write_bytes(b"")
    with pytest.raises(WeightsError, match=r"classes\.csv names no classes\.$"):
        AudioTagger("epanns")


def test_framewise_name_gives_the_framewise_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "framewise.pth"
    torch.save(build().state_dict(), path)
    use_models(monkeypatch, tmp_path)
    weights = Weights(name="cnn14_framewise", file=path.name)
    publish(monkeypatch, weights, CNN14_DECISION_LEVEL_MAX)
    tagger = AudioTagger("cnn14_framewise")
    assert "framewise" in tagger.summary and tagger.architecture.framewise


def test_import_leaves_the_thread_count_alone() -> None:
    code = (
        "import torch; torch.set_num_threads(3); import epanns.tagger; "
        "assert torch.get_num_threads() == 3"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_network_can_be_asked_for_by_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "is_here", {"starter"}.__contains__)
    monkeypatch.setattr(costs, "noted", lambda _: 0.002)
    reasons = {"auto": "as epanns", "small": "as mn04", "best": "an update takes"}
    for word, why in reasons.items():
        tagger = AudioTagger(word)
        assert tagger.name == "starter" and tagger.remark.startswith(f"{word}: starter, {why}")
