"""What FFmpeg may read: the file that it is given, and nothing from the network."""

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from epanns.audio import ffmpeg
from epanns.audio.ffmpeg import format_name, open_sound
from epanns.audio.sound import Damage
from epanns.audio.sound_formats import SOUND_FORMATS
from epanns.errors import AudioFileError
from tests.support.joined_sounds import encoded, read

PLAYLISTS = {
    "hls.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{url}'\n",
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=audio {port} RTP/AVP 0\n",
}


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this computer, and what it is asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sound.wav", paths
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_recording_that_names_an_address_makes_it_ask_for_nothing(
    name: str, asked: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, paths = asked
    playlist = tmp_path / name
    playlist.write_text(PLAYLISTS[name].format(url=url, port=url.split(":")[2].split("/")[0]))
    with pytest.raises(AudioFileError, match="is no sound file"):  # noqa: SIM117
        with open_sound(playlist, Damage([])) as sound:
            list(sound.blocks)
    assert paths == []


# What a text or a picture may be that is called x.wav: FFmpeg goes by the content.
NO_SOUND = {
    "ffconcat": b"ffconcat version 1.0\nfile sound.flac\nfile sound.flac\n",
    "HLS": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsound.flac\n#EXT-X-ENDLIST\n",
    "SDP": PLAYLISTS["session.sdp"].format(port=5004).encode(),
    "DASH": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>',
    "a script of endless sound": b"-SE\nalloff: -\nx: 440+4/10\nNOW x\n",
    "SubRip": b"1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nHi\n",
    "WebVTT": b"WEBVTT\n\n00:01.000 --> 00:04.000\nHello\n",
    "ASS": b"[Script Info]\nScriptType: v4.00+\n",
    "SAMI": b"<SAMI><HEAD></HEAD></SAMI>",
    "lyrics": b"[00:01.00]Hello\n[00:02.00]Hello\n",
    "tags": b";FFMETADATA1\ntitle=x\n",
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(64),
    "GIF": b"GIF89a" + bytes(64),
    "text": b"Nothing in particular.\n" * 20,
}


@pytest.mark.parametrize("kind", NO_SOUND)
def test_what_holds_no_sound_itself_is_refused_whatever_its_name(kind: str, tmp_path: Path) -> None:
    encoded(tmp_path / "sound.flac", 1.0, "flac")
    path = tmp_path / "x.wav"
    path.write_bytes(NO_SOUND[kind])
    with pytest.raises(AudioFileError, match="is no sound file"):  # noqa: SIM117
        with open_sound(path, Damage([])):
            pass
    assert format_name(path) == ""


def test_no_format_that_may_be_read_names_other_files_or_devices() -> None:
    others = {
        "concat", "hls", "dash", "webm_dash_manifest", "imf", "sdp", "rtsp", "rtp", "sap",
        "ffmetadata", "data", "image2", "image2pipe", "lavfi", "sbg", "alsa", "oss", "x11grab",
        "fbdev", "kmsgrab", "video4linux2", "v4l2", "pulse", "jack", "mlv", "vobsub", "vapoursynth",
    }  # fmt: skip
    allowed = SOUND_FORMATS.split(",")
    assert not others & set(allowed)
    assert not [name for name in allowed if name.endswith("_pipe")]
    assert len(set(allowed)) == len(allowed)


class Endless:
    """A container whose packets come for ever and hold no sound."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self.packets = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def demux(self, stream: Any) -> Iterator[Any]:
        yield from (packet for packet in self._container.demux(stream) if packet.size)
        while True:
            self.packets += 1
            yield self

    def decode(self) -> list[Any]:
        return []


@pytest.mark.parametrize("noted", [True, False])
def test_a_decoder_that_gives_nothing_new_is_given_up(
    noted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.m4a"
    encoded(path, 2.0, "aac")
    opened = ffmpeg._opened
    monkeypatch.setattr(ffmpeg, "PATIENCE", 0.2)
    monkeypatch.setattr(ffmpeg, "_opened", lambda *of: closing(Endless(opened(*of))))
    sentence = "decoder gave nothing new for 0.2 s and was given up"
    faults: list[str] | None = [] if noted else None
    with open_sound(path, Damage(faults)) as sound:
        if faults is not None:
            assert sum(map(len, sound.blocks)) > 0
            assert len(faults) == 1 and sentence in faults[0]
        else:
            with pytest.raises(AudioFileError, match=sentence):
                list(sound.blocks)


@pytest.mark.parametrize(("ending", "codec"), [("m4a", "aac"), ("tta", "tta"), ("mkv", "aac")])
def test_a_file_that_is_cut_off_is_not_called_damaged(
    ending: str, codec: str, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"movflags": "faststart"} if ending == "m4a" else {}
    content = encoded(tmp_path / f"whole.{ending}", 6.0, codec, **options)
    seconds, (warning,) = read(tmp_path / f"a.{ending}", content[: len(content) * 2 // 3])
    assert 3 < seconds < 4.5
    assert warning.startswith("F is cut off: 6.") and f"{seconds:.1f} s are there." in warning


def test_the_format_is_told_by_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(encoded(tmp_path / "a.mp3", 1.0, "mp3"))
    assert format_name(path) == "mp3"
    path.write_bytes(b"no sound at all")
    assert format_name(path) == ""
