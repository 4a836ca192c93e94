"""Sound in containers with a clock, in which it may begin late, pause or have several tracks."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

RATE = 16000
FRAME = 1000  # samples of PCM in a packet

Piece = tuple[float, np.ndarray]


def beep(seconds: float, at: float, rate: int = RATE) -> np.ndarray:
    """Silence with a whistle of 0.2 s from `at` on, (samples,) in [-1, 1]."""
    time = np.arange(round(seconds * rate)) / rate
    return 0.5 * np.sin(2 * np.pi * 1000 * time) * ((time >= at) & (time < at + 0.2))


def write_tracks(
    path: Path,
    tracks: Sequence[Sequence[Piece]],
    codec: str = "pcm_s16le",
    default: int | None = None,
    **options: str,
) -> None:
    """Write a file by FFmpeg.

    Args:
        path: the file; its ending says in which container.
        tracks: of each track its pieces: when they begin in seconds, and float (samples,).
        codec: of all tracks.
        default: the track that is marked as the default one, from 0 on.
        **options: the container's.
    """
    with av.open(str(path), "w", options=options) as container:
        streams: list[Any] = []
        for number in range(len(tracks)):
            stream: Any = container.add_stream(codec, rate=RATE, layout="mono")
            if default is not None:
                stream.disposition = int(number == default)
            streams.append(stream)
        packets = []
        for stream, pieces in zip(streams, tracks, strict=True):
            for frame in _frames(pieces, stream):
                packets += stream.encode(frame)
            packets += [packet for packet in stream.encode(None) if packet.size]
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)


def _frames(pieces: Sequence[Piece], stream: Any) -> list[Any]:
    """The pieces as frames that the codec takes."""
    frames = []
    size = stream.codec_context.frame_size or FRAME
    for start, waveform in pieces:
        samples = np.rint(waveform * 32767).astype(np.int16)[None]
        for first in range(0, samples.shape[1], size):
            frame: Any = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[:, first : first + size]), "s16", "mono"
            )
            frame.sample_rate = RATE
            frame.pts = round(start * RATE) + first
            frame.time_base = Fraction(1, RATE)
            frames.append(_converted(frame, stream))
    return frames


def _converted(frame: Any, stream: Any) -> Any:
    """A frame in the sample format of a codec."""
    if frame.format.name == stream.codec_context.format.name:
        return frame
    (converted,) = av.AudioResampler(stream.codec_context.format, "mono", RATE).resample(frame)
    converted.pts, converted.time_base = frame.pts, frame.time_base
    return converted


def onsets(waveform: np.ndarray, rate: int = 32000, level: float = 0.1) -> list[float]:
    """When whistles begin that exceed a level (RMS) in sound that is silent but for them, in s."""
    window = rate // 100
    blocks = waveform[: len(waveform) // window * window].reshape(-1, window)
    loud = np.sqrt(np.mean(np.square(blocks), axis=1)) > level
    return [float(at) / 100 for at in np.flatnonzero(loud[1:] & ~loud[:-1]) + 1]
