"""The losses that training lowers, all of them clipwise."""

import torch
import torch.nn.functional as F
from torch import Tensor

from epanns.training.recipe import LossKind

LOGIT_EPSILON = 1e-4  # softened targets are taken as no nearer to 0 and 1 than this
FOCAL_ALPHA, FOCAL_GAMMA = 0.8, 1.5  # as the Audio-Event-Recognition project trains on birds


def loss(
    logits: Tensor,
    targets: Tensor,
    temperature: float = 1.0,
    kind: LossKind = "binary",
    smoothing: float = 0.0,
) -> Tensor:
    """The loss of a batch.

    "binary" is the binary cross entropy, the mean over the batch and the classes. "focal" weighs
    that mean by how far it is from 0 (see focal()).

    With a temperature above 1 the entropy of the softened logits is added to the former (Hinton,
    Vinyals and Dean, 2015, section 2), once the temperature: its gradients are smaller by that. So
    the many classes to which a teacher gives low scores, some of them far lower than others, teach
    as well.

    Args:
        logits: (batch, classes), of any floating precision.
        targets: float32 (batch, classes) in [0, 1].
        temperature: from 1, which softens nothing.
        kind: which loss.
        smoothing: share by which targets are moved towards 1/2 (Szegedy et al., 2016, section 7,
            for two outcomes), 0 to 1.

    Returns:
        float32, a single number.
    """
    logits = logits.float()
    targets = targets * (1 - smoothing) + smoothing / 2
    hard = F.binary_cross_entropy_with_logits(logits, targets)
    if kind == "focal":
        hard = focal(hard)
    if temperature == 1.0:
        return hard
    softened = torch.sigmoid(torch.logit(targets, LOGIT_EPSILON) / temperature)
    soft = F.binary_cross_entropy_with_logits(logits / temperature, softened)
    return hard + temperature * soft


def focal(entropy: Tensor) -> Tensor:
    """The focal loss of a batch, of its mean entropy.

    Lin et al. (2017) weigh the entropy of each output by (1 - p)^gamma, p its probability of being
    right. Here the whole batch is weighed so, p being exp(-entropy), as that is what the project on
    birds ran: batches that are learnt already count little.

    Args:
        entropy: the mean binary cross entropy, a single number.
    """
    return FOCAL_ALPHA * (1 - torch.exp(-entropy)) ** FOCAL_GAMMA * entropy
