"""Recordings on disk: which files are meant, and their sound piece by piece, whatever they are.

Whatever is heard of a file goes the way that the live program takes (epanns/audio/conditioning.py):
a file tagged here and one played there give the network the same samples.
"""

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.audio.conditioning import Conditioner
from epanns.audio.decode import open_sound
from epanns.errors import AudioFileError
from epanns.frontend.parameters import SAMPLE_RATE

Floats = NDArray[np.float32]

BLOCK_SECONDS = 1.0  # read at a time: enough for the steps in between not to count
LOUD = 2.0  # times full scale; decoders of lossy formats may exceed it a little, and mean no harm

# Endings of files that lie beside recordings and are surely no sound. Whatever else is found in a
# folder is tried: recordings have many endings, or none.
NO_SOUND = frozenset(
    """
    .bat .bib .bin .bmp .c .cfg .conf .cpp .css .csv .db .doc .docx .eps .gif .gz .h .h5 .hdf5 .htm
    .html .ico .ini .ipynb .jpeg .jpg .js .json .jsonl .lnk .log .m3u .m3u8 .mat .md .mid .midi .npy
    .npz .odt .onnx .part .pdf .pkl .png .pls .ppt .pptx .ps .pt .pth .py .pyc .rst .rtf .sh .sha256
    .sqlite .srt .svg .tar .tex .textgrid .tif .tiff .toml .tsv .txt .webp .xls .xlsx .xml .yaml
    .yml .zip
    """.split()  # noqa: SIM905 (shorter)
)


def expand(paths: Iterable[str | Path], left_out: "Counter[str] | None" = None) -> list[Path]:
    """The files that a user means.

    Args:
        paths: files, folders (with all folders in them; links to folders are not followed), or
            patterns such as "field/*.wav" or "field/**/*.wav". A path that is there is never taken
            for a pattern.
        left_out: if given, what a folder or pattern holds and is left out is counted here, by its
            ending: hidden files (all as "hidden") and files that are surely no sound, see NO_SOUND.

    Returns:
        Each file once, in the order of the paths, those of one folder or pattern sorted. What a
        path names outright is always among them, whatever its ending, even where it is missing:
        reading it says why that cannot be done.
    """
    counts: Counter[str] = Counter() if left_out is None else left_out
    found: dict[str, Path] = {}
    for given in paths:
        for path in _meant(Path(given), counts):
            found.setdefault(os.path.abspath(path), path)  # noqa: PTH100 (follows no links)
    return list(found.values())


def blocks(
    path: Path, samples: int = SAMPLE_RATE, warnings: list[str] | None = None
) -> Iterator[Floats]:
    """The sound of a file, in bounded memory.

    Args:
        path: anything that epanns/audio/decode.py reads.
        samples: how long each block is; the last one is what is left.
        warnings: if given, a sentence for each thing that was wrong, such as a file that was cut
            off or damaged half-way, is put here once the last block is read.

    Yields:
        float32 (samples,) at 32 kHz: the mean of the channels, with zeros for what is no number,
        within [-1, 1]. What they hold does not depend on `samples`.

    Raises:
        AudioFileError: the file is missing, no sound, or nothing of it can be read.
    """
    if samples < 1:
        raise ValueError(f"A block has 1 sample at least; found {samples}.")
    held: list[Floats] = []
    waiting = 0
    for piece in _pieces(path, [] if warnings is None else warnings):
        held.append(piece)
        waiting += len(piece)
        if waiting < samples:
            continue
        joined = np.concatenate(held)
        whole = waiting - waiting % samples
        yield from joined[:whole].reshape(-1, samples)
        held, waiting = [joined[whole:]], waiting - whole
    if waiting:
        yield np.concatenate(held)


def length(path: Path) -> float:
    """How long a file is in seconds, as far as can be told without reading it; 0 where it cannot.

    Raises:
        AudioFileError: the file is missing, or no sound.
    """
    with open_sound(path) as sound:
        return sound.seconds


class _Queue:
    """Where an Intake writes to, in place of a ring buffer."""

    def __init__(self) -> None:
        self._pieces: list[Floats] = []

    def write(self, waveform: Floats) -> None:
        if waveform.size:
            self._pieces.append(waveform.copy())

    def taken(self) -> list[Floats]:
        pieces, self._pieces = self._pieces, []
        return pieces


def _pieces(path: Path, warnings: list[str]) -> Iterator[Floats]:
    """The sound of a file as it comes, at 32 kHz."""
    queue = _Queue()
    samples = 0
    loudest = 0.0
    faults: list[str] = []
    with open_sound(path, BLOCK_SECONDS, faults) as sound:
        intake = Conditioner(queue, sound.sample_rate, sound.channels)  # type: ignore[arg-type]
        for frames in sound.blocks:
            loudest = max(loudest, _loudest(frames))
            intake.push(frames)
            for piece in queue.taken():
                samples += len(piece)
                yield piece
        intake.finish()
        for piece in queue.taken():
            samples += len(piece)
            yield piece
    if not samples:
        raise AudioFileError(
            faults[0] if faults else f"{path} holds no sound; choose a file with sound in it."
        )
    warnings.extend(faults)
    if intake.non_finite:
        warnings.append(
            f"{path} holds {intake.non_finite:,} samples that are no numbers; zeros stand in for"
            " them."
        )
    if loudest > LOUD:
        warnings.append(
            f"{path} reaches {loudest:.3g} times full scale; what lies beyond it was clipped."
        )


def _loudest(frames: Floats) -> float:
    """The largest finite magnitude."""
    high = float(max(frames.max(initial=0.0), -frames.min(initial=0.0)))
    if np.isfinite(high):
        return high
    return float(np.abs(frames, where=np.isfinite(frames), out=np.zeros_like(frames)).max())


def _meant(given: Path, left_out: "Counter[str]") -> Iterator[Path]:
    """The files that one path means."""
    if given.is_dir():
        yield from _sounds(_files_below(given, left_out), left_out)
    elif given.exists() or not glob.has_magic(str(given)):
        yield given
    else:
        matches = [Path(match) for match in sorted(glob.glob(str(given), recursive=True))]  # noqa: PTH207
        if not matches:
            yield given
        yield from _sounds((match for match in matches if match.is_file()), left_out)


def _files_below(folder: Path, left_out: "Counter[str]") -> Iterator[Path]:
    """All files in a folder and in those below it, but for hidden ones."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.startswith("."):
                left_out["hidden"] += 1
            else:
                yield Path(parent, name)


def _sounds(paths: Iterable[Path], left_out: "Counter[str]") -> Iterator[Path]:
    """The files that may be sound."""
    for path in paths:
        if path.suffix.lower() in NO_SOUND:
            left_out[path.suffix.lower()] += 1
        else:
            yield path
