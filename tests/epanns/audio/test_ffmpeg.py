"""What FFmpeg may read: the file that it is given, and nothing from the network."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from epanns.audio.ffmpeg import format_name, open_sound
from epanns.audio.sound import Damage
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
