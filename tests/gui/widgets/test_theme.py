import numpy as np
import pytest
from numpy.typing import NDArray

from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from gui.widgets.theme import PALETTES, Palette, next_theme

FAR = 14  # CIE 1976 colour difference of any two families; 2.3 is just noticeable
# What remains of linear RGB without one kind of cones: Machado, Oliveira and Fernandes, "A
# Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.
VISION = {
    "all": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])


def linear_rgb(colour: str) -> NDArray[np.float64]:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    return float(linear_rgb(colour) @ (0.2126, 0.7152, 0.0722))


def lab(colour: str, vision: str) -> NDArray[np.float64]:
    """A colour in CIE L*a*b* as somebody sees it."""
    seen = (VISION[vision] @ linear_rgb(colour)).clip(0, 1)
    x, y, z = XYZ @ seen / XYZ.sum(axis=1)
    fx, fy, fz = (np.cbrt(v) if v > (6 / 29) ** 3 else 841 / 108 * v + 4 / 29 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


palettes = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)


@palettes
class TestContrast:
    def test_writing_meets_wcag(self, palette: Palette) -> None:
        enough = 7 if palette is PALETTES["contrast"] else 4.5  # levels AAA and AA
        for colour in ("text", "muted", "warning", "bad", "good"):
            assert contrast(getattr(palette, colour), palette.background) >= enough, colour
        assert contrast(palette.text, palette.surface) >= enough
        assert contrast(palette.text, palette.grid) >= enough  # selected text, pressed buttons
        assert contrast(palette.background, palette.accent) >= enough  # the main button

    def test_bars_and_borders_stand_out(self, palette: Palette) -> None:
        assert contrast(palette.accent, palette.track) >= 3
        assert contrast(palette.border, palette.background) >= 3
        assert contrast(palette.accent, palette.faint) >= 1.4  # heard from not heard
        for colour in palette.families:
            assert contrast(colour, palette.background) >= 3, colour
            assert contrast(colour, palette.track) >= 3, colour


@palettes
class TestFamilies:
    def test_each_has_a_colour(self, palette: Palette) -> None:
        assert len(palette.families) == len(AUDIOSET.families)

    def test_classes_without_families_take_the_colours_in_turn(self, palette: Palette) -> None:
        count = len(palette.families)
        digits = Vocabulary([str(number) for number in range(count + 1)])
        colours = [palette.of_class(index, digits) for index in range(len(digits))]
        assert colours == [*palette.families, palette.families[0]]

    @pytest.mark.parametrize("vision", VISION)
    def test_colours_differ_for_everyone(self, palette: Palette, vision: str) -> None:
        seen = [lab(colour, vision) for colour in palette.families]
        pairs = [(one, other) for one in range(len(seen)) for other in range(one)]
        near = [pair for pair in pairs if np.linalg.norm(seen[pair[0]] - seen[pair[1]]) < FAR]
        assert not near

    def test_none_is_like_a_bar_that_is_not_heard(self, palette: Palette) -> None:
        faint = lab(palette.faint, "all")
        assert all(np.linalg.norm(lab(c, "all") - faint) >= FAR for c in palette.families)


def test_the_button_leads_through_all_themes() -> None:
    assert [next_theme(theme) for theme in ("dark", "light", "contrast")] == [
        "light",
        "contrast",
        "dark",
    ]


@pytest.mark.parametrize("palette", PALETTES.values())
def test_a_class_has_the_colour_of_its_family(palette: Palette) -> None:
    families: dict[str, set[str]] = {name: set() for name in AUDIOSET.families}
    for index in range(len(AUDIOSET)):
        families[AUDIOSET.family(index)].add(palette.of_class(index, AUDIOSET))
    assert all(len(colours) == 1 for colours in families.values())
    assert len(set().union(*families.values())) == len(families) == len(AUDIOSET.families)
