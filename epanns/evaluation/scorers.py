"""What can score sound: our own networks, and functions in a file that the user names."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from epanns.errors import EpannsError
from epanns.storage.existence import is_file
from epanns.tagger import AudioTagger
from epanns.vocabulary.audioset import AUDIOSET, vocabulary_named
from epanns.vocabulary.vocabulary import Vocabulary

Floats = NDArray[np.float32]


class ScorerError(EpannsError):
    """A scorer is not there, cannot be used or gives something else than scores."""


class Scorer:
    """Scores batches of waveforms.

    Args:
        name: what it is called in reports.
        function: float32 (batch, samples) at 32 kHz -> (batch, classes) in [0, 1], with columns of
            NaN for classes it does not know.
        parameters: how many values it has learnt, if that is known.
        vocabulary: its classes.

    Attributes:
        name, parameters, vocabulary: see Args.
    """

    def __init__(
        self,
        name: str,
        function: Callable[[Floats], Floats],
        parameters: int | None = None,
        vocabulary: Vocabulary = AUDIOSET,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.vocabulary = vocabulary
        self._function = function
        self._unknown: NDArray[np.bool_] | None = None

    def __call__(self, waveforms: Floats) -> Floats:
        """Score waveforms.

        Args:
            waveforms: float32 (batch, samples) at 32 kHz in [-1, 1].

        Returns:
            float32 (batch, classes) in [0, 1]; NaN for classes it does not know.

        Raises:
            ScorerError: the function fails, gives another shape, or NaN for other classes than
                before.
        """
        try:
            scores: Floats = np.asarray(self._function(waveforms), dtype=np.float32)
        except Exception as error:  # whatever the user's own code raises
            raise ScorerError(f"{self.name} fails: {_plainly(error)}") from error
        expected = (len(waveforms), len(self.vocabulary))
        if scores.shape != expected:
            raise ScorerError(
                f"{self.name} must give scores of the shape {expected}; found {scores.shape}."
            )
        missing = np.isnan(scores)
        if self._unknown is None:
            self._unknown = missing[0]
        if (missing != self._unknown).any():
            raise ScorerError(f"{self.name} gives scores that are no numbers for some clips.")
        return scores


def open_model(model: str) -> Scorer:
    """One of our own networks, on the live path's runtime.

    Args:
        model: a name from the zoo, or the path of a weights file.

    Raises:
        WeightsError: the weights are missing or cannot be used.
    """
    tagger = AudioTagger(model)

    def scores(waveforms: Floats) -> Floats:
        return tagger.scores(tagger.at_own_rate(waveforms))

    return Scorer(model, scores, tagger.network.learnt, tagger.network.vocabulary)


def open_function(spec: str, folder: Path | None) -> Scorer:
    """A scorer from a file of Python, which is run.

    Args:
        spec: FILE.py:FUNCTION. FUNCTION(folder) gives what Scorer takes as its function. Where that
            has them, its attribute `parameters` is how many values it has learnt, and `classes` the
            names of its classes; else these are AudioSet's.
        folder: where the weights are, or None.

    Raises:
        ScorerError: there is no such function, or it fails.
    """
    path, _, name = spec.rpartition(":")
    if not path or not name.isidentifier():
        raise ScorerError(f"A scorer is given as FILE.py:FUNCTION; found {spec!r}.")
    make = getattr(_run(Path(path)), name, None)
    if not callable(make):
        raise ScorerError(f"{path} has no function {name}.")
    try:
        function = make(folder)
        names = getattr(function, "classes", None)
        vocabulary = AUDIOSET if names is None else vocabulary_named(names)
    except Exception as error:  # whatever the user's own code raises
        raise ScorerError(f"{name} is left out: {_plainly(error)}") from None
    return Scorer(name, function, getattr(function, "parameters", None), vocabulary)


def _run(path: Path) -> ModuleType:
    """The module in a file."""
    name = f"scorers_in_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None or not is_file(path):
        raise ScorerError(f"{path} is no file of Python.")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses in the file look for their module there
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise ScorerError(f"{path} does not run: {_plainly(error)}") from None
    return module


def _plainly(error: Exception) -> str:
    return str(error) if isinstance(error, EpannsError) else f"{type(error).__name__}: {error}"
