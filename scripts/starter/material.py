"""All sound that the starter learns from, in one pack: recorded, computed, and played again."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from epanns.datasets.pack import Pack
from epanns.datasets.pack_writer import PackWriter
from epanns.datasets.packing import pack
from epanns.vocabulary.audioset import AUDIOSET
from starter.clip import Sound
from starter.cores import on_all_cores
from starter.music import played
from starter.recordings import recordings
from starter.scenes import cast, recast, scene
from starter.signals import computed, quiet
from starter.speech import spoken

SEED = 1
LICENCE = "CC0 1.0 (computed)"
COMPUTED, AGAIN = "computed ", "again "  # how the names of sources begin
QUIET = COMPUTED + "quiet"
MAKERS: dict[str, tuple[Callable[[int, int], Sound], int]] = {
    "speech": (spoken, 1500), "music": (played, 2400), "signals": (computed, 4000),
    "quiet rooms": (quiet, 600),
}  # fmt: skip
SCENES = 1500


def record(path: Path, audio: Path) -> list[str]:
    """Pack the recordings.

    Args:
        path: the pack.
        audio: the folder of manifest.csv.

    Returns:
        A sentence for each that could not be read.
    """
    with PackWriter(path) as writer:
        return pack(recordings(audio), writer).failures


def compute(path: Path) -> None:
    """Add what is synthesised."""
    for name, (make, count) in MAKERS.items():
        source = COMPUTED + name
        with Pack(path) as known:
            there = known.sources.count(source)
        with PackWriter(path) as writer:
            for sound in on_all_cores(make, ((SEED, number) for number in range(there, count))):
                _add(writer, sound, source, LICENCE)


def play_again(path: Path) -> None:
    """Add every recording of the split train as it is elsewhere, and scenes of several sounds.

    The source of each names the sources of what is in it, so holding one out holds them out too.
    """
    with Pack(path) as known:
        sources, licences, names = known.sources, known.licences, set(known.names)
        own = [not source.startswith((AGAIN, QUIET)) for source in sources]
        usable = np.intersect1d(np.flatnonzero(own), known.select(split=("train", "unlabelled")))
        recorded = [int(each) for each in usable if not sources[each].startswith(COMPUTED)]
        labels = {index: _names(known, index) for index in recorded}
    missing = [index for index in recorded if f"recast {index}" not in names]
    numbers = [number for number in range(SCENES) if f"scene {number}" not in names]
    casts = [cast(SEED, number, usable) for number in numbers]
    with PackWriter(path) as writer:
        waveform = writer.waveform
        recasts = ((SEED, index, waveform(index), labels[index]) for index in missing)
        for index, sound in zip(missing, on_all_cores(recast, recasts), strict=True):
            _add(writer, sound, AGAIN + sources[index], licences[index])
        scenes = (
            (SEED, number, [waveform(index) for index in inside])
            for number, inside in zip(numbers, casts, strict=True)
        )
        for inside, sound in zip(casts, on_all_cores(scene, scenes), strict=True):
            _add(writer, sound, AGAIN + _together(sources, inside), _together(licences, inside))


def _together(texts: Sequence[str], indices: Sequence[int]) -> str:
    return " + ".join(dict.fromkeys(texts[index] for index in indices))


def _names(known: Pack, index: int) -> tuple[str, ...]:
    return tuple(AUDIOSET.names[each] for each in np.flatnonzero(known.targets([index])[0]))


def _add(writer: PackWriter, sound: Sound, source: str, licence: str) -> None:
    target = np.zeros(len(AUDIOSET), bool)
    target[[AUDIOSET.index(label) for label in sound.labels]] = True
    writer.add(sound.name, sound.waveform, target, "train", source=source, licence=licence)
