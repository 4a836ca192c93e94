"""Recordings tagged as `python -m epanns tag` does it, against a plain loop in PyTorch."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch

from benchmarks.machine import cores
from benchmarks.material import Floats, Material
from benchmarks.rounds import Row, Section, ratios
from epanns.files.process_pool import ProcessPool
from epanns.files.tagging import AT_ONCE, RecordingTags, ScoringPlan
from epanns.files.task import Message, RecordingFailure, RecordingPart
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks.cnn14_network import Cnn14

FOLDERS = ((4, 40), (8, 10))  # recordings of a turn, seconds of each
KINDS = ((".wav", 44100, 2), (".flac", 48000, 1), (".ogg", 32000, 1), (".flac", 44100, 2))
CORES = (1, 2) if cores() > 1 else (1,)  # workers of ours, threads of PyTorch's
FASTER = 3
SMALLER = 6


class Workers:
    """Processes that have opened the network, and do nothing between turns.

    Each is a run of a pool with one worker and its share of the recordings: in one run of several,
    the worker that is first done with a turn would begin the next one.

    Args:
        recordings: what is tagged in a turn.
        model: the weights.
        count: how many processes.
        turns: how many there are; processes start in the first.
    """

    def __init__(self, recordings: Sequence[Path], model: Path, count: int, turns: int) -> None:
        shares = [recordings[number::count] for number in range(count)]
        self._runs = [
            ProcessPool(str(model)).run(ScoringPlan(), [*share] * turns) for share in shares
        ]
        self._shares = [len(share) for share in shares]
        self._pool = ThreadPoolExecutor(count)

    def __call__(self) -> None:
        """One turn."""
        list(self._pool.map(_wait_for, self._runs, self._shares))

    def close(self) -> None:
        """End the processes."""
        for run in self._runs:
            run.close()
        self._pool.shutdown()


def _wait_for(run: Iterator[tuple[Path, Message[RecordingTags]]], count: int) -> None:
    """Wait until `count` more recordings are tagged."""
    while count:
        _, message = next(run)
        if isinstance(message, RecordingFailure):
            raise RuntimeError(message.error)
        count -= not isinstance(message, RecordingPart)


def plain(network: Cnn14, path: Path) -> tuple[Floats, Floats, Floats | None]:
    """A straightforward loop in eager PyTorch that computes what tag gives for a recording.

    Args:
        network: what scores its seconds, one at a time, and all of it at once up to 30 s.
        path: the recording.

    Returns:
        float32 (527,) each: mean and maximum of the scores of its seconds, and the scores of one
        pass over all of it, None for more than 30 s.
    """
    frames, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
    waveform = soxr.resample(frames.mean(axis=1), sample_rate, SAMPLE_RATE)

    def scored(part: Floats) -> Floats:
        with torch.no_grad():
            scores: Floats = torch.sigmoid(network(torch.from_numpy(part[None])).logits)[0].numpy()
        return scores

    starts = range(0, len(waveform) - SAMPLE_RATE // 2, SAMPLE_RATE)
    scores = [scored(waveform[start : start + SAMPLE_RATE]) for start in starts]
    whole = scored(waveform) if len(waveform) <= AT_ONCE else None
    return np.mean(scores, axis=0), np.max(scores, axis=0), whole


def write(folder: Path, sound: Floats, count: int, length: int) -> list[Path]:
    """Cut recordings of `length` seconds, of several kinds, from float32 (samples,) at 32 kHz."""
    folder.mkdir()
    paths = []
    for number, piece in enumerate(sound[: count * length * SAMPLE_RATE].reshape(count, -1)):
        ending, sample_rate, channels = KINDS[number % len(KINDS)]
        mono = soxr.resample(piece, SAMPLE_RATE, sample_rate)
        paths.append(folder / f"{number}{ending}")
        soundfile.write(paths[-1], np.stack([mono] * channels, axis=1), sample_rate)
    return paths


def measure(material: Material, rounds: int) -> Section:
    """How many times as fast as real time recordings are tagged, on one core and on two."""
    sound = material.segments.reshape(-1)
    rows, data = [], {}
    for count, length in FOLDERS:
        recordings = write(material.folder / f"{length} s", sound, count, length)
        for together in CORES:
            what = f"{length} s recordings, {together} {'core' if together == 1 else 'cores'}"
            ours, loop = _times(material, recordings, together, rounds)
            for name, taken in (("", ours), (", plain loop", loop)):
                pace = [count * length / seconds for seconds in taken]
                rows.append(Row(what + name, "x real time", pace))
            rows.append(Row("  plain loop / tag", "x", ratios(loop, ours), at_least=FASTER))
            data[what] = {"tag": ours, "plain loop": loop}
            if (count, length, together) == (*FOLDERS[0], 1):
                small = _times_of_small(material, recordings, rounds)
                pace = [count * length / seconds for seconds in small[0]]
                rows.append(Row("  EfficientAT mn04's size", "x real time", pace))
                row = Row(
                    "  E-PANNs' size / it, by turns", "x", ratios(small[1], small[0]), SMALLER
                )
                rows.append(row)
    notes = [
        "tag has a worker for each core, the plain loop a thread: eager PyTorch that scores one"
        " second after the other. Both read the files: WAV and FLAC at 44.1 kHz in stereo, FLAC at"
        " 48 kHz, Ogg at 32 kHz. Two workers have half of them each.",
        "Timed is from the first recording to the last. Not counted are the start of the processes,"
        " opening the network, for both, and writing the table: in a long run they do not matter.",
        "Both score recordings of up to 30 s as a whole, too, which doubles the work, and which"
        " PyTorch does with less waste than single seconds.",
    ]
    if len(CORES) < 2:
        notes.append("There is one core only: 2 workers were not tried.")
    return Section("Folders of recordings, 1 s segments, fp32", rows, notes, {"seconds": data})


def _times(
    material: Material, recordings: Sequence[Path], together: int, rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of every turn of tag and of the plain loop, after one of each to warm up."""
    network, threads = material.network, torch.get_num_threads()
    workers = Workers(recordings, material.checkpoint, together, rounds + 1)

    def loop() -> None:
        for path in recordings:
            plain(network, path)

    torch.set_num_threads(together)
    with closing(workers):
        ours, plainly = _by_turns(workers, loop, rounds)
    torch.set_num_threads(threads)
    return ours, plainly


def _times_of_small(
    material: Material, recordings: Sequence[Path], rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of every turn of tag with a network of mn04's size and with one of E-PANNs'."""
    small = Workers(recordings, material.small_checkpoint, 1, rounds + 1)
    full = Workers(recordings, material.checkpoint, 1, rounds + 1)
    with closing(small), closing(full):
        return _by_turns(small, full, rounds)


def _by_turns(
    one: Callable[[], None], other: Callable[[], None], rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of every turn of two contenders, after one of each to warm up."""
    ones: list[float] = []
    others: list[float] = []
    turns = [(ones, one), (others, other)]
    for _ in range(rounds + 1):
        for seconds, call in turns:
            began = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - began)
        turns.reverse()
    return ones[1:], others[1:]
