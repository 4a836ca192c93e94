"""Multiply-accumulates: what PyTorch counts is what follows from the shapes."""

import pytest

from benchmarks import work as known
from epanns.runtimes.work import multiply_accumulates
from tests.support.golden import standin

SECOND = 101  # frames of PANNs' front end
MEL_BANDS = 513 * 64 * SECOND


@pytest.mark.parametrize("framewise", [False, True])
def test_convolutions_mel_bands_and_linear_layers_are_counted(framewise: bool) -> None:
    network = standin.build(framewise=framewise)
    widths, embedding = standin.NARROW_WIDTHS, standin.NARROW_EMBEDDING
    once = known.multiply_accumulates(widths, embedding, SECOND)
    linear = embedding * (widths[-1] + len(network.vocabulary))
    columns = SECOND // 32 if framewise else 1  # which a framewise head scores one by one
    expected = once + (columns - 1) * linear + MEL_BANDS
    assert multiply_accumulates(network) == expected


@pytest.mark.parametrize("name", standin.ARCHITECTURES)
def test_every_architecture_can_be_counted(name: str) -> None:
    assert multiply_accumulates(standin.narrow(name)) > 0
