"""What workers say of recordings, for comparisons."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from epanns.files.task import Message, RecordingPart, RecordingTask, run_task
from epanns.tagger import AudioTagger

Messages = dict[Path, list[Message[Any]]]


def said_here(task: RecordingTask[Any], files: Iterable[Path], model: str = "starter") -> Messages:
    """What one process says of each recording, this one."""
    tagger = AudioTagger(model)
    return {path: list(run_task(task, path, tagger)) for path in files}


def by_recording(
    messages: Iterable[tuple[Path, Message[Any]]],
) -> tuple[Messages, "Counter[Path]"]:
    """All that is said of each recording since it was begun last, and how often it was begun.

    It is begun anew with a part that goes no further than its first one did.
    """
    found: Messages = {}
    begun: Counter[Path] = Counter()
    for path, message in messages:
        first = found[path][0] if path in found else None
        if first is None or (
            isinstance(first, RecordingPart)
            and isinstance(message, RecordingPart)
            and message.seconds <= first.seconds
        ):
            found[path] = []
            begun[path] += 1
        found[path].append(message)
    return found, begun


def check_same(found: Messages, expected: Mapping[Path, list[Message[Any]]]) -> None:
    """Fail unless the same is said of the same recordings, to the last digit."""
    assert found.keys() == expected.keys()
    for path, messages in expected.items():
        assert [type(each) for each in found[path]] == [type(each) for each in messages], path
        np.testing.assert_equal(
            [astuple(each) for each in found[path]], [astuple(each) for each in messages]
        )
