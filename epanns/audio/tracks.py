"""Which of the audio tracks of a container is read."""

from pathlib import Path
from typing import Any

from epanns.audio.sound import Damage
from epanns.errors import AudioFileError

DEFAULT = 1  # FFmpeg's flag of a default track


def choose_track(container: Any, path: Path, wanted: int | None, damage: Damage) -> Any:
    """The audio track that is read: the one asked for, else the default one, else the first.

    Args:
        container: an open container of FFmpeg.
        path: its file.
        wanted: the number of a track, from 1 on; None for the default.
        damage: where the tracks are noted that are not read, unless one was asked for.

    Returns:
        An audio stream of FFmpeg, with a codec, a rate and channels.

    Raises:
        AudioFileError: there is none, or it cannot be decoded.
    """
    tracks = container.streams.audio
    if not tracks:
        raise AudioFileError(f"{path} has no sound in it; choose a file with sound.")
    check_track(path, wanted, len(tracks))
    if wanted is not None:
        chosen = tracks[wanted - 1]
    else:
        able = [track for track in tracks if _is_able(track)] or tracks
        chosen = next((track for track in able if _is_default(track)), able[0])
        _name_others(tracks, chosen, path, damage)
    if chosen.codec_context is None:
        raise AudioFileError(f"{path} is in a format that FFmpeg cannot decode.")
    if not _is_able(chosen):
        raise AudioFileError(f"{path} is damaged: its header names no rate or no channels.")
    return chosen


def check_track(path: Path, wanted: int | None, there: int = 1) -> None:
    """Refuse a track that a file does not have.

    Raises:
        AudioFileError: it has fewer.
    """
    if wanted is not None and wanted > there:
        tracks = "one audio track" if there == 1 else f"{there} audio tracks"
        raise AudioFileError(f"{path} has {tracks}; there is no track {wanted}.")


def _is_able(track: Any) -> bool:
    """Whether FFmpeg can decode a track, by its header."""
    return track.codec_context is not None and bool(track.rate and track.channels)


def _is_default(track: Any) -> bool:
    return bool(int(getattr(track, "disposition", 0)) & DEFAULT)


def _name_others(tracks: Any, chosen: Any, path: Path, damage: Damage) -> None:
    if len(tracks) < 2:
        return
    names = [f"{number} ({_about(track)})" for number, track in enumerate(tracks, 1)]
    read = names.pop(list(tracks).index(chosen))
    damage.remark(
        f"{path} has {len(tracks)} audio tracks; {read} is read, not {', '.join(names)};"
        " tag, detect and embed read another by --track N."
    )


def _about(track: Any) -> str:
    """A track's title, language and kind of coding."""
    codec = track.codec_context.name if track.codec_context else "unknown coding"
    words = [track.metadata.get("title"), track.metadata.get("language"), codec]
    return ", ".join(" ".join(word.split()) for word in words if word and word != "und")
