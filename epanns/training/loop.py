"""Training a network on a pack: the loop, which can end after any step and go on exactly."""

import math
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from epanns.datasets.class_difference import class_difference
from epanns.datasets.pack import Pack
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks import registry
from epanns.networks.architecture import Architecture
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.network import LogMelNetwork, Network, TrainableNetwork
from epanns.networks.panns_layers import ScaledSizes
from epanns.training.augmentation import frequency_responses, masks
from epanns.training.batches import Batch, Batches, prefetch
from epanns.training.clip_selection import select_clips
from epanns.training.learning_curve import ClassPrecision, CurvePoint
from epanns.training.losses import loss
from epanns.training.optimiser import make_optimiser
from epanns.training.recipe import Recipe, TrainingError, has_widths
from epanns.training.run_folder import BEST, LAST, RunFolder
from epanns.training.schedule import learning_rate
from epanns.training.validation import Validation
from epanns.zoo import catalogue


class Training:
    """A run that begins, or goes on from the state that its folder holds.

    Everything random follows from the seed and the number of the step, so the step, the network
    and the optimiser are all there is to save.

    Args:
        recipe: the options of the run.
        pack: the clips, whose classes are the network's; nothing else may use it meanwhile.
        folder: where its results are kept.
        device: where to compute.
        half: whether weights are written in half precision.

    Attributes:
        step: how many steps are done.
        selection: the clips it uses.
        curve: the rows so far.
        classes: with each of them, the average precision of every class.

    Raises:
        EpannsError: the pack, the folder or the weights to start from do not fit the recipe.
    """

    def __init__(
        self, recipe: Recipe, pack: Pack, folder: Path, device: torch.device, half: bool = False
    ) -> None:
        self.recipe = recipe
        self.selection = select_clips(pack, recipe)
        self.step = 0
        self.curve: list[CurvePoint] = []
        self.classes: list[ClassPrecision] = []
        self._device, self._half = device, half
        self._folder = RunFolder(folder, recipe, pack)
        state = self._folder.load()
        torch.backends.cudnn.deterministic = True  # CUDA only
        self.network = _network(recipe, pack, state).to(device).train()
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # faster
        self._optimiser = make_optimiser(
            self.network, recipe.optimiser, recipe.learning_rate, recipe.weight_decay
        )
        self._seconds, self._loss = 0.0, 0.0  # the latter summed since the last row
        if state:
            self._optimiser.load_state_dict(state["optimiser"])
            self.step, self._seconds, self._loss = state["step"], state["seconds"], state["loss"]
            self.curve = [CurvePoint(*row) for row in state["curve"]]
            self.classes = state.get("classes", [])  # none in runs from before they were kept
        else:
            self.save()  # first of all: the state marks the other files as those of this run
        self._folder.show(
            self.curve, self.classes
        )  # killed in between, it may have a row less or more
        self._batches = Batches(pack, self.selection, recipe)
        self._validation = Validation(pack, self.selection.validate)
        self._learnt = Validation(pack, self.selection.learnt_sample)

    def steps(self) -> Generator[CurvePoint | None]:
        """Do all steps that are left; close it to end earlier, and save.

        Yields:
            After each step: the new row of the curve, if there is one. By then it is saved.

        Raises:
            TrainingError: the loss is no number any more.
        """
        with closing(prefetch(self._batches, self.step, self.recipe.steps)) as batches:
            began = time.monotonic()
            for batch in batches:
                self._learn(batch)
                before, began = began, time.monotonic()
                self._seconds += began - before
                row = None
                if self.step % self.recipe.log_every == 0 or self.step == self.recipe.steps:
                    row = self._report()
                yield row

    def save(self) -> None:
        """Keep all that is needed to go on from here."""
        self._folder.save(
            {
                "step": self.step,
                "seconds": self._seconds,
                "loss": self._loss,
                "curve": [tuple(row) for row in self.curve],
                "classes": self.classes,
                "network": self.network.state_dict(),
                "optimiser": self._optimiser.state_dict(),
            }
        )

    def _learn(self, batch: Batch) -> None:
        """One step: forward, backward, update."""
        recipe = self.recipe
        torch.manual_seed(_seed(recipe.seed, self.step))
        rate = learning_rate(
            self.step, recipe.steps, recipe.warm_up, recipe.learning_rate, recipe.schedule
        )
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        waveforms = self.network.padded(torch.from_numpy(batch.waveforms).to(self._device))
        levels = self.network.levels(waveforms)
        batch_size, _, bands = levels.shape
        if recipe.eq_db and levels.numel():
            levels += frequency_responses(batch_size, recipe.eq_db, bands).to(self._device)
        change = self._masked if recipe.mask else _unchanged
        targets = torch.from_numpy(batch.targets).to(self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=recipe.mixed_precision):
            logits = self.network.from_levels(levels, waveforms, change).logits
            value = loss(logits, targets, recipe.temperature, recipe.loss, recipe.smoothing)
        self._optimiser.zero_grad()
        value.backward()
        self._optimiser.step()
        self._loss += value.item()
        self.step += 1
        if not math.isfinite(self._loss):
            raise TrainingError(
                f"The loss is no number any more at step {self.step}; use a lower --learning-rate."
            )

    def _masked(self, image: Tensor) -> Tensor:
        return image * masks(*image.shape).to(self._device)

    def _report(self) -> CurvePoint:
        """Measure the network, add a row to the curve, and save everything.

        The state comes after the weights and before the curve: where the program is killed in
        between, the steps since the last row are done again with the same result.
        """
        last = self.curve[-1].step if self.curve else 0
        found = self._validation.measure(self.network, self._device)
        learnt = self._learnt.mean_average_precision(self.network, self._device)
        rate, mean_loss = self._optimiser.param_groups[0]["lr"], self._loss / (self.step - last)
        row = CurvePoint(self.step, self._seconds, mean_loss, rate, *found[:-1], learnt)
        if found.mean_average_precision > max(
            (each.mean_average_precision for each in self.curve), default=-1.0
        ):
            self._folder.save_weights(BEST, self.network, self._half)
        self._folder.save_weights(LAST, self.network, self._half)
        self.curve.append(row)
        self.classes.append((self.step, tuple(found.average_precision.tolist())))
        self._loss = 0.0
        self.save()
        self._folder.show(self.curve, self.classes)
        return row


