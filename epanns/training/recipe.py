"""The recipe of a training run: the options that, with the pack, decide its result."""

from dataclasses import dataclass
from typing import Literal, get_args

from epanns.errors import EpannsError
from epanns.networks import registry

LossKind = Literal["binary", "focal"]
Optimiser = Literal["adamw", "adam"]
Schedule = Literal["cosine", "constant", "one-cycle"]
LOSSES: tuple[LossKind, ...] = get_args(LossKind)
OPTIMISERS: tuple[Optimiser, ...] = get_args(Optimiser)
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)

# What fields were called when runs were saved that may go on.
FORMER_NAMES = {
    "rate": "learning_rate",
    "aside": "separate_sources",
    "aside_share": "separate_share",
    "colour": "eq_db",
    "mixed": "mixed_precision",
    "every": "log_every",
}


class TrainingError(EpannsError):
    """A network cannot be trained as asked."""


def has_widths(network: str) -> bool:
    """Whether an architecture is built from `widths` and `embedding`, not from `width`.

    Raises:
        WeightsError: there is no architecture of this name.
    """
    return registry.get(network).dimensions is registry.default().dimensions


@dataclass(frozen=True)
class Recipe:
    """The options of a run; the help of `python -m epanns train` says more on each.

    Attributes:
        start: the weights to begin with, a name from the zoo or a path; None for random ones.
        network: the architecture, a name of epanns.networks.registry.
        width: the channels of its layers as a share of those published; neither used with `start`
            nor of those for which has_widths().
        widths: of these, the output channels of the twelve convolutions; not used with `start`.
        embedding: of these, the width of the last hidden layer; not used with `start`.
        splits: the splits to train on.
        hold_out: texts; clips of sources with one of them are only validated on.
        validate: the split to validate on; None for the held-out sources, if there are any.
        fold: the fold of the clips in `splits` to validate on, instead of a split.
        folds: how many folds are made, by class and `seed`, of a pack that has none; None for 5.
        strict: whether clips with a warning in the pack are left out.
        teacher: whose scores in the pack are learnt; None for the labels alone.
        label_target: what the targets of a clip's labels are raised to, where the clip is loud.
        general: what of that remains for labels that are above another of them in the ontology, so
            that a network ranks Siren above Alarm.
        label_within: how many dB below its loudest second a clip still is loud.
        unlisted: what a teacher's scores there are multiplied by, of classes that are neither
            labels of the clip nor above or below one in the ontology.
        temperature: logits divided by it are learnt too, which weighs what the teacher thinks
            unlikely; 1 for not at all.
        steps: how many batches.
        batch: crops in a batch.
        learning_rate: the highest one.
        warm_up: steps until it is reached.
        weight_decay: for the weights of convolutions and linear layers.
        optimiser: what changes the weights; see optimiser.py.
        schedule: how the learning rate goes on after the warm-up; see schedule.py.
        loss: what is lowered; see losses.py.
        smoothing: share by which targets are moved towards 1/2.
        balance: share of the crops that are drawn class by class; see sampling.py.
        separate_sources: texts; clips of sources with one of them have a share of their own.
        separate_share: the share of the crops that these are.
        seconds: shortest and longest crops, made in steps of 0.1 s.
        speed: range of how many times as fast crops are played, which also shifts their pitch.
        gain: range in dB.
        eq_db: largest gain in dB of random frequency responses; 0 for none.
        mix: share of the crops that another crop is mixed with.
        background: a split or a part of a source's name, whose clips are mixed under crops.
        snr: by how many dB the background is below the crop, as a range.
        mask: whether parts of the spectrograms are masked (SpecAugment).
        dropout: shares after the blocks of the network and before its linear layers.
        mixed_precision: whether to compute in bfloat16 what does not need float32.
        log_every: steps from one row of the curve to the next.
        seed: a seed gives the same run.
    """

    start: str | None = None
    network: str = registry.DEFAULT
    width: float = 1.0
    widths: tuple[int, ...] = (16, 16, 32, 32, 64, 64, 128, 128, 192, 192, 256, 256)
    embedding: int = 512
    splits: tuple[str, ...] = ("train",)
    hold_out: tuple[str, ...] = ()
    validate: str | None = None
    fold: int | None = None
    folds: int | None = None
    strict: bool = False
    teacher: str | None = None
    label_target: float = 0.85
    general: float = 1.0
    label_within: float = 12.0
    unlisted: float = 1.0
    temperature: float = 1.0
    steps: int = 10_000
    batch: int = 64
    learning_rate: float = 1e-3
    warm_up: int = 500
    weight_decay: float = 0.01
    optimiser: Optimiser = "adamw"
    schedule: Schedule = "cosine"
    loss: LossKind = "binary"
    smoothing: float = 0.0
    balance: float = 0.5
    separate_sources: tuple[str, ...] = ()
    separate_share: float = 0.25
    seconds: tuple[float, float] = (1.0, 1.0)
    speed: tuple[float, float] = (1.0, 1.0)
    gain: tuple[float, float] = (-18.0, 6.0)
    eq_db: float = 0.0
    mix: float = 0.5
    background: str | None = None
    snr: tuple[float, float] = (0.0, 30.0)
    mask: bool = True
    dropout: tuple[float, float] = (0.2, 0.5)
    mixed_precision: bool = False
    log_every: int = 500
    seed: int = 0
