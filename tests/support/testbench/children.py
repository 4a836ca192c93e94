"""Start and stop child programs without leaving anything behind.

Shared by virtual_mic.py and virtual_display.py.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

# Which package has the program, for the message shown when it is missing.
DEBIAN_PACKAGES = {
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "paplay": "pulseaudio-utils",
    "ffmpeg": "ffmpeg",
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "xwininfo": "x11-utils",
    "import": "imagemagick",
    "convert": "imagemagick",
    "openbox": "openbox",
}


class TestbenchError(RuntimeError):
    """The test bench itself cannot do its work (not a fault of what is tested)."""

    __test__ = False  # the name starts with "Test": keep pytest from collecting it


def require(*programs):
    """Raise one clear error that names every missing program and its package."""
    missing = [p for p in programs if shutil.which(p) is None]
    if missing:
        packages = sorted({DEBIAN_PACKAGES.get(p, p) for p in missing})
        raise TestbenchError(
            f"missing program(s): {', '.join(missing)}; "
            f"on Debian or Ubuntu: apt-get install {' '.join(packages)}"
        )


def start(command, dies_with_us=False, **options):
    """Popen out of the terminal's reach: Ctrl-C comes to us, and we clean up.

    dies_with_us -- the kernel ends the child (setpriv, of util-linux) even if we are
        killed by SIGKILL. It does so when the *thread* that calls this ends, too.
    """
    if dies_with_us and shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "TERM", "--", *command]
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(command, start_new_session=True, **options)


def stop(process, timeout=5):
    """End a child that `start` made, by its own pid, and reap it."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)  # a frozen child could not react
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


class ScratchFolder:
    """A private temporary folder which a later run removes if this run is killed.

    The folder's lock file stays locked for as long as its owner lives, so an
    unlocked one is an orphan. Safe with any number of runs in parallel.
    """

    def __init__(self, prefix):
        base = tempfile.gettempdir()
        if len(base) > 40:  # a Unix socket's path may have 107 characters at most
            base = "/tmp"
        self._remove_orphans(base, prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        self._lock = open(self.path / "lock", "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    @staticmethod
    def _remove_orphans(base, prefix):
        for lock_file in Path(base).glob(prefix + "*/lock"):
            try:
                if lock_file.stat().st_uid != os.getuid():
                    continue
                with open(lock_file) as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(lock_file.parent, ignore_errors=True)
            except OSError:  # still locked, or just gone
                continue

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()
