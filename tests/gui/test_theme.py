import pytest

from gui.theme import PALETTES, Palette


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
class TestContrast:
    def test_writing_meets_wcag_aa(self, palette: Palette) -> None:
        for colour in ("text", "muted", "warning", "bad", "good"):
            assert contrast(getattr(palette, colour), palette.background) >= 4.5, colour
        assert contrast(palette.text, palette.surface) >= 4.5
        assert contrast(palette.text, palette.grid) >= 4.5  # selected text, pressed buttons
        assert contrast(palette.background, palette.accent) >= 4.5  # the main button

    def test_bars_and_borders_stand_out(self, palette: Palette) -> None:
        assert contrast(palette.accent, palette.track) >= 3
        assert contrast(palette.border, palette.background) >= 3
        assert contrast(palette.accent, palette.faint) >= 1.4  # heard from not heard
