"""A microphone through the real PyAudio, fed by the virtual one, with the faults users meet."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from epanns.audio import microphone
from epanns.audio.devices import microphones, portaudio
from epanns.audio.microphone import (
    PA_ABORT,
    PA_CONTINUE,
    PA_INPUT_OVERFLOW,
    MicrophoneSource,
)
from epanns.audio.ring_buffer import Gap
from epanns.audio.selection import ChannelChoice
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.sessions.reader import Session
from epanns.status import SourcePhase
from tests.support.programs import ROOT, environment
from tests.support.testbench.virtual_mic import VirtualMicrophone
from tests.support.waiting import wait_until

pytestmark = pytest.mark.microphone


def in_phase(source: MicrophoneSource, phase: SourcePhase) -> Callable[[], bool]:
    return lambda: source.state.phase is phase


def tone(frequency: float, seconds: float = 1.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(48000 * seconds)) / 48000)


def strongest_frequency(source: MicrophoneSource) -> float:
    waveform = source.ring.latest(SAMPLE_RATE // 2).waveform
    if waveform.size < SAMPLE_RATE // 2 or np.abs(waveform).max() < 0.1:
        return 0.0
    return 2.0 * float(np.argmax(np.abs(np.fft.rfft(waveform))))


@pytest.fixture(scope="module")
def server() -> Iterator[VirtualMicrophone]:
    """The sound server of all tests here."""
    with VirtualMicrophone() as server:
        yield server


@pytest.fixture
def mic(server: VirtualMicrophone, monkeypatch: pytest.MonkeyPatch) -> VirtualMicrophone:
    """A microphone that is plugged in and silent; it is looked for more often than in use."""
    server.stop()
    server.plug()
    server.thaw()
    server.unmute()
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(microphone, "RETRY_EVERY", 0.3)
    return server


@pytest.fixture
def source(mic: VirtualMicrophone) -> Iterator[MicrophoneSource]:
    source = MicrophoneSource()
    source.start()
    try:
        wait_until(in_phase(source, SourcePhase.LIVE))
        yield source
    finally:
        source.stop()


def test_a_tone_is_heard_at_its_own_frequency(
    mic: VirtualMicrophone, source: MicrophoneSource
) -> None:
    mic.play_array(tone(1000), loop=True)
    wait_until(lambda: strongest_frequency(source) == 1000.0)
    assert source.ring.gap_count == source.overflows == source.non_finite == 0
    assert "default" in [found.name for found in source.available]


def listening(
    server: VirtualMicrophone, monkeypatch: pytest.MonkeyPatch, channel: ChannelChoice = None
) -> MicrophoneSource:
    """A source at a sound server of its own, which hears sound."""
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    source = MicrophoneSource("", channel)
    source.start()
    wait_until(in_phase(source, SourcePhase.LIVE))
    return source


@pytest.mark.parametrize("live", [0, 4, 7])
def test_one_live_channel_of_many_is_heard_and_told(
    live: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = np.zeros((48000, 8))
    channels[:, live] = tone(1000)
    with VirtualMicrophone(channels=8) as server:
        source = listening(server, monkeypatch)
        server.play_array(channels, loop=True)
        wait_until(lambda: source.state.alone == (live + 1, 8))
        wait_until(lambda: strongest_frequency(source) == 1000.0)
        source.stop()
        chosen = listening(server, monkeypatch, live + 1)
        wait_until(lambda: strongest_frequency(chosen) == 1000.0)
        assert chosen.state.alone is None
        chosen.stop()


def test_channels_that_cancel_are_heard_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with VirtualMicrophone(channels=2) as server:
        source = listening(server, monkeypatch)
        server.play_array(np.stack((tone(1000), -tone(1000)), axis=1), loop=True)
        wait_until(lambda: source.state.alone == (1, 2))
        wait_until(lambda: strongest_frequency(source) == 1000.0)
        source.stop()


def test_only_a_microphone_with_no_sound_in_any_channel_is_muted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(microphone, "MUTED_AFTER", 0.5)
    with VirtualMicrophone(channels=2) as server:
        source = listening(server, monkeypatch, 2)
        server.play_array(np.stack((tone(1000), 0 * tone(1000)), axis=1), loop=True)
        wait_until(in_phase(source, SourcePhase.LIVE))
        begun = source.ring.position
        wait_until(lambda: source.ring.position > begun + 2 * SAMPLE_RATE)
        assert source.state.phase is SourcePhase.LIVE
        assert not source.ring.latest(SAMPLE_RATE).waveform.any()
        server.stop()
        wait_until(in_phase(source, SourcePhase.SILENT))
        source.stop()


def test_another_microphone_behind_the_same_device_is_heard_with_its_own_channels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The user picks a mixer in the desktop's settings; its channels have no place in a room."""
    monkeypatch.setattr(microphone, "MUTED_AFTER", 0.5)
    places = ",".join(f"aux{index}" for index in range(4))
    with VirtualMicrophone(channels=2) as server:
        source = listening(server, monkeypatch)
        server.pactl(
            "load-module", "module-null-sink", "sink_name=mixer", "channels=4",
            f"channel_map={places}", "norewinds=yes",
        )  # fmt: skip
        server.pactl("set-default-source", "mixer.monitor")
        wait_until(lambda: source._stream.channels == (8, 9, 10, 11))
        source.stop()


