"""The check of the microphone: what its sound says about it."""

import sys

import numpy as np
import pytest

from epanns.audio.devices import Microphone
from epanns.doctor import microphone_check
from epanns.doctor.result import CheckResult
from tests.support.testbench.virtual_mic import VirtualMicrophone

RATE = 32000
TONE = np.sin(2 * np.pi * 1000 * np.arange(2 * RATE) / RATE, dtype=np.float32)


def judged(*channels: np.ndarray) -> CheckResult:
    frames = np.stack(channels, axis=1).astype(np.float32)
    return microphone_check.judge("USB Headset", frames, RATE, silence=-60.0)


# --- judging


def test_a_microphone_that_hears_is_good_and_its_level_is_told() -> None:
    finding = judged(0.1 * TONE)
    assert finding.mark == "good"
    assert finding.found == "USB Headset at 32 kHz: RMS -23.0 dBFS, peak -20.0 dBFS"
    assert finding.figures["rms_dbfs"] == -23.0 and finding.figures["clipped_samples"] == 0


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "freebsd"])
def test_perfect_zeros_are_a_muted_or_forbidden_microphone(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    finding = judged(0 * TONE, 0 * TONE)
    assert finding.mark == "warning" and "nothing but zeros" in finding.found
    assert "unmute" in finding.todo
    assert ("allow" in finding.todo) == (platform in ("darwin", "win32"))
    assert finding.figures["rms_dbfs"] == -120.0, "infinity is no JSON"


def test_the_faintest_noise_is_no_zero() -> None:
    noise = np.zeros_like(TONE)
    noise[::100] = 1 / 32768
    finding = judged(noise)
    assert "below -60, where the program shows Silence" in finding.found
    assert "noise" in finding.todo


def test_full_scale_is_clipping_in_any_channel() -> None:
    finding = judged(0.1 * TONE, np.clip(2 * TONE, -1, 1))
    assert finding.mark == "warning" and "samples at full scale" in finding.found
    assert finding.figures["clipped_samples"] > 1000 and "down" in finding.todo


def test_channels_that_cancel_are_told() -> None:
    finding = judged(0.1 * TONE, -0.1 * TONE)
    assert finding.mark == "warning" and "Channel 1 of 2 is heard alone" in finding.found
    assert "cable" in finding.todo
    assert finding.figures["rms_dbfs"] == judged(0.1 * TONE).figures["rms_dbfs"]
    assert finding.figures["channel_alone"] == 1


def test_a_stray_sample_at_full_scale_is_no_clipping() -> None:
    tone = 0.1 * TONE
    tone[[10, 20]] = 1.0
    assert judged(tone).mark == "good"


def test_samples_that_are_no_numbers_do_no_harm() -> None:
    tone = 0.1 * TONE
    tone[::50] = np.nan
    tone[1::50] = np.inf
    assert judged(tone).figures["peak_dbfs"] == -20.0


# --- listening


def test_without_a_microphone_the_sample_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone_check, "microphones", lambda _: ())
    (finding,) = microphone_check.microphone()
    assert finding.mark == "bad" and not finding.stops
    assert finding.found == "none is connected" and finding.todo


def test_a_choice_that_fits_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPANNS_MICROPHONE", "piano")
    headset = Microphone(0, "USB Headset", 1, 48000.0, True)
    monkeypatch.setattr(microphone_check, "microphones", lambda _: (headset,))
    (finding,) = microphone_check.microphone()
    assert finding.mark == "bad" and "'piano'" in finding.found and not finding.stops


@pytest.mark.microphone
def test_a_tone_is_heard_at_its_level(mic: VirtualMicrophone) -> None:
    mic.play_array(0.2 * np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000), loop=True)
    (finding,) = microphone_check.microphone()
    assert finding.mark == "good" and finding.figures["name"] == "default microphone"
    assert finding.figures["sample_rate"] == RATE
    assert finding.figures["peak_dbfs"] == pytest.approx(-14.0, abs=1.0)
    assert -30 < finding.figures["rms_dbfs"] < -16  # -17, or less if this computer is too busy


@pytest.mark.microphone
def test_a_muted_microphone_is_recognised(mic: VirtualMicrophone) -> None:
    mic.mute()
    (finding,) = microphone_check.microphone()
    assert "nothing but zeros" in finding.found


@pytest.mark.microphone
def test_a_frozen_microphone_is_recognised(mic: VirtualMicrophone) -> None:
    mic.freeze()
    (finding,) = microphone_check.microphone()
    assert finding.mark == "bad" and "delivers no sound" in finding.found


@pytest.mark.microphone
def test_an_unplugged_microphone_is_recognised(mic: VirtualMicrophone) -> None:
    mic.unplug()
    (finding,) = microphone_check.microphone()
    assert finding.mark == "bad" and "cannot be opened" in finding.found
