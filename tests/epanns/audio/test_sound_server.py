"""The channels of a microphone behind a sound server."""

import sys
from pathlib import Path

import pytest

from epanns.audio.sound_server import claims, true_channels
from tests.support.testbench.virtual_mic import VirtualMicrophone

SOURCES = """Source #1
\tName: usb_mixer
\tChannel Map: aux0,aux1,aux2,aux3
\tPorts:

Source #2
\tName: camera
\tChannel Map: front-left,front-right

Source #3
\tName: odd
\tChannel Map: top-center,front-left,front-right
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound server with three microphones of which the first is the default."""
    tool = tmp_path / "pactl"
    tool.write_text(
        "#!/bin/sh\n"
        'test "$LC_ALL" = C || exit 1\n'
        f'if test "$1" = info; then echo "Default Source: usb_mixer"; else echo "{SOURCES}"; fi\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")


@pytest.mark.parametrize(
    ("name", "found"),
    [("default", (8, 9, 10, 11)), ("camera", (0, 1)), ("pulse", (8, 9, 10, 11)), ("odd", ())],
)
def test_the_places_of_the_channels_are_found(
    name: str, found: tuple[int, ...], server: None
) -> None:
    assert true_channels(name) == found


@pytest.mark.parametrize("answer", ["exit 1", "echo nonsense", "printf '\\377\\n'"])
def test_nothing_is_known_without_an_answer(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pactl").write_text(f"#!/bin/sh\n{answer}\n")
    (tmp_path / "pactl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert true_channels("default") == ()


def test_nothing_is_known_without_the_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert true_channels("default") == ()


def test_only_devices_of_a_sound_server_claim_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert claims("default", 32) and claims("pulse", 128)
    assert not claims("MADI (hw:1,0)", 64) and not claims("default", 8)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not claims("MADI", 64)


@pytest.mark.microphone
@pytest.mark.parametrize(("channels", "found"), [(2, (0, 1)), (8, (0, 2, 4, 1, 3, 4, 8, 9))])
def test_the_real_server_tells_them(
    channels: int, found: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with VirtualMicrophone(channels=channels) as microphone:
        for name, value in microphone.env.items():
            monkeypatch.setenv(name, value)
        assert true_channels("default") == found
