"""Recordings tagged as `python -m epanns tag` does it, against a plain loop in PyTorch."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch

from benchmarks.machine import cores
from benchmarks.material import Floats, Material
from benchmarks.rounds import Row, Section, ratios
from epanns.features import SAMPLE_RATE
from epanns.network import Cnn14
from epanns.tagging import AT_ONCE, Plan, Tags
from epanns.workers import tag_files

FOLDERS = ((4, 40), (8, 10))  # recordings of a turn, seconds of each
KINDS = ((".wav", 44100, 2), (".flac", 48000, 1), (".ogg", 32000, 1), (".flac", 44100, 2))
PAUSES = 60  # together they take longer than any recording
TOGETHER = range(1, min(cores(), 2) + 1)  # workers, and threads
LOOPS = ("plain loop", "plain loop with the whole")
FASTER = 3


class Workers:
    """Processes that have opened the network and do nothing between turns.

    All turns are one call of tag_files. Before each lie pauses, recordings of a second: while one
    worker is at the last recording of a turn, they keep the other from those of the next.

    Args:
        recordings: what is tagged in a turn.
        pause: a recording of a second.
        model: the weights.
        workers: how many.
        turns: how many, the first one included, while which the processes start.
    """

    def __init__(
        self, recordings: Sequence[Path], pause: Path, model: Path, workers: int, turns: int
    ) -> None:
        paths = [*[pause] * PAUSES, *recordings] * turns
        self.messages = tag_files(paths, Plan(str(model)), workers)
        self._recordings, self._pause = len(recordings), pause
        self._ahead = PAUSES - workers + 1  # pauses to be over when the first recording begins

    def __call__(self) -> float:
        """One turn: seconds from when the first recording begins until all are tagged."""
        while self._ahead:
            self._finish_one()
        began, self._ahead, left = time.perf_counter(), PAUSES, self._recordings
        while left:
            left -= self._finish_one()
        if self._ahead < 1:
            raise RuntimeError("A worker was held up: recordings of the next turn have begun.")
        return time.perf_counter() - began

    def _finish_one(self) -> bool:
        """Wait until one more is tagged; whether it is no pause."""
        path, message = next(self.messages)
        while not isinstance(message, Tags):
            path, message = next(self.messages)
        if message.error:
            raise RuntimeError(message.error)
        self._ahead -= path == self._pause
        return path != self._pause


def plain(network: Cnn14, path: Path, whole: bool = False) -> list[Floats]:
    """What one writes first: a recording's seconds one by one, and mean and maximum of the scores.

    Args:
        network: in eager PyTorch.
        path: of the recording.
        whole: whether the scores of one pass over the whole are wanted, too.
    """
    frames, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
    waveform = soxr.resample(frames.mean(axis=1), sample_rate, SAMPLE_RATE)
    starts = range(0, len(waveform) - SAMPLE_RATE // 2, SAMPLE_RATE)
    seconds = [waveform[None, start : start + SAMPLE_RATE] for start in starts]
    with torch.no_grad():
        each = [_scores(network, second) for second in seconds]
        found = [np.mean(each, axis=0), np.max(each, axis=0)]
        return [*found, _scores(network, waveform[None])] if whole else found


def _scores(network: Cnn14, waveform: Floats) -> Floats:
    scores: Floats = torch.sigmoid(network(torch.from_numpy(waveform)).logits)[0].numpy()
    return scores


def write(folder: Path, sound: Floats, count: int, seconds: int) -> list[Path]:
    """Cut recordings of several kinds out of sound (samples,) at 32 kHz."""
    folder.mkdir()
    paths = []
    for number, piece in enumerate(sound[: count * seconds * SAMPLE_RATE].reshape(count, -1)):
        ending, sample_rate, channels = KINDS[number % len(KINDS)]
        mono = soxr.resample(piece, SAMPLE_RATE, sample_rate)
        paths.append(folder / f"{number}{ending}")
        soundfile.write(paths[-1], np.stack([mono] * channels, axis=1), sample_rate)
    return paths


def measure(material: Material, rounds: int) -> Section:
    """How many times as fast as real time recordings are tagged, on one core and on two."""
    sound = material.segments.reshape(-1)
    pauses = write(material.folder / "pause", sound, 1, 1)
    rows: list[Row] = []
    for count, length in FOLDERS:
        recordings = write(material.folder / f"{length} s", sound, count, length)
        taken = _times(material, recordings, pauses[0], length * SAMPLE_RATE <= AT_ONCE, rounds)
        for cores_used, (ours, *loops) in taken.items():
            what = f"{length} s, {cores_used} {'core' if cores_used == 1 else 'cores'}"
            for name, seconds in zip(("tag", *LOOPS), (ours, *loops), strict=False):
                pace = [count * length / each for each in seconds]
                rows.append(Row(f"{what}: {name}", "x real time", pace))
            for name, seconds in zip(LOOPS, loops, strict=False):
                rows.append(Row(f"  {name} / tag", "x", ratios(seconds, ours), at_least=FASTER))
    notes = [
        "On one core it is tag with 1 worker against PyTorch on 1 thread, on two 2 workers against"
        " 2 threads. Counted is from the first recording to the last, reading the files included."
        " Starting the processes and opening the network are not counted, nor is writing the table:"
        " in a long run they take a small share.",
        "The plain loop takes a recording's seconds one by one, and mean and maximum of their scores."
        " tag gives recordings up to 30 s, such as those of 10 s, the scores of one pass over the"
        " whole, too, which doubles its work. The loop with it does the same.",
        "The recordings are WAV and FLAC at 44.1 kHz in stereo, FLAC at 48 kHz and Ogg at 32 kHz.",
    ]
    if len(TOGETHER) < 2:
        notes.append("There is one core only: 2 workers cannot be faster.")
    return Section("Folders of recordings, 1 s segments, fp32", rows, notes)


def _times(
    material: Material, recordings: Sequence[Path], pause: Path, short: bool, rounds: int
) -> dict[int, list[list[float]]]:
    """Seconds of each turn, by the cores in use: of tag, of the plain loop, and with the whole."""
    network, threads = material.network, torch.get_num_threads()
    taken: dict[int, list[list[float]]] = {}
    with ExitStack() as stack:
        stack.callback(torch.set_num_threads, threads)
        turns: list[tuple[list[float], Callable[[], float]]] = []
        for number in TOGETHER:
            workers = Workers(recordings, pause, material.checkpoint, number, rounds + 1)
            stack.enter_context(closing(workers.messages))
            loops = [
                partial(_loop, network, recordings, number, whole)
                for whole in (False, True)[: 1 + short]
            ]
            taken[number] = [[] for _ in (workers, *loops)]
            turns += zip(taken[number], (workers, *loops), strict=True)
        for turn in range(rounds + 1):
            for seconds, call in turns:
                seconds.append(call())
            turns.reverse()
    return {number: [seconds[1:] for seconds in each] for number, each in taken.items()}


def _loop(network: Cnn14, recordings: Sequence[Path], threads: int, whole: bool) -> float:
    """Seconds that the plain loop takes for some recordings."""
    torch.set_num_threads(threads)
    began = time.perf_counter()
    for path in recordings:
        plain(network, path, whole)
    return time.perf_counter() - began
