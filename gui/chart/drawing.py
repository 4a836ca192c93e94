"""Artists in pixel coordinates on a matplotlib canvas, and rectangles that are redrawn as one."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

Align = Literal["left", "center", "right"]

CAPITALS = 0.36  # half the height of a capital letter, in font heights


class Pen:
    """Makes artists in pixel coordinates on a figure; y counts from the bottom."""

    def __init__(self, figure: Figure) -> None:
        self._figure = figure
        self._points_per_pixel = 72 / figure.dpi

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> Rectangle:
        """A filled rectangle with sharp edges."""
        box = Rectangle(
            (x, round(y)), width, round(height), color=colour, linewidth=0,
            transform=IdentityTransform(), antialiased=False,
        )  # fmt: skip
        self._figure.add_artist(box)
        return box

    def text(self, pixels: float, colour: str, align: Align) -> Text:
        """A text artist of `pixels` font height, with its words and place not set yet."""
        text = Text(
            0, 0, "", color=colour, fontsize=self.points(pixels), horizontalalignment=align,
            verticalalignment="baseline", parse_math=False, transform=IdentityTransform(),
        )  # fmt: skip
        self._figure.add_artist(text)
        return text

    def points(self, pixels: float) -> float:
        """A font size as matplotlib wants it."""
        return pixels * self._points_per_pixel

    def measure(self, text: str, pixels: float) -> float:
        """Width of text in pixels."""
        return _width(text, round(pixels, 1))


class Cell:
    """A rectangle of the canvas that is restored and drawn as one.

    Attributes:
        box: the rectangle.
        background: the canvas below the artists; None until the first full draw.
    """

    def __init__(self, box: Bbox, artists: Sequence[Artist]) -> None:
        self.box = box
        self.background: Any = None
        self._artists = artists
        for artist in artists:
            artist.set_animated(True)

    def capture(self, canvas: FigureCanvasTkAgg) -> None:
        """After a full draw of the canvas: keep the empty background, then draw what is on it."""
        self.background = canvas.copy_from_bbox(self.box)
        self.draw(canvas)

    def draw(self, canvas: FigureCanvasTkAgg) -> None:
        """Draw into the image of the canvas; a blit shows it."""
        canvas.restore_region(self.background)
        renderer = canvas.get_renderer()
        for artist in self._artists:
            artist.draw(renderer)


def box(left: float, bottom: float, right: float, top: float) -> Bbox:
    """A rectangle of whole pixels; empty where a canvas has no room yet."""
    return Bbox([[int(left), int(bottom)], [int(max(left, right)), int(max(bottom, top))]])


@lru_cache(maxsize=4096)
def _width(text: str, pixels: float) -> float:
    """Width of text in pixels, in the font that matplotlib draws with."""
    font = FontProperties(size=pixels)
    return float(_ruler().get_text_width_height_descent(text, font, ismath=False)[0])


@lru_cache(maxsize=1)
def _ruler() -> RendererAgg:
    """A renderer that only measures; at 72 dpi a point is a pixel."""
    return RendererAgg(1, 1, 72)
