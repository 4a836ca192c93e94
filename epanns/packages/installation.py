"""Installing PyTorch and what else only training and conversion need, once it is needed.

    python -m epanns.packages.installation

The packages go where this Python keeps its own or, where the user may not write there, into a
folder of the user's, which Python searches last (see epanns/__init__.py).
"""

import contextlib
import importlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from epanns.console import tell
from epanns.errors import EpannsError, InstallationError, PackagesMissingError, cause
from epanns.packages.requirements import for_training, missing, pinned, public, remedy
from epanns.paths import PACKAGES, can_be_written

# Bytes, measured on Linux: what they take on disk, and while they are unpacked beside that.
ON_DISK = 1.3e9
AT_MOST = 1.7e9
LOOK_EVERY = 0.2  # seconds
SCRATCH = ".install-"  # start of the names of the folders of installations under way
ABANDONED = 3600.0  # seconds after which such a folder counts as left by a program that was killed


def require_training() -> None:
    """See that PyTorch and its company are installed.

    Raises:
        PackagesMissingError: they are not; the sentence says how to install them.
    """
    if absent := missing(for_training()):
        raise PackagesMissingError(
            f"This needs {', '.join(absent)}, not installed as the window works without;"
            f" {remedy('torch')}."
        )


def announcement() -> str:
    """What is about to be installed, and where, as a sentence."""
    return (
        "Networks are converted and trained by PyTorch, which is not installed yet: fetching it"
        f" once into {_place()} (about {ON_DISK / 1e9:.1f} GB on disk) ..."
    )


def install_training(progress: Callable[[float], None] | None = None) -> None:
    """Install PyTorch and its company, in the versions that were tried.

    Blocks for a minute or more. What is installed already keeps its version.

    Args:
        progress: called several times a second with about the share that is done, 0 to 1. An
            exception from it ends the installation.

    Raises:
        InstallationError: no internet, no room, no installer; one sentence.
    """
    place = _place()
    try:
        place.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(place).free
        if free < AT_MOST:
            raise InstallationError(
                f"PyTorch needs {AT_MOST / 1e9:.1f} GB in {place}, where {free / 1e9:.1f} GB are"
                " free; make room."
            )
        for left in place.glob(f"{SCRATCH}*"):
            if time.time() - left.stat().st_mtime > ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=place) as scratch:
            _install(place, Path(scratch), progress or (lambda _: None))
    except OSError as error:
        raise InstallationError(
            f"PyTorch cannot be installed into {place}: {cause(error)}; {remedy('torch')}."
        ) from None
    importlib.invalidate_caches()
    if str(place) not in sys.path:
        sys.path.append(str(place))


def _place() -> Path:
    """The folder that packages are installed into."""
    own = Path(sysconfig.get_path("purelib"))
    of_the_system = sys.prefix == sys.base_prefix  # not a virtual environment
    return own if PACKAGES is None or (can_be_written(own) and not of_the_system) else PACKAGES


def _install(place: Path, scratch: Path, progress: Callable[[float], None]) -> None:
    """Let one installer after the other try.

    Raises:
        InstallationError: none of them could.
    """
    versions = pinned()
    wanted = [f"{name}=={versions[name]}" for name in missing(for_training())]
    constraints = scratch / "constraints.txt"
    constraints.write_text("\n".join(_installed()), encoding="utf-8")
    arguments = ["--constraint", str(constraints)]
    if place == PACKAGES:
        arguments += ["--target", str(place)]
    complaint = ""
    for command in _installers(scratch, [*arguments, *wanted], progress):
        complaint = _run(command, scratch, progress)
        if not complaint:
            return
    raise InstallationError(
        f"PyTorch could not be installed ({complaint or 'there is no pip'}); check the internet"
        f" connection. {remedy('torch')}."
    )


def _installers(
    scratch: Path, arguments: list[str], progress: Callable[[float], None]
) -> Iterator[list[str]]:
    """The commands to try: pip; then uv, which knows where PyTorch without CUDA is kept."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-cache-dir",
           "--disable-pip-version-check"]  # fmt: skip
    has_pip = not missing(("pip",))
    if has_pip:
        yield [*pip, *arguments]
    uv = shutil.which("uv")
    if uv is None and has_pip:
        tools = scratch / "tools"
        _run([*pip, "--target", str(tools), "uv"], scratch, progress)
        uv = shutil.which("uv", path=str(tools / "bin"))
    if uv is not None:
        yield [uv, "pip", "install", "--quiet", "--python", sys.executable,
               "--torch-backend", "cpu", *arguments]  # fmt: skip


def _run(command: Sequence[str], scratch: Path, progress: Callable[[float], None]) -> str:
    """Run an installer; "" where it succeeded, else the last line that it said."""
    own = {"TMPDIR": str(scratch), "UV_CACHE_DIR": str(scratch / "uv"), "PIP_USER": "0"}
    free, share = shutil.disk_usage(scratch).free, 0.0
    with (scratch / "said.txt").open("w+", encoding="utf-8", errors="replace") as said:
        installer = subprocess.Popen(
            command, env=os.environ | own, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        try:
            while True:
                # How far it is shows in what it has written to the disk.
                written = free - shutil.disk_usage(scratch).free
                share = max(share, min(written / AT_MOST, 0.99))
                progress(share)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = installer.wait(LOOK_EVERY)
                    break
        finally:
            installer.kill()
            installer.wait()
        said.seek(0)
        lines = [line.strip() for line in said if line.strip()]
    return "" if code == 0 else (lines[-1] if lines else f"exit code {code}")


def _installed() -> Iterator[str]:
    """A constraint for each installed package, which stays as it is, but for packaging tools."""
    from importlib import metadata  # takes a while, and the window imports this module

    for each in metadata.distributions():
        if each.name and each.version and each.name not in ("pip", "setuptools", "wheel"):
            yield f"{each.name}=={public(each.version)}"


def main() -> int:
    """Install them, as scripts/setup does; return the exit code."""
    if not missing(for_training()):
        return 0
    tell(announcement())
    try:
        install_training()
    except EpannsError as error:
        tell(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
