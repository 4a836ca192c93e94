"""From the clips of a pack to batches, each of which follows from the seed and its step."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from epanns.datasets.pack import Pack
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.training.augmentation import gain, mix
from epanns.training.clip_selection import ClipSelection
from epanns.training.crops import Crops
from epanns.training.recipe import Recipe
from epanns.training.sampling import Draw, blended, by_class, in_passes
from epanns.training.targets import Targets

Floats = NDArray[np.float32]

STEP = SAMPLE_RATE // 10  # crops are a multiple of this: PyTorch prepares for each new length
MIX_RANGE = 10.0  # dB; neither of two crops that are mixed is louder by more
BACKGROUND_SHARE = 0.5  # of the crops have a background, if there is any
CROPS, BACKGROUNDS, CHANCE = range(3)  # streams of random numbers, kept apart by their keys


class Batch(NamedTuple):
    """The crops of one step.

    Attributes:
        waveforms: float32 (batch, samples) at 32 kHz in [-1, 1].
        targets: float32 (batch, classes) in [0, 1].
    """

    waveforms: Floats
    targets: Floats


class Batches:
    """The batches of a run, each a function of the recipe, the pack and the number of its step.

    No thread may share it, nor the pack.

    Args:
        pack: the clips.
        selection: which of them to use.
        recipe: the options of the run.
    """

    def __init__(self, pack: Pack, selection: ClipSelection, recipe: Recipe) -> None:
        teacher = pack.teacher(recipe.teacher) if recipe.teacher else None
        self._recipe = recipe
        self._crops = Crops(pack)
        self._targets = Targets(pack, teacher, recipe)
        seeds = np.random.SeedSequence(recipe.seed).generate_state(2).tolist()
        others = np.setdiff1d(selection.train, selection.separate)
        self._draw = self._drawn(pack, others, seeds[CROPS])
        if len(selection.separate):
            separate = self._drawn(pack, selection.separate, seeds[CROPS])
            self._draw = blended(separate, self._draw, recipe.separate_share)
        background = selection.background
        self._background = in_passes(background, seeds[BACKGROUNDS]) if len(background) else None

    def _drawn(self, pack: Pack, clips: NDArray[np.int64], seed: int) -> Draw:
        """Draw from some clips, a share of them class by class."""
        draw, labels = in_passes(clips, seed), pack.targets(clips)
        if labels.any():
            draw = blended(by_class(clips, labels, seed), draw, self._recipe.balance)
        return draw

    def make(self, step: int) -> Batch:
        """The batch of a step, from 0."""
        recipe, random = self._recipe, np.random.default_rng((self._recipe.seed, CHANCE, step))
        samples = _stepped(_between(recipe.seconds, random), recipe.seconds)
        first = step * recipe.batch
        crops = [
            self._crop(self._draw(number), samples, random)
            for number in range(first, first + recipe.batch)
        ]
        mixed = [self._mixed(row, crops, first + row, random) for row in range(recipe.batch)]
        louder = [gain(waveform, random.uniform(*recipe.gain)) for waveform, _ in mixed]
        return Batch(np.stack(louder), np.stack([target for _, target in mixed]))

    def _mixed(
        self, row: int, crops: list[tuple[Floats, Floats]], number: int, random: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """A crop, perhaps with another crop of the batch, perhaps with a background."""
        waveform, target = crops[row]
        if random.random() < self._recipe.mix:
            other = crops[(row + random.integers(1, len(crops))) % len(crops)]
            difference = random.uniform(-MIX_RANGE, MIX_RANGE)
            waveform, target = mix(waveform, other[0], target, other[1], difference)
        if self._background and random.random() < BACKGROUND_SHARE:
            other = self._crop(self._background(number), len(waveform), random)
            difference = random.uniform(*self._recipe.snr)
            waveform, target = mix(waveform, other[0], target, other[1], difference)
        return waveform, target

    def _crop(self, index: int, samples: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        speed = _between(self._recipe.speed, random)
        crop = self._crops.crop(index, round(samples * speed), random)
        return resampled(crop.waveform, samples), self._targets(crop)


def resampled(waveform: Floats, samples: int) -> Floats:
    """A waveform played faster or slower, which shifts its pitch.

    Args:
        waveform: float32 (any,).
        samples: how long it is to be.

    Returns:
        float32 (samples,).
    """
    if len(waveform) == samples:
        return waveform
    changed: Floats = soxr.resample(waveform, len(waveform), samples, quality="QQ")
    changed = changed[:samples]
    return np.pad(changed, (0, samples - len(changed)))


def _stepped(seconds: float, bounds: tuple[float, float]) -> int:
    """Seconds in samples, a multiple of STEP, but within the bounds."""
    lowest, highest = (round(bound * SAMPLE_RATE) for bound in bounds)
    return min(max(round(seconds * SAMPLE_RATE / STEP) * STEP, lowest), highest)


def _between(bounds: tuple[float, float], random: np.random.Generator) -> float:
    """A random number of which doubles are as likely as halves."""
    return float(np.exp(random.uniform(*np.log(bounds))))


def prefetch(batches: Batches, first: int, end: int) -> Generator[Batch]:
    """The batches of some steps; the next one is made while one is being used.

    Args:
        batches: only this function uses them meanwhile, in a second thread.
        first: the first step.
        end: the step after the last.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as thread:
        coming = thread.submit(batches.make, first) if first < end else None
        for step in range(first, end):
            assert coming is not None
            batch = coming.result()
            coming = thread.submit(batches.make, step + 1) if step + 1 < end else None
            yield batch
