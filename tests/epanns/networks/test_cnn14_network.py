"""Cnn14: shapes, both heads, any widths, any length, the same scores however it is asked."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from epanns.networks.cnn14 import CNN14
from epanns.networks.cnn14_layers import EPANNS_WIDTHS, MIN_SAMPLES
from epanns.networks.cnn14_network import Cnn14
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.golden.standin import NARROW_EMBEDDING, NARROW_WIDTHS, build


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 0.1, shape).astype(np.float32))


@pytest.fixture(scope="module")
def network() -> Cnn14:
    return build()


@pytest.fixture(scope="module")
def framewise() -> Cnn14:
    return build(framewise=True)


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def test_output_shapes_of_the_clipwise_head(network: Cnn14) -> None:
    output = network(noise(3, 32000))
    assert output.logits.shape == (3, 527) and output.logits.dtype == torch.float32
    assert output.embedding.shape == (3, NARROW_EMBEDDING)
    assert output.framewise is None


def test_output_shapes_of_the_framewise_head(framewise: Cnn14) -> None:
    output = framewise(noise(3, 32000))
    assert output.logits.shape == (3, 527)
    assert output.embedding.shape == (3, NARROW_EMBEDDING)
    assert output.framewise.shape == (3, 101, 527)


def test_sigmoid_of_the_framewise_heads_logits_is_the_maximum_over_time(framewise: Cnn14) -> None:
    output = framewise(noise(2, 64000))
    torch.testing.assert_close(output.logits.sigmoid(), output.framewise.amax(dim=1))


def test_framewise_scores_point_to_the_sound(framewise: Cnn14) -> None:
    quiet = torch.zeros(1, 5 * 32000)
    burst = quiet.clone()
    burst[:, 64000:96000] = noise(1, 32000)
    change = (framewise(burst).framewise - framewise(quiet).framewise).abs().amax(dim=2)[0]
    assert change[200:300].max() > 10 * change[:60].max()


@settings(max_examples=20)
@given(samples=st.integers(1, 2 * MIN_SAMPLES))
def test_every_length_gives_finite_scores_and_one_frame_a_hop(
    framewise: Cnn14, samples: int
) -> None:
    with torch.inference_mode():
        output = framewise(noise(1, samples))
    assert output.logits.isfinite().all() and output.embedding.isfinite().all()
    assert output.framewise.shape == (1, 1 + samples // 320, 527)


@pytest.mark.parametrize("samples", [1, 512, 513, MIN_SAMPLES - 1])
def test_short_segment_scores_as_if_silence_followed(network: Cnn14, samples: int) -> None:
    short = noise(1, samples)
    followed = torch.cat([short, torch.zeros(1, MIN_SAMPLES - samples)], dim=1)
    torch.testing.assert_close(network(short).logits, network(followed).logits)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batch_size_does_not_change_scores(network: Cnn14, size: int) -> None:
    batch = noise(5, 16000)
    whole = network(batch).logits
    parts = torch.cat([network(part).logits for part in batch.split(size)])
    torch.testing.assert_close(parts, whole, atol=1e-5, rtol=1e-5)


def test_evaluation_is_deterministic_and_training_drops_out(network: Cnn14) -> None:
    def difference() -> float:
        return float((network(batch).logits - network(batch).logits).abs().max())

    batch = noise(2, 16000)
    assert difference() < 1e-5
    network.train()
    try:
        assert difference() > 1e-3
    finally:
        network.load_state_dict(build().state_dict())  # training moved the batch statistics
        network.eval()


@pytest.mark.parametrize("shape", [(32000,), (2, 1, 32000), (1, 0), ()])
def test_wrong_shape_is_named(network: Cnn14, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(batch, samples\); found \(") as caught:
        network(torch.zeros(shape))
    assert str(tuple(shape)) in str(caught.value)


def test_widths_must_be_twelve() -> None:
    with pytest.raises(ValueError, match="12 convolutions; found 6"):
        Cnn14(CNN14, widths=(16, 32, 64, 128, 192, 256))


def test_other_class_counts_can_be_trained() -> None:
    birds = Vocabulary([f"bird {number}" for number in range(10)])
    network = Cnn14(CNN14, widths=NARROW_WIDTHS, embedding=16, vocabulary=birds).eval()
    assert network(noise(1, 16000)).logits.shape == (1, 10)
    assert network.vocabulary is birds and "\nclasses     10, clipwise" in network.summary


def test_title_and_summary_of_epanns() -> None:
    network = Cnn14(CNN14, widths=EPANNS_WIDTHS)
    assert network.title == "Cnn14 64-128-256-256-512-1024, 24.3 M values"
    summary = network.summary
    assert [line.split()[0] for line in summary.splitlines()] == [
        "layers", "widths", "parameters", "size", "segment", "classes",
    ]  # fmt: skip
    for figure in ("12 convolutions", "24.29 M", "23.21 M learnt", "97.2 MB", "0.31 s", "527"):
        assert figure in summary


def test_title_shows_both_convolutions_of_a_block_where_they_differ(network: Cnn14) -> None:
    assert network.title.startswith("Cnn14 4/6-8-10/12-12/16-16/20-24,")


def test_values_and_the_width_of_embeddings_are_counted(network: Cnn14) -> None:
    assert network.values == sum(value.numel() for value in network.parameters())
    assert network.embedding_width == NARROW_EMBEDDING == network.fc1.out_features


def test_architecture_decides_the_head(network: Cnn14, framewise: Cnn14) -> None:
    assert not network.architecture.framewise and "clipwise" in network.summary
    assert framewise.architecture.framewise
    assert "framewise (decision-level maximum)" in framewise.summary
