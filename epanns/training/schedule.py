"""The learning rate over a run."""

import math

from epanns.training.recipe import Schedule

FIRST, LAST = 1 / 25, 1 / 250_000  # shares of the highest rate at both ends of one cycle


def learning_rate(
    step: int, steps: int, warm_up: int, highest: float, schedule: Schedule = "cosine"
) -> float:
    """The learning rate of a step.

    All schedules rise to the highest rate in the warm-up. Then "cosine" falls to 0 by half a cosine
    (Loshchilov and Hutter, 2017) and "constant" stays. "one-cycle" rises from a 25th by half a
    cosine, and falls by another one to nearly nothing (Smith and Topin, 2018); the others rise
    linearly.

    Args:
        step: from 0 to steps - 1.
        steps: how many there are.
        warm_up: steps that the rise takes, less than `steps`; the last of them has the highest.
        highest: the rate at the end of the warm-up.
        schedule: which.
    """
    if step < warm_up:
        risen = (step + 1) / warm_up
        return highest * (_between(FIRST, 1.0, risen) if schedule == "one-cycle" else risen)
    done = (step - warm_up) / (steps - warm_up)
    end = {"cosine": 0.0, "constant": 1.0, "one-cycle": LAST}[schedule]
    return highest * _between(1.0, end, done)


def _between(start: float, end: float, share: float) -> float:
    """From one number to another by half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
