"""Sound files, and the sound of videos, by FFmpeg."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from epanns.audio.sound import Blocks, Damage, Sound
from epanns.errors import AudioFileError

SLACK = 0.5  # seconds that may be missing without a report: containers round, encoders pad
GUESSED = 0x100  # flag of formats without an index, whose length FFmpeg guesses from their size
HEAD = 1 << 16  # bytes of an MP3 that are searched for its length
JUMP = 8  # times that the rate may rise or fall within a file
DURATION = re.compile(r"(\d+):(\d\d):(\d\d\.?\d*)")  # of a stream of Matroska or WebM


@contextmanager
def open_sound(path: Path, damage: Damage) -> Iterator[Sound]:
    """Open a file for reading; it is closed with the context.

    Raises:
        AudioFileError: FFmpeg finds no sound in it that it can read. The blocks raise it where
            the file is damaged, see Damage.
    """
    import av  # most files never need it

    try:
        # As a file, even if its name looks like an address; it must not make FFmpeg read from the
        # network.
        container = av.open(
            f"file:{path}", metadata_errors="replace", options={"protocol_whitelist": "file"}
        )
    except (av.FFmpegError, ValueError) as error:
        raise AudioFileError(
            f"{path} is no sound file that libsndfile or FFmpeg can read ({_cause(error)})."
        ) from None
    with container:
        if not container.streams.audio:
            raise AudioFileError(f"{path} has no sound in it; choose a file with sound.")
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise AudioFileError(f"{path} is in a format that FFmpeg cannot decode.")
        if not (stream.rate and stream.channels):
            raise AudioFileError(f"{path} is damaged: its header names no rate or no channels.")
        blocks = _blocks(container, path, damage)
        seconds = (container.duration or 0) / av.time_base
        yield Sound(stream.rate, stream.channels, blocks, max(seconds, 0.0))


def _blocks(container: Any, path: Path, damage: Damage) -> Blocks:
    """What can be decoded, in pieces as they come, float32 (frames, channels)."""
    import av

    stream = container.streams.audio[0]
    converter = _Converter(stream)
    # Players skip what is no sound in an MP3, such as tags and remains of other files.
    tell = damage.note if container.format.name == "mp3" else damage.met
    promised = _promised(container, path)
    heard = 0
    failures = 0

    def report_damage(error: Exception) -> None:
        nonlocal failures
        failures += 1
        if failures == 1:
            where = f"after {heard / converter.rate:.1f} s"
            tell(f"{path} is damaged {where}; not all of it can be read ({_cause(error)}).")

    try:
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    for block in converter(frame):
                        heard += len(block)
                        yield block
            except (av.FFmpegError, ValueError) as error:
                report_damage(error)
    except av.FFmpegError as error:
        report_damage(error)
    seconds = heard / converter.rate
    if not failures and promised > seconds + SLACK:
        damage.note(
            f"{path} is cut off: {promised:.1f} s of sound are promised, {seconds:.1f} s are there."
        )


class _Converter:
    """Converts decoded frames to float32 with the rate and channels that the file began with."""

    def __init__(self, stream: Any) -> None:
        self.rate, self._layout, self._channels = stream.rate, stream.layout, stream.channels
        self._kind: tuple[str, str, int] | None = None
        self._resampler: Any = None

    def __call__(self, frame: Any) -> Blocks:
        """The sound of a decoded frame, in pieces, float32 (frames, channels).

        Raises:
            ValueError, av.FFmpegError: it cannot follow the frames before it.
        """
        import av

        kind = frame.format.name, frame.layout.name, frame.sample_rate
        if kind != self._kind:  # the first one, or another kind of sound follows
            if not self.rate / JUMP <= frame.sample_rate <= self.rate * JUMP:
                raise ValueError(f"the rate jumps to {frame.sample_rate} Hz")
            self._resampler = av.AudioResampler(format="flt", layout=self._layout, rate=self.rate)
            self._kind = kind
        for piece in self._resampler.resample(frame):
            yield piece.to_ndarray().reshape(-1, self._channels).astype(np.float32, copy=False)


def _promised(container: Any, path: Path) -> float:
    """The length in seconds that the file states; 0 where it states none."""
    stream = container.streams.audio[0]
    if match := DURATION.match(stream.metadata.get("DURATION", "")):
        hours, minutes, seconds = map(float, match.groups())
        return 3600 * hours + 60 * minutes + seconds
    guessed = container.format.flags & GUESSED and not _names_length(path)
    if guessed or not stream.duration:
        return 0.0
    return float(stream.duration * stream.time_base)


def _names_length(path: Path) -> bool:
    """Whether a file is an MP3 that states its length, as Xing and LAME write it."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    return path.suffix.lower() == ".mp3" and (b"Xing" in head or b"Info" in head)


def _cause(error: Exception) -> str:
    """FFmpeg's own words, without its error number and the path."""
    return getattr(error, "strerror", None) or str(error)
