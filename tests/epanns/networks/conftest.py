"""A narrow network and its weights, for the tests of the files that hold them."""

from pathlib import Path
from typing import Any

import pytest
import torch

from epanns.networks.cnn14_network import Cnn14
from tests.support.golden.standin import build
from tests.support.weights_files import Save, State


@pytest.fixture(scope="module")
def network() -> Cnn14:
    return build()


@pytest.fixture
def state(network: Cnn14) -> State:
    return {name: value.clone() for name, value in network.state_dict().items()}


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write anything as torch.save does; returns the path."""

    def save(content: Any, name: str = "weights.pth", **options: Any) -> Path:
        torch.save(content, tmp_path / name, **options)
        return tmp_path / name

    return save
