"""The sound of a recording on disk, block by block, for every format that can be decoded.

The sound of a file is conditioned as in the live program (epanns/audio/conditioning.py): a file
tagged here and the same file played there give the network the same samples.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from epanns.audio.channel_mixer import lost_in_mean
from epanns.audio.conditioning import Conditioner
from epanns.audio.decode import open_sound
from epanns.audio.selection import ALL, SoundSelection, missing_channel
from epanns.audio.sound import MissingSound
from epanns.errors import AudioFileError, writable
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.storage.file_state import FileState

Floats = NDArray[np.float32]

BLOCK_SECONDS = 1.0  # read at a time: enough for the steps in between not to count
LOUD = 2.0  # times full scale; decoders of lossy formats may exceed it a little, and mean no harm


class RecordingReader:
    """The sound of a file in blocks of a second, float32 (samples,); it can be iterated once.

    Args:
        path: a file in any format that epanns/audio/decode.py reads.
        selection: what of it is read.

    Attributes:
        samples: how many have been read, at 32 kHz.
        sample_rate: of the file, in Hz.

    Raises:
        AudioFileError: the file is missing or no sound; while iterating, nothing can be decoded.
    """

    def __init__(self, path: Path, selection: SoundSelection = ALL) -> None:
        self.samples = 0
        self._path = path
        self._begun = FileState.of(path)
        with open_sound(path, track=selection.track) as sound:
            self.sample_rate, self._length = sound.sample_rate, sound.seconds
        self._warnings: list[str] = []
        self._blocks = blocks(path, warnings=self._warnings, selection=selection)

    def __iter__(self) -> Iterator[Floats]:
        for block in self._blocks:
            self.samples += len(block)
            yield block
        if FileState.of(self._path) != self._begun:
            self._warnings.append(
                MissingSound(
                    f"{self._path} was written to while it was read; what was there by then was"
                    " read."
                )
            )

    @property
    def state(self) -> FileState | None:
        """The state of the file, once all of it is read; None where sound of it is missing."""
        missing = any(isinstance(warning, MissingSound) for warning in self._warnings)
        return None if missing else self._begun

    @property
    def seconds(self) -> float:
        """How much has been read; the length of the recording once all of it is."""
        return self.samples / SAMPLE_RATE

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each fault of the file, once all of it is read."""
        return tuple(map(writable, self._warnings))

    def share(self, seconds: float) -> float:
        """The share of the recording that its first `seconds` are, 0 to 1; 0 if unknown."""
        return min(seconds / self._length, 1.0) if self._length else 0.0


def blocks(
    path: Path,
    samples: int = SAMPLE_RATE,
    warnings: list[str] | None = None,
    selection: SoundSelection = ALL,
) -> Iterator[Floats]:
    """The sound of a file, in bounded memory.

    Args:
        path: a file in any format that epanns/audio/decode.py reads.
        samples: the length of each block; the last one is what is left.
        warnings: if given, a sentence for each fault, such as a file that was cut off or is damaged
            half-way, is put here once the last block is read.
        selection: what of it is read.

    Yields:
        float32 (samples,) at 32 kHz: the channels mixed, with zeros for NaN and infinity, within
        [-1, 1]. The sound as a whole does not depend on `samples`.

    Raises:
        AudioFileError: the file is missing, no sound, nothing of it can be read, or it lacks the
            track or channel.
    """
    if samples < 1:
        raise ValueError(f"A block has 1 sample at least; found {samples}.")
    held: list[Floats] = []
    waiting = 0
    for piece in _pieces(path, [] if warnings is None else warnings, selection):
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


class _SampleQueue:
    """What a Conditioner writes to while a file is read; see SampleWriter."""

    def __init__(self) -> None:
        self._pieces: list[Floats] = []

    def write(self, waveform: Floats) -> None:
        if waveform.size:
            self._pieces.append(waveform.copy())

    def take(self) -> list[Floats]:
        pieces, self._pieces = self._pieces, []
        return pieces


def read_waveform(
    path: Path, warnings: list[str] | None = None, selection: SoundSelection = ALL
) -> Floats:
    """A whole file as one waveform, for files that fit into memory.

    Args:
        path: the file.
        warnings: if given, what can be read of a damaged file is, and a sentence for each fault is
            added to this list.
        selection: what of it is read.

    Returns:
        float32 (samples,) at 32 kHz in [-1, 1]; see blocks.

    Raises:
        AudioFileError: see blocks; also where the file is damaged and `warnings` is None.
    """
    return np.concatenate(list(_pieces(path, warnings, selection)))


def _pieces(path: Path, warnings: list[str] | None, selection: SoundSelection) -> Iterator[Floats]:
    """The sound of a file as it is decoded, float32 (samples,) at 32 kHz.

    Raises:
        AudioFileError: also where the file is damaged and `warnings` is None.
    """
    queue = _SampleQueue()
    samples = 0
    loudest = 0.0
    faults: list[str] = []
    met = None if warnings is None else faults
    with open_sound(path, BLOCK_SECONDS, met, selection.track) as sound:
        if sentence := missing_channel(str(path), sound.channels, selection.channel):
            raise AudioFileError(sentence)
        conditioner = Conditioner(queue, sound.sample_rate, sound.channels, selection.channel)
        for frames in sound.blocks:
            loudest = max(loudest, _loudest(frames))
            conditioner.push(frames)
            for piece in queue.take():
                samples += len(piece)
                yield piece
        conditioner.finish()
        for piece in queue.take():
            samples += len(piece)
            yield piece
    if not samples:
        raise AudioFileError(
            faults[0] if faults else f"{path} holds no sound; choose a file with sound in it."
        )
    if warnings is None:
        return
    warnings.extend(faults)
    if conditioner.non_finite:
        warnings.append(
            f"{path} holds {conditioner.non_finite:,} samples that are no numbers; zeros stand in"
            " for them."
        )
    if loudest > LOUD:
        warnings.append(
            f"{path} reaches {loudest:.3g} times full scale; what lies beyond it was clipped."
        )
    warnings.extend(lost_in_mean(str(path), conditioner.mixer))


def _loudest(frames: Floats) -> float:
    """The largest finite magnitude in frames (frames, channels)."""
    high = float(max(frames.max(initial=0.0), -frames.min(initial=0.0)))
    if np.isfinite(high):
        return high
    return float(np.abs(frames, where=np.isfinite(frames), out=np.zeros_like(frames)).max())
