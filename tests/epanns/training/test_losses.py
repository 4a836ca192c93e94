"""The loss, by its values."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from epanns.training.losses import loss


def test_the_loss_is_the_mean_binary_cross_entropy() -> None:
    logits = torch.tensor([[0.0, 2.0], [-1.0, 0.0]], dtype=torch.bfloat16)
    targets = torch.tensor([[1.0, 0.25], [0.0, 0.5]])

    def entropy(logit: float, target: float) -> float:
        score = 1 / (1 + math.exp(-logit))
        return -target * math.log(score) - (1 - target) * math.log(1 - score)

    cells = [entropy(0, 1), entropy(2, 0.25), entropy(-1, 0), entropy(0, 0.5)]
    found = loss(logits, targets)
    assert found.dtype == torch.float32 and found.item() == pytest.approx(sum(cells) / 4)


def test_softened_logits_are_learnt_with_the_same_optimum() -> None:
    targets = torch.tensor([[0.9, 0.2, 0.001]])
    logits = torch.logit(targets).requires_grad_()
    loss(logits, targets, temperature=3.0).backward()
    assert logits.grad is not None and logits.grad.abs().max() < 1e-6


def test_the_softened_loss_is_added_once_the_temperature() -> None:
    found = loss(torch.tensor([[2.0]]), torch.tensor([[0.5]]), temperature=2.0)
    hard = math.log(1 + math.exp(2)) - 1
    soft = math.log(1 + math.exp(1)) - 0.5
    assert found.item() == pytest.approx(hard + 2 * soft)


def test_smoothing_moves_targets_towards_a_half() -> None:
    logits = torch.tensor([[2.0, -1.0]])
    found = loss(logits, torch.tensor([[1.0, 0.0]]), smoothing=0.2)
    assert found.item() == pytest.approx(loss(logits, torch.tensor([[0.9, 0.1]])).item())


@pytest.mark.parametrize("entropy", [0.05, 0.7, 3.0])
def test_focal_loss_weighs_the_entropy_of_the_batch(entropy: float) -> None:
    """alpha (1 - p)^gamma times the entropy, p = exp(-entropy)."""
    logit = -math.log(math.exp(entropy) - 1)  # of a target of 1
    found = loss(torch.tensor([[logit]]), torch.tensor([[1.0]]), kind="focal")
    assert found.item() == pytest.approx(0.8 * (1 - math.exp(-entropy)) ** 1.5 * entropy, rel=1e-4)


def test_all_losses_are_those_of_scikit_learn_where_it_has_them() -> None:
    random = np.random.default_rng(0)
    logits = torch.from_numpy(random.normal(0, 2, (4, 3)).astype(np.float32))
    labels = random.integers(0, 2, (4, 3))
    expected = log_loss(labels.ravel(), logits.sigmoid().numpy().ravel())
    assert loss(logits, torch.from_numpy(labels).float()).item() == pytest.approx(expected)