def _network(recipe: Recipe, pack: Pack, state: dict[str, Any] | None) -> TrainableNetwork:
    """The network that a recipe begins with, or the one that was saved.

    Raises:
        TrainingError: it cannot be trained, or the weights to begin with have other classes than
            the pack.
    """
    architecture = registry.get(recipe.network)
    if state:
        shapes = {name: tuple(value.shape) for name, value in state["network"].items()}
        dimensions = architecture.dimensions(shapes)
        network = architecture.create(vocabulary=pack.vocabulary, **dimensions)
        network.load_state_dict(state["network"])
    elif recipe.start is not None:
        # Its file may be of another architecture with the same keys.
        network = load_checkpoint(catalogue.resolve(recipe.start).path, architecture)
        if differs := class_difference(network.vocabulary, pack.vocabulary):
            raise TrainingError(
                f"{recipe.start} cannot be trained on {pack.path}: their classes differ"
                f" ({differs})."
            )
    else:
        torch.manual_seed(recipe.seed)
        network = _fresh(recipe, architecture, pack)
    if not isinstance(network, TrainableNetwork) or architecture.sample_rate != SAMPLE_RATE:
        raise TrainingError(
            f"{architecture.title} cannot be trained here, as it takes sound of another rate than"
            " that of packs, 32 kHz, or has no log-mel levels."
        )
    if isinstance(network, LogMelNetwork):
        network.dropout = recipe.dropout
    return network


def _fresh(recipe: Recipe, architecture: Architecture, pack: Pack) -> Network:
    """A network with random weights.

    Raises:
        TrainingError: a file would be taken for another architecture.
    """
    if has_widths(architecture.name):
        sizes: dict[str, Any] = {"widths": recipe.widths, "embedding": recipe.embedding}
    else:
        sizes = {} if recipe.width == 1 else {"sizes": ScaledSizes(recipe.width)}
    network = architecture.create(vocabulary=pack.vocabulary, **sizes)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    if (found := registry.recognise(shapes)) is not architecture:
        raise TrainingError(
            f"{architecture.title} cannot be trained here, as its files would be taken for those of"
            f" {found.title if found else 'no network'}."
        )
    if isinstance(network, LogMelNetwork):
        for module in network.modules():
            if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Linear):  # as PANNs begins
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
    return network


def _unchanged(image: Tensor) -> Tensor:
    return image


def _seed(seed: int, step: int) -> int:
    """A seed for PyTorch's generators at a step."""
    return int(np.random.SeedSequence((seed, step)).generate_state(1)[0])
