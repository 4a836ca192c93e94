"""What several tests share."""

import os

# Before anything loads torch or numpy. Threads of several processes on the same cores wait for each
# other most of the time: with one thread each, training is three times as fast.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import functools
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.programs import without_settings
from tests.support.testbench.virtual_mic import VirtualMicrophone

# No test has a time limit: machines are busy with other things.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

# The files that take longest. They begin first, those that wait beside those that compute: one that
# began last would keep one process busy while the others have nothing left to do.
FIRST = (
    "test_docs.py",
    "test_demo.py",
    "test_golden.py",
    "main_window/test_window.py",
    "test_train.py",
    "chart/test_last_minute.py",
    "test_tag.py",
    "test_recorder_faults.py",
    "test_microphone_live.py",
    "test_trained_networks.py",
    "test_run_folder.py",
    "test_loop.py",
    "commands/test_detect.py",
    "test_dask_cluster.py",
    "test_controls.py",
    "test_opening.py",
    "test_class_dialog.py",
    "test_startup.py",
    "test_models.py",
    "audio/test_microphone.py",
)

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure() -> None:
    """Leave behind what the tests were started in: settings, and a Ctrl+C that is ignored.

    A shell ignores it in what it starts in the background, and programs inherit that.
    """
    kept = without_settings(os.environ)
    for name in os.environ.keys() - kept:
        del os.environ[name]
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Compute a network's Fourier matrix once a process: most of the time that making one takes.

    torchlibrosa, which does it, is loaded by the first test that needs a network.
    """
    stft = sys.modules.get("torchlibrosa.stft")
    if stft is not None and not hasattr(stft.DFTBase.dft_matrix, "cache_info"):
        computed = functools.partial(stft.DFTBase.dft_matrix, None)  # which asks nothing of itself
        stft.DFTBase.dft_matrix = staticmethod(functools.cache(computed))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; skip what needs PulseAudio or Xvfb where they are missing.

    scripts/test installs them.
    """
    items.sort(key=_place)
    needs = {
        "microphone": ("pulseaudio", "pactl", "paplay", "ffmpeg"),
        "display": ("Xvfb", "xdotool", "xwininfo", "import"),
    }
    for marker, programs in needs.items():
        missing = [program for program in programs if shutil.which(program) is None]
        for item in items:
            if missing and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"{', '.join(missing)} not installed"))


def _place(item: pytest.Item) -> int:
    """The place of a test's file in FIRST, or behind."""
    file = item.path.as_posix()
    found = (place for place, name in enumerate(FIRST) if file.endswith(f"/{name}"))
    return next(found, len(FIRST))


@pytest.fixture
def shared() -> Path:
    """The folder of reference data beside the project; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the reference data beside the project (../shared) is not here")
    return SHARED


@pytest.fixture
def mic(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualMicrophone]:
    """A virtual microphone that this process hears, as do programs started from it."""
    with VirtualMicrophone() as microphone:
        for name, value in microphone.env.items():
            monkeypatch.setenv(name, value)
        yield microphone
