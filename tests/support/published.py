"""Weights of a test in the zoo."""

from dataclasses import replace
from pathlib import Path

import pytest

from epanns.networks import registry
from epanns.networks.architecture import Architecture, Weights
from epanns.networks.cnn14 import CNN14
from epanns.zoo import catalogue, fetching


def publish(
    monkeypatch: pytest.MonkeyPatch, weights: Weights, architecture: Architecture = CNN14
) -> Weights:
    """Have an entry in the zoo until the test ends, in place of one of the same name."""
    others = tuple(each for each in architecture.weights if each.name != weights.name)
    entry = replace(architecture, weights=(*others, weights))
    monkeypatch.setitem(registry._registered, architecture.name, entry)
    return weights


def use_models(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Look for all weights of the zoo in a folder until the test ends."""
    monkeypatch.setattr(catalogue, "MODELS", folder)
    monkeypatch.setattr(catalogue, "SHIPPED_MODELS", folder)
    monkeypatch.setattr(fetching, "MODELS", folder)
