"""The learning rate over a run: a linear warm-up, then a cosine down to 0."""

import math


def learning_rate(step: int, steps: int, warm_up: int, highest: float) -> float:
    """The learning rate of a step.

    Args:
        step: from 0 to steps - 1.
        steps: how many there are.
        warm_up: steps that the rise takes, less than `steps`; the last of them has the highest.
        highest: the rate at the end of the warm-up.
    """
    if step < warm_up:
        return highest * (step + 1) / warm_up
    done = (step - warm_up) / (steps - warm_up)
    return highest * (1 + math.cos(math.pi * done)) / 2
