"""All sound that the starter learns from, in one pack: recorded, computed, and heard once more."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from epanns.labels import VOCABULARY
from epanns.training.dataset import Pack
from epanns.training.packing import pack
from epanns.training.writer import PackWriter
from starter.clip import Sound
from starter.music import played
from starter.recordings import recordings
from starter.scenes import recast, scene
from starter.signals import computed, quiet
from starter.speech import spoken

SEED = 1
LICENCE = "CC0 1.0 (computed)"
COMPUTED, AGAIN = "computed ", "again "  # how the names of sources begin
QUIET = COMPUTED + "quiet"
MAKERS: dict[str, tuple[Callable[[int, int], Iterator[Sound]], int]] = {
    "speech": (spoken, 1500), "music": (played, 2400), "signals": (computed, 4000),
    "quiet rooms": (quiet, 120),
}  # fmt: skip
SCENES = 1500


def record(path: Path, audio: Path) -> list[str]:
    """Pack the recordings; returns a sentence for each that could not be read."""
    with PackWriter(path) as writer:
        return pack(recordings(audio), writer).failures


def compute(path: Path) -> None:
    """Add what is synthesised."""
    with PackWriter(path) as writer:
        for source, (make, count) in MAKERS.items():
            for sound in make(SEED, count):
                _add(writer, sound, COMPUTED + source, LICENCE)


def hear_again(path: Path) -> None:
    """Add every recording of the split train once more, and scenes of several sounds.

    The source of each names the sources of what is in it, so holding one out holds them out too.
    """
    with Pack(path) as known:
        sources, licences = known.sources, known.licences
        own = [not source.startswith((AGAIN, QUIET)) for source in sources]
        usable = np.intersect1d(np.flatnonzero(own), known.select(split=("train", "unlabelled")))
        recorded = [int(each) for each in usable if not sources[each].startswith(COMPUTED)]
        labels = {index: _names(known, index) for index in recorded}
    with PackWriter(path) as writer:
        for index in recorded:
            source = AGAIN + sources[index]
            if not writer.holds(f"recast {index}", source):
                sound = recast(SEED, index, writer.waveform(index), labels[index])
                _add(writer, sound, source, licences[index])
        for number in range(SCENES):
            sound, inside = scene(SEED, number, usable, writer.waveform)
            _add(writer, sound, AGAIN + _together(sources, inside), _together(licences, inside))


def _together(texts: Sequence[str], indices: Sequence[int]) -> str:
    return " + ".join(dict.fromkeys(texts[index] for index in indices))


def _names(known: Pack, index: int) -> tuple[str, ...]:
    return tuple(VOCABULARY.names[each] for each in np.flatnonzero(known.targets([index])[0]))


def _add(writer: PackWriter, sound: Sound, source: str, licence: str) -> None:
    target = np.zeros(len(VOCABULARY), bool)
    target[[VOCABULARY.index(label) for label in sound.labels]] = True
    writer.add(sound.name, sound.waveform, target, "train", source=source, licence=licence)
