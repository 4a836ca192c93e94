"""What a family of computed sounds is."""

from collections.abc import Callable
from typing import TypeAlias

from numpy.random import Generator

from starter.acoustics import Wave

Made: TypeAlias = tuple[Wave, tuple[str, ...]]
Family: TypeAlias = Callable[[Generator], Made]
