"""The loss that training lowers."""

import torch
import torch.nn.functional as F
from torch import Tensor

LOGIT_EPSILON = 1e-4  # softened targets are taken as no nearer to 0 and 1 than this


def loss(logits: Tensor, targets: Tensor, temperature: float = 1.0) -> Tensor:
    """Clipwise binary cross entropy, the mean over the batch and the classes.

    With a temperature above 1 that of the softened logits is added (Hinton, Vinyals and Dean, 2015,
    section 2), once the temperature: its gradients are smaller by that. So the many classes to
    which a teacher gives low scores, some of them far lower than others, teach as well.

    Args:
        logits: (batch, classes), of any floating precision.
        targets: float32 (batch, classes) in [0, 1].
        temperature: from 1, which softens nothing.

    Returns:
        float32, a single number.
    """
    logits = logits.float()
    hard = F.binary_cross_entropy_with_logits(logits, targets)
    if temperature == 1.0:
        return hard
    softened = torch.sigmoid(torch.logit(targets, LOGIT_EPSILON) / temperature)
    soft = F.binary_cross_entropy_with_logits(logits / temperature, softened)
    return hard + temperature * soft
