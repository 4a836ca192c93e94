"""The precisions in which a converted network computes. Needs no numpy: the settings read it."""

from typing import Literal, get_args

Precision = Literal["fp32", "int8"]
PRECISIONS: tuple[str, ...] = get_args(Precision)
