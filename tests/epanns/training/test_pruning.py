"""Pruning: what is left computes what the network does without the filters that are cut."""

import json
from collections.abc import Collection
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import torch_pruning
from numpy.typing import NDArray
from torch import Tensor

from epanns.networks import registry
from epanns.networks.cnn14 import CNN14
from epanns.networks.cnn14_network import Cnn14
from epanns.networks.network import Network, TorchOutput
from epanns.runtimes.work import multiply_accumulates
from epanns.training.filter_importance import l1_norm, passive
from epanns.training.pruning import PruningError, chosen_layers, prune
from tests.support.golden import standin

PRUNABLE = [name for name, entry in registry.architectures().items() if entry.prunable]


def drawn(weight: NDArray[np.float32]) -> NDArray[np.float64]:
    """The same scores for all layers of as many filters, so that what is cut is known."""
    return np.random.default_rng(len(weight)).random(len(weight))


def filters_cut(network: Network, layer: str, share: float = 0.5) -> list[int]:
    """The places of the filters that are cut by those scores."""
    weight = network.get_parameter(f"{layer}.weight").numpy(force=True)
    return sorted(np.argsort(drawn(weight))[: round(share * len(weight))].tolist())


@cache
def narrow(name: str) -> Network:
    """A narrow network of an architecture."""
    if name not in standin.ARCHITECTURES:  # the same layers and another head or front end
        sizes = {"widths": standin.NARROW_WIDTHS, "embedding": standin.NARROW_EMBEDDING}
        return standin.filled(registry.get(name).create(**sizes))
    return standin.narrow(name)


@pytest.fixture(params=PRUNABLE)
def network(request: pytest.FixtureRequest) -> Network:
    return narrow(request.param)


def layers_of(network: Network) -> tuple[str, ...]:
    prunable = network.architecture.prunable
    assert prunable is not None
    return prunable.names(network.state_dict())


