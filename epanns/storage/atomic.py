"""Writing files that are whole whenever somebody looks, also after the power went."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from epanns.training.recipe import TrainingError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft beside a file, which takes its place once it is written and on disk.

    Raises:
        TrainingError: it cannot be written.
    """
    draft = path.with_name(path.name + ".part")
    try:
        yield draft
        with draft.open("r+b") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except (OSError, RuntimeError) as error:  # the latter is PyTorch's
        raise TrainingError(f"{path} cannot be written: {error}.") from None
