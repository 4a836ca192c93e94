"""Reading the recording of a listed clip, with all that is wrong with it."""

import numpy as np
from numpy.typing import NDArray

from epanns.audio.level import rms_dbfs
from epanns.audio.read import read_waveform
from epanns.audio.selection import ChannelChoice, SoundSelection
from epanns.datasets.listing import ListedClip
from epanns.errors import AudioFileError
from epanns.frontend.parameters import SAMPLE_RATE

SLACK = 1.0  # seconds by which a clip that is cut already may be longer than its segment
SILENT = -90.0  # dBFS, below which 16 bits hold hardly anything


def read_clip(
    row: ListedClip, channel: ChannelChoice = None, limit: int = 0
) -> tuple[NDArray[np.float32], list[str]]:
    """The sound of a clip.

    Args:
        row: the clip.
        channel: which channel is taken; see epanns/audio/channel_mixer.py.
        limit: samples after which it is cut off; 0 for none.

    Returns:
        The waveform, float32 (samples,) at 32 kHz in [-1, 1], and a sentence for each thing that is
        wrong with it: those of epanns.audio.read, and silence under a label.

    Raises:
        AudioFileError: nothing of it can be read.
    """
    warnings: list[str] = []
    waveform = _segment(read_waveform(row.path, warnings, SoundSelection(channel=channel)), row)
    if limit:
        waveform = waveform[:limit]
    if row.labels and rms_dbfs(waveform) < SILENT:
        warnings.append(f"{row.path} is silent, though it is labelled {'; '.join(row.labels)}.")
    return waveform, warnings


def _segment(waveform: NDArray[np.float32], row: ListedClip) -> NDArray[np.float32]:
    """The part of a recording that a row means, float32 (samples,).

    A recording hardly longer than the segment is the clip itself, which was cut before; a longer
    one is the whole recording, and the segment is cut out of it here.
    """
    if row.segment is not None:
        start, end = (round(second * SAMPLE_RATE) for second in row.segment)
        if len(waveform) > end - start + SLACK * SAMPLE_RATE:
            waveform = waveform[start:end]
    if not waveform.size:
        raise AudioFileError(f"{row.path} holds no sound where the clip should be.")
    return waveform