def keeps_time(source: MicrophoneSource, began: float, position: int) -> Callable[[], bool]:
    """Whether as much sound has come as time has passed; on a busy machine blocks come late."""

    def keeps() -> bool:
        heard = (source.ring.position - position) / SAMPLE_RATE
        return abs(heard - (time.monotonic() - began)) < 0.1

    return keeps


def test_the_sample_counter_keeps_real_time(source: MicrophoneSource) -> None:
    began, position = time.monotonic(), source.ring.position
    time.sleep(2.0)
    wait_until(keeps_time(source, began, position))


def test_exact_zeros_are_reported_as_muted_and_sound_ends_that(
    mic: VirtualMicrophone, source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "MUTED_AFTER", 0.5)
    mic.mute()
    wait_until(in_phase(source, SourcePhase.SILENT))
    mic.unmute()
    mic.play_array(tone(500), loop=True)
    wait_until(in_phase(source, SourcePhase.LIVE))


def test_an_unplugged_microphone_is_lost_and_taken_up_again(
    mic: VirtualMicrophone, source: MicrophoneSource
) -> None:
    mic.unplug()
    wait_until(in_phase(source, SourcePhase.LOST))
    assert source.state.reason == "The default microphone delivers no sound: is it still connected?"
    time.sleep(0.5)
    position = source.ring.position
    mic.plug()
    mic.play_array(tone(700), loop=True)
    wait_until(in_phase(source, SourcePhase.LIVE))
    wait_until(lambda: strongest_frequency(source) == 700.0)
    (gap,) = source.ring.gaps
    assert gap.reason == "microphone lost"
    assert gap.samples > (microphone.LOST_AFTER + 0.3) * SAMPLE_RATE
    assert source.ring.position > position + gap.samples


def test_a_lost_microphone_is_looked_for_every_two_seconds() -> None:
    """So it is back within 3 s; the tests here look more often."""
    assert microphone.RETRY_EVERY <= 2.0


def test_a_sound_server_that_crashes_and_restarts_is_survived(
    mic: VirtualMicrophone, source: MicrophoneSource
) -> None:
    mic.kill_server()
    wait_until(in_phase(source, SourcePhase.LOST))
    time.sleep(0.5)
    mic.start_server()
    wait_until(in_phase(source, SourcePhase.LIVE))


def test_a_frozen_microphone_is_lost_and_comes_back(
    mic: VirtualMicrophone, source: MicrophoneSource
) -> None:
    began, position = time.monotonic(), source.ring.position
    mic.freeze()
    wait_until(in_phase(source, SourcePhase.LOST))
    opening = source._opening
    wait_until(lambda: source._opening == opening + 1)
    time.sleep(1.5)  # it is open by now, and still delivers nothing
    mic.thaw()
    wait_until(in_phase(source, SourcePhase.LIVE))
    wait_until(keeps_time(source, began, position))
    assert source.ring.gap_count == 1


def test_a_stall_of_this_program_is_no_lost_microphone(source: MicrophoneSource) -> None:
    ctypes.PyDLL(None).usleep(1_500_000)  # holds Python's lock all the while
    time.sleep(0.5)
    assert source.state.phase is SourcePhase.LIVE
    assert source.ring.gap_count == 0


