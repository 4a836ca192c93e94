"""What an entry of the registry holds: all that the rest of the program knows of an architecture.

It needs no PyTorch, as the zoo and the runtime of converted networks read it where PyTorch is not
imported.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from epanns.formatting import listed
from epanns.frontend.parameters import LogMelParameters
from epanns.networks.prunable_layers import PrunableLayers
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

if TYPE_CHECKING:
    from epanns.networks.network import Network

Shapes = Mapping[str, tuple[int, ...]]  # of the tensors in a weights file, by their keys


class UnfitError(Exception):
    """What was expected of a weights file, and what was found instead."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")


def few(names: Collection[Any]) -> str:
    """The first three of the keys of a file or network, for the sentence of an error."""
    if not names:
        return "no keys"
    keys = sorted(repr(name)[:60] for name in names)
    return f"{'keys' if len(keys) > 1 else 'the key'} {listed(keys, 3)}"


@dataclass(frozen=True, slots=True)
class Weights:
    """A published weights file.

    Attributes:
        name: in the zoo.
        file: its name, in models/ and in its record.
        purpose: what it is and what it is for, in a few words.
        licence: of the weights.
        megabytes: the size of the file; approximate where it is not known in advance.
        title: what its authors call the network.
        doi: the record it is fetched from; "" for none.
        url: where it is fetched from, without its name, if there is no record; "" for none.
        by_hand: a page that tells where to get it, for a file of which no address is known that it
            can be fetched from; "" for others. What has none of the three ships with the project.
        size: bytes; None where they are not known in advance.
        sha256: checksum of the file; "" where it is not known in advance, but noted beside it.
        md5: another checksum, which some records state in place of that; "" where it is not known.
        learnt: how many values were learnt; None where that is not stated.
        mean_average_precision: on AudioSet's evaluation set as published; None if not measured.
        paper: who published it, a key of epanns.evaluation.published.SOURCES; "" for ours and for
            those that name no sounds.
    """

    name: str
    file: str
    purpose: str = ""
    licence: str = ""
    megabytes: float = 0.0
    title: str = ""
    doi: str = ""
    url: str = ""
    by_hand: str = ""
    size: int | None = None
    sha256: str = ""
    md5: str = ""
    learnt: int | None = None
    mean_average_precision: float | None = None
    paper: str = ""

    @property
    def ships(self) -> bool:
        """Whether it is part of the project, not fetched."""
        return not (self.doi or self.url or self.by_hand)

    @property
    def fetchable(self) -> bool:
        """Whether the program can fetch it."""
        return bool(self.doi or self.url)

    @property
    def source(self) -> str:
        """Where it is fetched from, in a word: doi:... or an address; "" if it ships."""
        return f"doi:{self.doi}" if self.doi else self.url + self.file * bool(self.url)

    @property
    def page(self) -> str:
        """An address to download it by hand from; "" if it ships."""
        return f"https://doi.org/{self.doi}" if self.doi else self.source or self.by_hand

    @property
    def sha256_start(self) -> str:
        """What its sha256 begins with; "" where it is not known.

        Names of files that are published for PyTorch Hub end in its first eight digits.
        """
        found = re.search(r"-([0-9a-f]{8})\.pth$", self.file)
        return self.sha256 or (found[1] if found else "")


@dataclass(frozen=True, slots=True)
class Architecture:
    """One architecture; see docs/networks.md for a network of one's own in a few lines.

    Attributes:
        name: what files and commands call it.
        front_end: the parameters of its log-mel front end; its sample rate is the network's.
        create: builds the network: create(vocabulary=..., **dimensions).
        classes_key: the key of a tensor whose first axis is the classes.
        title: what people call it; "" for its name.
        least_samples: the length in samples of the shortest segment that it scores, raised to what
            the front end needs; silence is added to shorter ones.
        fitted: the length that a segment of so many samples is brought to by silence behind it;
            None for `least_samples` at least.
        inputs: what its graph takes, float32: "waveform" (batch, samples), and "spectrum", power
            spectra of the front end, (batch, frames, bins), or "bands", their power in its mel
            bands, (batch, frames, mels).
        outputs: which of "clipwise", "embedding" and "framewise" it has.
        dimensions: the arguments of `create` that a file's shapes decide, besides the vocabulary;
            raises UnfitError where they do not fit.
        recognises: whether a file with these keys and shapes holds this architecture; None for
            every file with the classes_key. Of entries with the same keys, only one may return
            True.
        deep_classes_key: the same of files with a head of more layers; "" where there are none.
        vocabulary: the classes of weights that come without class names.
        graph: how it becomes an ONNX graph: a name from epanns.conversion.graphs.
        weights: its published files.
        head: which of several heads of the same layers it has; "" where there is one.
        copy_tag: what the names of converted copies hold after the precision; "" for nothing.
        step_frames: frames of the front end per framewise score.
        context_steps: how many steps on either side a framewise score depends on.
        prunable: its layers that can be pruned; None where there are none.
    """

    name: str
    front_end: LogMelParameters
    create: "Callable[..., Network]"
    classes_key: str
    title: str = ""
    least_samples: int = 0
    outputs: frozenset[str] = frozenset({"clipwise", "embedding"})
    dimensions: Callable[[Shapes], dict[str, Any]] = lambda _: {}
    recognises: Callable[[Shapes], bool] | None = None
    vocabulary: Vocabulary = AUDIOSET
    graph: str = "exported"
    weights: tuple[Weights, ...] = ()
    head: str = ""
    copy_tag: str = ""
    inputs: tuple[str, ...] = ("spectrum",)
    fitted: Callable[[int], int] | None = None
    step_frames: int = 1
    context_steps: int = 0
    deep_classes_key: str = ""
    prunable: PrunableLayers | None = None

    def __post_init__(self) -> None:
        least = max(self.least_samples, self.front_end.least_samples)
        object.__setattr__(self, "least_samples", least)
        object.__setattr__(self, "title", self.title or self.name)

    @property
    def sample_rate(self) -> int:
        """Of the waveforms that it scores, in Hz."""
        return self.front_end.sample_rate

    def holds(self, shapes: Shapes) -> bool:
        """Whether a file with these keys and shapes is taken for one of this architecture."""
        return self.recognises(shapes) if self.recognises else self.classes_key in shapes

    def class_count(self, shapes: Shapes) -> int:
        """How many classes a file has.

        Raises:
            UnfitError: it has no last layer, or one that is none.
        """
        keys = (self.classes_key, self.deep_classes_key)
        found = next(((key, shapes[key]) for key in keys if shapes.get(key)), None)
        if found is None:
            raise UnfitError(f"the key {self.classes_key}", few(shapes))
        key, shape = found
        if len(shape) < 2 or 0 in shape:
            raise UnfitError(f"{key} of shape (classes, inputs)", f"{shape}")
        return shape[0]

    def missing(self, samples: int) -> int:
        """How many samples of silence must follow a segment of so many."""
        fitted = self.fitted or (lambda samples: max(samples, self.least_samples))
        return fitted(samples) - samples

    @property
    def framewise(self) -> bool:
        """Whether it scores single frames."""
        return "framewise" in self.outputs

    def steps_of(self, frames: int, steps: int) -> list[int]:
        """The step of each frame, where framewise scores are of steps of several frames.

        The last step also stands for the frames that pooling dropped.

        Args:
            frames: how many frames there are.
            steps: how many steps were scored.
        """
        return [min(frame // self.step_frames, steps - 1) for frame in range(frames)]
