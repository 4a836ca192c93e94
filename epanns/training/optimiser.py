"""What changes the weights of a network in training."""

import torch
from torch import nn

from epanns.training.recipe import Optimiser


def make_optimiser(
    network: nn.Module, kind: Optimiser, learning_rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    """An optimiser of all that a network learns.

    "adamw" (Loshchilov and Hutter, 2019) has weight decay of weights that are matrices only, not of
    shifts and scales. "adam" is as PANNs were trained: with amsgrad (Reddi et al., 2018), the decay
    a part of the gradient.

    Args:
        network: what is trained.
        kind: which.
        learning_rate: of the first step.
        weight_decay: see above.
    """
    learnt = [each for each in network.parameters() if each.requires_grad]
    groups = [
        {"params": [each for each in learnt if each.ndim > 1], "weight_decay": weight_decay},
        {"params": [each for each in learnt if each.ndim == 1], "weight_decay": 0.0},
    ]
    if kind == "adam":
        return torch.optim.Adam(groups, lr=learning_rate, amsgrad=True, fused=True)
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)
