"""Work on recordings as by a decoder that crashes, or that never comes to an end."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epanns.files.tagging import ScoringPlan


@dataclass(frozen=True)
class DeadlyTask:
    """A RecordingTask that scores recordings, but for one that no process survives."""

    deadly: Path
    plan: ScoringPlan

    def run(self, path: Path, tagger: Any) -> Iterator[Any]:
        """Score a recording, or end the process."""
        if path.name == self.deadly.name:
            os._exit(1)
        yield from self.plan.run(path, tagger)


@dataclass(frozen=True)
class EndlessTask:
    """A RecordingTask that scores recordings, but for one at which it stays."""

    endless: Path
    plan: ScoringPlan

    def run(self, path: Path, tagger: Any) -> Iterator[Any]:
        """Score a recording, or begin to and never go on."""
        yield next(iter(self.plan.run(path, tagger)))
        if path.name == self.endless.name:
            threading.Event().wait()
        yield from self.plan.run(path, tagger)
