"""The folder of a run: what is needed to go on with it, its weights and its curve."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from epanns.datasets.pack import Pack
from epanns.errors import writing
from epanns.networks.checkpoint import save_checkpoint
from epanns.networks.network import Network
from epanns.storage.atomic import replacing
from epanns.storage.delayed import DelayedErrorFile
from epanns.storage.existence import exists
from epanns.training.learning_curve import (
    ClassPrecision,
    CurvePoint,
    draw,
    write_classes,
    write_csv,
)
from epanns.training.recipe import FORMER_NAMES, Recipe, TrainingError
from epanns.vocabulary.audioset import AUDIOSET

STATE, BEST, LAST, CURVE, PICTURE = "state.pt", "best.pth", "last.pth", "curve.csv", "curve.png"
CLASSES = "classes.csv"


class RunFolder:
    """The folder of one run.

        state.pt    all that is needed to go on exactly; written as a whole
        best.pth    the weights with the highest mAP so far, if there are clips to validate on
        last.pth    the weights at the last row of the curve
        curve.csv, curve.png
        classes.csv the average precision of every class at each row of the curve

    Args:
        path: where it is or shall be.
        recipe: the run's choices.
        pack: the clips it learns from.

    Raises:
        TrainingError: the folder holds another run, or cannot be written to.
    """

    def __init__(self, path: Path, recipe: Recipe, pack: Pack) -> None:
        self.path = path
        self._recipe, self._pack = asdict(recipe), _digest(pack, recipe)
        self._classes = pack.vocabulary.names
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(f"{path} cannot be made: {error.strerror}.") from None
        others = [name for name in (BEST, LAST, CURVE) if exists(path / name)]
        if others and not exists(path / STATE):
            raise TrainingError(
                f"{path} holds {others[0]} of another run, which cannot go on; use another folder."
            )

    def load(self) -> dict[str, Any] | None:
        """What was saved last; None for a run that has not begun.

        Raises:
            TrainingError: it is of another run, or damaged.
        """
        path = self.path / STATE
        if not exists(path):
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            before = asdict(Recipe())  # holds for runs saved before there was a choice
            before |= {FORMER_NAMES.get(name, name): each for name, each in state["recipe"].items()}
        except Exception as error:  # a broken pickle can raise anything
            raise TrainingError(
                f"{path} cannot be read ({type(error).__name__}), so the run cannot go on; use"
                " another folder."
            ) from None
        wanted = self._recipe
        names = [name for name in wanted if before.get(name) != wanted[name]]
        if names:
            was = ", ".join(f"{name} {before.get(name)}, not {wanted[name]}" for name in names)
            raise TrainingError(
                f"{self.path} holds another run ({was}); use another folder, or the same options"
                " to go on with it."
            )
        if state["pack"] != self._pack:
            raise TrainingError(
                f"{self.path} holds a run on other clips than are in the pack now; use another"
                " folder."
            )
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Keep what load is to give."""
        with self._draft(STATE) as draft, DelayedErrorFile(draft) as file:
            torch.save({**state, "recipe": self._recipe, "pack": self._pack}, file)

    def save_weights(self, name: str, network: Network, half: bool) -> None:
        """Write a network; see epanns.networks.checkpoint.save_checkpoint.

        Args:
            name: BEST or LAST.
            network: on any device.
            half: in half precision.
        """
        with self._draft(name) as draft:
            save_checkpoint(network, draft, half)

    def show(self, curve: list[CurvePoint], classes: list[ClassPrecision]) -> None:
        """Bring the tables and the picture up to date."""
        with self._draft(CURVE) as draft:
            write_csv(draft, curve)
        with self._draft(CLASSES) as draft:
            write_classes(draft, self._classes, classes)
        if curve:
            with self._draft(PICTURE) as draft:
                draw(draft, curve)

    @contextmanager
    def _draft(self, name: str) -> Iterator[Path]:
        """A draft that takes the place of a file once it is whole."""
        path = self.path / name
        with writing(path, TrainingError), replacing(path) as draft:
            yield draft


def _digest(pack: Pack, recipe: Recipe) -> str:
    """A checksum of what the pack holds for a run, but for the sound itself."""
    digest = hashlib.sha256(repr((pack.names, pack.splits, pack.sources)).encode())
    if pack.vocabulary != AUDIOSET:  # checksums of AudioSet's packs are in folders from before
        digest.update(repr(pack.vocabulary.names).encode())
    digest.update(pack.targets(range(len(pack))).tobytes())
    digest.update(repr([pack.length(index) for index in range(len(pack))]).encode())
    if recipe.fold is not None:  # in folders from before there is none
        digest.update(pack.folds.tobytes())
    scored = pack.teacher(recipe.teacher) if recipe.teacher else None
    if scored is not None:
        digest.update(scored.digest())
    return digest.hexdigest()
