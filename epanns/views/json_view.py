"""Predictions as JSON, one object a line, for other programs."""

import json

import numpy as np

from epanns.console import tell
from epanns.prediction import Prediction
from epanns.sessions.prediction_line import prediction_line
from epanns.status import NoticeContent, Status
from epanns.views import status_text
from epanns.views.class_selection import ClassSelection
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.views.shown_scores import shown_scores
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


class JsonView:
    """One JSON object a Prediction: time in seconds, level, and the top classes, unsmoothed."""

    frame_seconds = 0.5  # there is nothing to draw, only the end to be noticed

    def __init__(self, options: RankingOptions, spec: SelectionSpec) -> None:
        """Args: options, spec: how many classes to write, and which."""
        self._options, self._spec = options, spec
        self._select(AUDIOSET)

    def tell(self, content: NoticeContent) -> None:
        """Say what happened, on standard error; on any thread."""
        tell(status_text.notice(content))

    def add(self, prediction: Prediction) -> None:
        """Print it."""
        vocabulary = prediction.network.vocabulary
        if vocabulary != self._vocabulary:
            self._select(vocabulary)
        classes = self._classes
        scores = shown_scores(prediction, self._options.silence_dbfs)
        order = np.argsort(-scores[classes], kind="stable")[: self._options.top_k]
        top = [(vocabulary.names[i], float(scores[i])) for i in classes[order]]
        print(json.dumps(prediction_line(prediction, top)), flush=True)

    def _select(self, vocabulary: Vocabulary) -> None:
        """Find the classes to write among those of a network."""
        self._vocabulary = vocabulary
        self._classes = np.array(sorted(ClassSelection.of(self._spec, vocabulary).shown))

    def draw(self, status: Status) -> None:
        """Nothing: every Prediction has been printed."""
