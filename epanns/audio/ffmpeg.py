"""Sound files, and the sound of videos, by FFmpeg."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from epanns.audio.clock import ContainerClock
from epanns.audio.parts import FilePart, Reading
from epanns.audio.sound import BLOCK_SECONDS, Blocks, Damage, Sound
from epanns.audio.sound_formats import SOUND_FORMATS
from epanns.audio.tracks import choose_track
from epanns.errors import AudioFileError

GUESSED = 0x100  # flag of formats without an index, whose length FFmpeg guesses from their size
JUMP = 8  # times that the rate may rise or fall within a file
DURATION = re.compile(r"(\d+):(\d\d):(\d\d\.?\d*)")  # of a stream of Matroska or WebM
NO_SOUND_LOST = {"mp3"}  # formats in which a decoder may fail at what is no sound, such as tags
PATIENCE = 60  # seconds without any sound, or of reading for a packet, until a file is given up


@contextmanager
def open_sound(
    path: Path, damage: Damage, part: FilePart | None = None, track: int | None = None
) -> Iterator[Sound]:
    """Open a file for reading; it is closed with the context.

    Args:
        path: the file.
        damage: where what is wrong with it is noted.
        part: which part of it; all of it by default.
        track: the number of the audio track, from 1 on; the default track if None.

    Raises:
        AudioFileError: FFmpeg finds no sound in it that it can read. The blocks raise it where
            the file is damaged, see Damage.
    """
    import av  # most files never need it

    part = part or FilePart()
    with ExitStack() as stack:
        source: Any = f"file:{path}"  # as a file, even if its name looks like an address
        if not part.is_whole_file:
            source = stack.enter_context(part.open(path))
        try:
            container = stack.enter_context(_opened(source, part.form))
        except av.ArgumentError:  # what it says of formats that it must not read
            raise AudioFileError(
                f"{path} is no sound file: it is damaged, or in a format that holds no sound"
                " itself, such as a list of files, a picture or subtitles."
            ) from None
        except (av.FFmpegError, ValueError) as error:
            raise AudioFileError(
                f"{path} is no sound file that libsndfile or FFmpeg can read ({_cause(error)})."
            ) from None
        stream = choose_track(container, path, track, damage)
        blocks = _Decoding(container, stream, path, damage, part).blocks()
        seconds = (container.duration or 0) / av.time_base
        yield Sound(stream.rate, stream.channels, blocks, max(seconds, 0.0))


def format_name(path: Path) -> str:
    """What FFmpeg calls the format of a file; "" for no sound file."""
    import av

    try:
        with _opened(f"file:{path}") as container:
            return str(container.format.name)
    except (av.FFmpegError, ValueError):
        return ""


def _opened(source: Any, form: str = "") -> Any:
    """An open container, which must not make FFmpeg read anything else, nor for ever."""
    import av

    return av.open(
        source,
        format=form or None,
        metadata_errors="replace",
        options={"protocol_whitelist": "file", "format_whitelist": SOUND_FORMATS},
        timeout=(PATIENCE, PATIENCE),
    )


class _Decoding:
    """The sound of a track, by the clock of its container."""

    def __init__(
        self, container: Any, stream: Any, path: Path, damage: Damage, part: FilePart
    ) -> None:
        self._container, self._stream, self._path = container, stream, path
        self._damage, self._part = damage, part
        self._converter = _Converter(stream)
        self._clock = ContainerClock(container)
        self._frames = 0  # of sound and silence
        self._failure = ""
        self._frames_before_failure = 0

    @property
    def _heard(self) -> float:
        return self._frames / self._converter.rate

    def blocks(self) -> Blocks:
        """What can be decoded, in pieces as they come, float32 (frames, channels)."""
        import av

        promised = _promised(self._container, self._stream, self._clock)
        frames, since = -1, 0.0
        try:
            for packet in self._container.demux(self._stream):
                if self._frames != frames:
                    frames, since = self._frames, time.monotonic()
                elif time.monotonic() - since > PATIENCE:
                    raise av.ExitError(0, "")
                try:
                    for frame in packet.decode():
                        yield from self._timed(frame)
                except (av.FFmpegError, ValueError) as error:
                    self._fail(error)
        except av.FFmpegError as error:
            self._fail(error)
        self._report(promised)

    def _timed(self, frame: Any) -> Blocks:
        """The sound of a decoded frame, after the silence that has to come before it."""
        gap = round(self._clock.gap(frame.time, self._heard) * self._converter.rate)
        for silence in self._converter.silence(gap):
            self._frames += len(silence)
            yield silence
        for block in self._converter(frame):
            sound = block[-gap:] if gap < 0 else block
            gap = min(gap + len(block), 0) if gap < 0 else gap
            self._frames += len(sound)
            yield sound

    def _fail(self, error: Exception) -> None:
        """The decoder failed: end the reading if damage does, else go on and tell it at the end."""
        if self._failure:
            return
        where = f"after {self._heard:.1f} s"
        self._failure = (
            f"{self._path} is damaged {where}; not all of it can be read ({_cause(error)})."
        )
        self._frames_before_failure = self._frames
        if self._container.format.name not in NO_SOUND_LOST:
            self._damage.end(self._failure)

    def _report(self, promised: float) -> None:
        """Note what is wrong, once all is read."""
        clock = self._clock
        name = str(self._path)
        failure = self._failure
        if promised > self._heard and self._frames == self._frames_before_failure:
            failure = ""  # the file ends within what could not be decoded
        self._part.check(
            Reading(name, self._heard, promised, failure, clock.missing, clock.first_hole),
            self._damage,
        )
        for remark in clock.remarks():
            self._damage.remark(f"{name} {remark}")


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

    def silence(self, frames: int) -> Blocks:
        """Silence in short blocks; none where `frames` is not above 0."""
        most = max(round(BLOCK_SECONDS * self.rate), 1)
        for first in range(0, frames, most):
            yield np.zeros((min(most, frames - first), self._channels), np.float32)


def _promised(container: Any, stream: Any, clock: ContainerClock) -> float:
    """The length in seconds that the file states, silence included; 0 where it states none."""
    if match := DURATION.match(stream.metadata.get("DURATION", "")):
        hours, minutes, seconds = map(float, match.groups())
        return 3600 * hours + 60 * minutes + seconds
    guessed = container.format.flags & GUESSED and container.format.name != "ogg"
    if guessed or not stream.duration:
        return 0.0
    start = clock.start_of(stream)
    return start + float(stream.duration * stream.time_base)


def _cause(error: Exception) -> str:
    """FFmpeg's own words, without its error number and the path."""
    import av

    if isinstance(error, av.ExitError):
        return f"its decoder gave nothing new for {PATIENCE} s and was given up"
    return getattr(error, "strerror", None) or str(error)