def scored(network: Network) -> TorchOutput:
    waveform = standin.waveforms()["tones"][:: 32000 // network.architecture.sample_rate].copy()
    with torch.inference_mode():
        output: TorchOutput = network(torch.from_numpy(waveform)[None])
    return output


@cache
def pruned_alone(network: Network, layer: str) -> Network:
    """A network of which one layer alone is pruned."""
    return prune(network, 0.5, layer, drawn)


def zeroed(network: Network, layers: Collection[str]) -> Network:
    """A copy in which batch norms, or layers without them, give 0 for the filters that are cut.

    Which those are is seen from the tensors that are shorter where one layer alone is pruned.
    """
    copy = deepcopy(network)
    state = copy.state_dict()
    with torch.no_grad():
        for layer in layers:
            alone = pruned_alone(network, layer).state_dict()
            for key, value in state.items():
                learnt = key.endswith((".weight", ".bias")) and value.ndim
                if learnt and len(alone[key]) < len(value):
                    value[filters_cut(network, layer)] = 0
    return copy


def near(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


# --- what is cut


def test_each_layer_alone_scores_as_the_network_with_zeros_in_its_place(network: Network) -> None:
    for layer in layers_of(network):
        found = scored(pruned_alone(network, layer))
        near(found.logits, scored(zeroed(network, [layer])).logits)


def test_all_layers_score_as_the_network_with_zeros_in_their_place(network: Network) -> None:
    layers = layers_of(network)
    found = scored(prune(network, 0.5, ",".join(layers), drawn))
    expected = scored(zeroed(network, layers))
    near(found.logits, expected.logits)
    embedding = expected.embedding
    if found.embedding.shape != embedding.shape:  # the outputs of the last layer are the embedding
        cut = filters_cut(network, layers[-1])
        kept = [place for place in range(embedding.shape[1]) if place not in cut]
        embedding = embedding[:, kept]
    near(found.embedding, embedding)
    if found.framewise is not None and expected.framewise is not None:
        near(found.framewise, expected.framewise)


def test_torch_pruning_cuts_the_same_values(network: Network) -> None:
    theirs, layers = deepcopy(network), layers_of(network)
    waveform = torch.zeros(1, network.architecture.sample_rate)
    graph = torch_pruning.DependencyGraph().build_dependency(
        theirs, waveform, output_transform=lambda output: output.logits, verbose=False
    )
    for layer in layers:
        convolution, cut = theirs.get_submodule(layer), filters_cut(network, layer)
        remove = torch_pruning.prune_conv_out_channels
        graph.get_pruning_group(convolution, remove, idxs=cut).prune()
    ours, others = prune(network, 0.5, ",".join(layers), drawn).state_dict(), theirs.state_dict()
    assert ours.keys() == others.keys()
    assert not [key for key in ours if not torch.equal(ours[key], others[key])]


def test_the_layers_that_are_not_named_keep_their_filters(network: Network) -> None:
    before, layers = network.state_dict(), layers_of(network)
    default = chosen_layers(network.architecture, before, None)
    assert set(default) < set(layers)
    after = prune(network, 0.5, None, drawn).state_dict()
    for layer in layers:
        count, key = len(before[f"{layer}.weight"]), f"{layer}.weight"
        assert len(after[key]) == (count - round(count / 2) if layer in default else count)


def test_the_network_that_is_pruned_stays_as_it_is(network: Network) -> None:
    before = {key: value.clone() for key, value in network.state_dict().items()}
    prune(network, 0.5, None, passive)
    after = network.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())


@pytest.mark.parametrize(
    ("filters", "share", "kept"),
    [
        (24, 0.25, 18), (24, 0.5, 12), (24, 0.75, 6), (5, 0.5, 3), (7, 0.5, 3), (3, 0.1, 3),
        (4, 0.99, 1), (1, 0.5, 1), (100, 0.29, 71),
    ],
)  # fmt: skip
def test_the_share_is_met_to_the_nearest_filter_and_one_is_left(
    filters: int, share: float, kept: int
) -> None:
    widths = (*standin.NARROW_WIDTHS[:-1], filters)
    layers = "conv_block6"  # the first of which has filters to cut in any case
    pruned = prune(standin.build(widths), share, layers, l1_norm)
    assert len(pruned.state_dict()["conv_block6.conv2.weight"]) == kept


@pytest.mark.parametrize(
    ("scores", "places"),
    [
        ([5, 1, 4, 2, 3, 0, 0, 6], [0, 2, 4, 7]),
        ([1, 1, 1, 1, 1, 1, 1, 1], [0, 1, 2, 3]),
        ([0, 0, 2, 0, 0, 0, 0, 0], [0, 1, 2, 3]),
    ],
)
def test_filters_stay_in_their_order_and_of_equal_ones_the_first(
    scores: list[int], places: list[int]
) -> None:
    network = standin.build((*standin.NARROW_WIDTHS[:-1], 8))
    before = network.state_dict()
    after = prune(network, 0.5, "conv_block6.conv2", lambda _: np.array(scores, float)).state_dict()
    for key in ("conv_block6.conv2.weight", "conv_block6.bn2.bias", "conv_block6.bn2.running_var"):
        assert torch.equal(after[key], before[key][places])
    assert torch.equal(after["fc1.weight"], before["fc1.weight"][:, places])


# --- E-PANNs

# FACTS: filters of the last six convolutions, values learnt, multiply-accumulates of a second.
E_PANNS = {
    0.25: ("epanns25", (384, 384, 768, 768, 1536, 1536), 47_408_591, 1.55e9),
    0.5: ("epanns50", (256, 256, 512, 512, 1024, 1024), 23_205_839, 1.24e9),
    0.75: ("epanns75", (128, 128, 256, 256, 512, 512), 8_145_359, 1.04e9),
}


@pytest.fixture(scope="module")
def full() -> Cnn14:
    return Cnn14(CNN14).eval()


@pytest.mark.parametrize("share", E_PANNS)
def test_the_full_network_becomes_e_panns(full: Cnn14, share: float) -> None:
    _, widths, learnt, work = E_PANNS[share]
    pruned = prune(full, share, None, l1_norm)
    assert isinstance(pruned, Cnn14)
    assert pruned.widths == (64, 64, 128, 128, 256, 256, *widths)
    assert (full.learnt, pruned.learnt) == (80_753_615, learnt)
    assert multiply_accumulates(pruned) == pytest.approx(work, abs=0.006e9)


@pytest.mark.parametrize("share", E_PANNS)
def test_its_layout_is_the_published_one(full: Cnn14, share: float, shared: Path) -> None:
    layouts = json.loads((shared / "reference/checkpoint_layouts.json").read_text())
    state = prune(full, share, None, l1_norm).state_dict()
    found = {key: list(value.shape) for key, value in state.items()}
    published = layouts[E_PANNS[share][0]]["keys"]
    assert found == published and list(found) == list(published)


# --- which layers


def chosen(name: str, text: str | None) -> str:
    network = narrow(name)
    return " ".join(chosen_layers(network.architecture, network.state_dict(), text))


BLOCK_6 = "conv_block6.conv1 conv_block6.conv2"


@pytest.mark.parametrize(
    ("name", "text", "layers"),
    [
        ("cnn14", "conv_block6", BLOCK_6),
        ("cnn14", "conv_block6.conv2", "conv_block6.conv2"),
        ("cnn14", "conv_block6.conv1-2", BLOCK_6),
        ("cnn14", "conv_block5.conv2 , conv_block6", f"conv_block5.conv2 {BLOCK_6}"),
        ("cnn14", "conv_block6,conv_block5.conv2,conv_block6", f"conv_block5.conv2 {BLOCK_6}"),
        ("cnn14", "conv_block6-6", BLOCK_6),
        ("cnn14", None, f"{chosen('cnn14', 'conv_block4-5')} {BLOCK_6}"),
        ("mobilenet_v1", "features.1", "features.1.4"),
        ("mobilenet_v1", "features.9-11", "features.9.4 features.10.4 features.11.4"),
        ("resnet22", "resnet.layer2-2", "resnet.layer2.0.conv1 resnet.layer2.1.conv1"),
        ("wavegram_cnn14", "pre_conv0", "pre_conv0"),
    ],
)
def test_names_their_beginnings_and_ranges_are_taken(
    name: str, text: str | None, layers: str
) -> None:
    assert chosen(name, text) == layers


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("cnn14", "", "no layer ''"),
        ("cnn14", "conv_block4,,conv_block5", "no layer ''"),
        ("cnn14", "conv_block", "no layer 'conv_block'"),
        ("cnn14", "conv_block4.", "no layer 'conv_block4.'"),
        ("cnn14", "conv_block4-7", "no layer 'conv_block7'"),
        ("cnn14", "conv_block1-999999999", "no layer 'conv_block7'"),
        ("cnn14", "conv_block4-99999999999999", "no layer 'conv_block4-99999999999999'"),
        ("cnn14", "conv_block6-4", "conv_block6-4 the lower number comes first: 4-6"),
        ("cnn14", "fc1", "no layer 'fc1'"),
        ("cnn14", "bn0", "no layer 'bn0'"),
        ("cnn14", ".*", "no layer '.*'"),
        ("resnet22", "resnet.layer1.0.conv2", "no layer 'resnet.layer1.0.conv2'"),
        ("mobilenet_v2", "features.2-3.conv.7", "no layer 'features.2-3.conv.7'"),
        ("wavegram_cnn14", "conv_block1", "no layer 'conv_block1'"),
        ("wavegram_logmel_cnn14", "pre_block4.conv2", "no layer 'pre_block4.conv2'"),
    ],
)
def test_other_layers_are_refused_in_a_sentence(name: str, text: str, said: str) -> None:
    with pytest.raises(PruningError) as caught:
        chosen(name, text)
    sentence = str(caught.value)
    assert said in sentence and sentence.endswith(".") and "\n" not in sentence
    if "no layer" in said:
        assert all(layer in sentence for layer in layers_of(narrow(name)))


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 1.5, float("nan"), float("inf")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(PruningError, match=r"lies between 0 and 1; \S+ does not\.$"):
        prune(narrow("cnn14"), share, None, l1_norm)


def test_a_share_that_cuts_nothing_is_refused() -> None:
    with pytest.raises(
        PruningError, match=r"0\.01 cuts no filter of conv_block4\.conv1, .*; raise"
    ):
        prune(narrow("cnn14"), 0.01, None, l1_norm)


@pytest.mark.parametrize("name", ["resnest50", "resnest50_fast"])
def test_a_network_that_cannot_be_pruned_says_which_can(name: str) -> None:
    with pytest.raises(PruningError) as caught:
        prune(standin.narrow(name), 0.5, None, l1_norm)
    sentence = str(caught.value)
    assert sentence.startswith(f"{registry.get(name).title} cannot be pruned, as")
    assert sentence.endswith(
        "EfficientAT, MobileNetV1, MobileNetV2, ResNet22, ResNet38, ResNet54,"
        " Wavegram_Logmel_Cnn14, Wavegram_Cnn14 and YAMNet."
    )


def test_an_architecture_of_ones_own_without_such_layers_cannot_be_pruned() -> None:
    network = standin.build()
    network.architecture = replace(CNN14, title="Mine", prunable=None)
    with pytest.raises(PruningError, match="Mine cannot be pruned"):
        prune(network, 0.5, None, l1_norm)