def test_a_program_that_stands_still_keeps_what_was_buffered_and_marks_the_rest(
    mic: VirtualMicrophone, tmp_path: Path
) -> None:
    recording = tmp_path / "frozen.h5"
    program = subprocess.Popen(
        [sys.executable, "-m", "epanns", "record", "--model", "starter", "--out", str(recording)],
        cwd=ROOT, env={**environment(), **mic.env, "EPANNS_OFFLINE": "1"},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert mic.wait_for_listener(process=program)
        mic.play_array(tone(700), loop=True)
        time.sleep(4.0)
        began = time.monotonic()
        program.send_signal(signal.SIGSTOP)
        time.sleep(22.0)  # more than the sound system buffers
        program.send_signal(signal.SIGCONT)
        time.sleep(4.0)
        seconds = time.monotonic() - began
    finally:
        program.send_signal(signal.SIGINT)
        program.wait(30)
    with Session(recording) as session:
        (gap,) = session.gaps
        assert gap.reason in ("stall", "overflow") and gap.samples > SAMPLE_RATE
        assert session.samples / SAMPLE_RATE == pytest.approx(seconds + 4.0, abs=2.0)
        assert gap.position > 8 * SAMPLE_RATE, "what was buffered is kept"


def test_a_microphone_unplugged_right_after_it_was_opened_is_taken_up_again(
    mic: VirtualMicrophone,
) -> None:
    source = MicrophoneSource()
    source.start()
    try:
        wait_until(lambda: mic.listeners() == 1)
        mic.unplug()  # from here closing the stream hangs for a minute
        wait_until(lambda: bool(source.state.reason))
        mic.plug()
        wait_until(in_phase(source, SourcePhase.LIVE))
    finally:
        source.stop()


def test_a_microphone_plugged_in_later_is_taken_up(mic: VirtualMicrophone) -> None:
    mic.unplug()
    source = MicrophoneSource()
    source.start()
    try:
        wait_until(in_phase(source, SourcePhase.FAILED))
        assert "no microphone answers" in source.state.reason
        mic.plug()
        wait_until(in_phase(source, SourcePhase.LIVE))
    finally:
        source.stop()


def test_another_microphone_can_be_chosen_while_live(source: MicrophoneSource) -> None:
    source.reopen("virtual")
    wait_until(lambda: source.state.name == "virtual_microphone")
    wait_until(in_phase(source, SourcePhase.LIVE))
    source.reopen("piano")
    wait_until(in_phase(source, SourcePhase.LOST))
    assert "No microphone fits 'piano'" in source.state.reason


def test_stopping_ends_the_thread_and_frees_the_microphone(
    mic: VirtualMicrophone, source: MicrophoneSource
) -> None:
    source.stop()
    assert not source._thread.is_alive()
    assert source.state.phase is SourcePhase.STOPPED
    wait_until(lambda: mic.listeners() == 0)


def test_without_any_microphone_the_reason_is_told() -> None:
    with portaudio() as audio:
        if microphones(audio):
            pytest.skip("this computer has a microphone")
    source = MicrophoneSource()
    source.start()
    try:
        wait_until(in_phase(source, SourcePhase.FAILED))
        assert source.state.reason == "No microphone is connected."
    finally:
        source.stop()


class Stream:
    """Calls of PortAudio's callback that a virtual microphone cannot bring about."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(microphone, "real_seconds", lambda: self.now)
        self.source = MicrophoneSource()
        self.source._opening = 1

    def call(self, opening: int, flags: int = 0) -> int:
        self.now += 0.01
        block = np.full(320, 0.5, np.float32).tobytes()
        return self.source._take_in(opening, block, 320, None, flags)[1]


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    return Stream(monkeypatch)


def test_an_overflow_is_counted_and_leaves_a_gap(stream: Stream) -> None:
    stream.call(1)
    stream.call(1, PA_INPUT_OVERFLOW)
    for _ in range(50):
        stream.call(1)
    source = stream.source
    assert source.overflows == source.ring.gap_count == 1
    assert source.ring.gaps[0] == Gap(320, 0, "overflow")
    assert source.ring.position == 52 * 320


def test_the_wait_for_the_first_block_of_a_stream_is_lost_time_too(stream: Stream) -> None:
    stream.call(1)
    stream.source._opening = 2
    stream.now += 1.5
    stream.call(2)
    stream.call(2)
    assert tuple(stream.source.ring.gaps) == (
        Gap(320, round(1.5 * SAMPLE_RATE), "microphone lost"),
    )
    assert stream.source.ring.position == round(1.5 * SAMPLE_RATE) + 3 * 320


def test_a_stream_that_wakes_up_after_another_was_opened_writes_nothing(stream: Stream) -> None:
    assert stream.call(1) == PA_CONTINUE
    stream.source._opening = 2
    assert stream.call(1, PA_INPUT_OVERFLOW) == PA_ABORT
    assert (stream.source.ring.position, stream.source.overflows) == (320, 0)
    assert stream.call(2) == PA_CONTINUE
