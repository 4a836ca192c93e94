"""What the rebuilding of the starter needs: looked for at once, not missed after an hour."""

import shutil
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

from epanns.errors import EpannsError

SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")


class NeedsError(EpannsError):
    """Something is missing."""


def check(shared: Path) -> None:
    """Look for everything.

    Args:
        shared: the folder of audio/ and models/.

    Raises:
        NeedsError: the first thing that is missing, and where it comes from.
    """
    files = {
        shared / "audio" / "manifest.csv": "the labelled recordings",
        shared / "models" / "mn04_as_mAP_432.pt": "a teacher's weights",
        shared / "models" / "yamnet.tflite": "a teacher's weights",
        shared / "models" / "starter_v0.pth": "an earlier starter to compare with",
        SOUND_FONT: "the sound font of Debian's fluid-soundfont-gm",
    }
    for path, what in files.items():
        if not path.is_file():
            raise NeedsError(f"{path} is not there: {what}.")
    if shutil.which("espeak-ng") is None:
        raise NeedsError("espeak-ng is not there: Debian's package of that name.")
    if find_library("fluidsynth") is None:
        raise NeedsError("FluidSynth is not there: Debian's libfluidsynth3.")
    for package in ("fluidsynth", "ai_edge_litert", "scipy"):
        if find_spec(package) is None:
            raise NeedsError(
                f"The Python package {package} is not there: see scripts/starter/requirements.txt."
            )
