"""Weights of a test in the zoo."""

from dataclasses import replace

import pytest

from epanns.networks import registry
from epanns.networks.cnn14 import CNN14
from epanns.networks.registry import Architecture, Weights


def publish(
    monkeypatch: pytest.MonkeyPatch, weights: Weights, architecture: Architecture = CNN14
) -> Weights:
    """Have an entry in the zoo until the test ends, in place of one of the same name."""
    others = tuple(each for each in architecture.weights if each.name != weights.name)
    entry = replace(architecture, weights=(*others, weights))
    monkeypatch.setitem(registry._registered, architecture.name, entry)
    return weights
