"""What pictures of recordings and of sessions share: spectrogram, time axis, names."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import MultipleLocator

from epanns.detection.overview import Overview
from epanns.formatting import hertz
from epanns.frontend.numpy_frontend import mel_centres
from epanns.frontend.parameters import PANNS

DPI = 120
INK = "#22303c"
RANGE = 80.0  # dB that the colours of the spectrogram span
# Seconds from one mark of a time axis to the next.
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 86400)


def draw_spectrogram(axes: Axes, seen: Overview, frequencies: Sequence[float]) -> AxesImage:
    """Draw the log-mel spectrogram of a sound.

    Args:
        axes: where to.
        seen: the sound, of one column at least.
        frequencies: those with a mark, in Hz.
    """
    loudest = float(seen.log_mel.max())
    image = axes.imshow(
        seen.log_mel.T, origin="lower", aspect="auto", cmap="magma", vmin=loudest - RANGE,
        vmax=loudest, extent=(0, seen.seconds * len(seen.log_mel), -0.5, PANNS.mels - 0.5),
    )  # fmt: skip
    places = np.interp(frequencies, mel_centres(), np.arange(PANNS.mels))
    axes.set_yticks(places.tolist(), [hertz(each) for each in frequencies])
    axes.set_ylabel("log-mel spectrogram")
    return image


def mark_time(axes: Axes, duration: float, most: int, least: float = STEPS[0]) -> float:
    """Set marks at round times.

    Args:
        axes: whose horizontal axis is the time in seconds.
        duration: seconds that it shows.
        most: how many marks there are at most.
        least: seconds between two of them, at least.

    Returns:
        Seconds from one mark to the next.
    """
    steps = [each for each in STEPS if each >= least]
    step = next((each for each in steps if duration / each <= most), steps[-1])
    axes.xaxis.set_major_locator(MultipleLocator(step))
    return step


def shortened(name: str, longest: int) -> str:
    """A name of a class, cut off where it has more letters than `longest`."""
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}…"
