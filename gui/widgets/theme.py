"""Colours and writing of the window, as data, and how ttk is dressed in them."""

import tkinter as tk
from dataclasses import dataclass
from tkinter import font as tkfont
from tkinter import ttk

from epanns.vocabulary.vocabulary import Vocabulary

SMALLEST_PIXELS = 12  # of the writing around the bars, at a font scale of 1
PIXELS_PER_HEIGHT = 1 / 54  # that writing grows with the window ...
PIXELS_PER_WIDTH = 1 / 75  # ... in both directions, so that it reads on a large screen too
LARGEST_PER_HEIGHT = 1 / 26  # and never takes the room of the bars ...
LARGEST_PER_WIDTH = 1 / 40  # ... at any font scale


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, as #rrggbb.

    Attributes:
        background: of the window.
        surface: of buttons and fields.
        border: around buttons and fields.
        text, muted: main and secondary writing.
        accent: bars of classes that are heard, keyboard focus.
        faint: bars of classes that are not heard.
        track: what a bar runs in.
        grid: lines of the score scale.
        good, warning, bad: tones of a state.
        spectrogram: name of matplotlib's colours for it, from quiet to loud.
        families: bars by the top families of the ontology, in the order of AUDIOSET.families; for
            other vocabularies one class after the other.
    """

    background: str
    surface: str
    border: str
    text: str
    muted: str
    accent: str
    faint: str
    track: str
    grid: str
    good: str
    warning: str
    bad: str
    spectrogram: str
    families: tuple[str, ...]

    def of_class(self, index: int, vocabulary: Vocabulary) -> str:
        """The colour of a class's family; without families, of the class itself."""
        if not vocabulary.families:
            return self.families[index % len(self.families)]
        return self.families[vocabulary.families.index(vocabulary.family(index))]


# Okabe and Ito's seven hues, a family each, the same in every theme. Their lightness is moved until
# each stands out from background and track, and any two differ for every kind of colour vision.
PALETTES = {
    "dark": Palette(
        background="#10151d",
        surface="#1c2532",
        border="#64748b",
        text="#f3f6fa",
        muted="#a3b1c2",
        accent="#2dd4bf",
        faint="#5b6b7f",
        track="#1a222d",
        grid="#2c3745",
        good="#34d399",
        warning="#fbbf24",
        bad="#fb8585",
        spectrogram="magma",
        families=(
            "#f2a010",  # Animal: orange
            "#cc73b0",  # Music: reddish purple
            "#1bc4fe",  # Human sounds: sky blue
            "#25ac7c",  # Natural sounds: bluish green
            "#f8eb69",  # Sounds of things: yellow
            "#e65a35",  # Source-ambiguous sounds: vermilion
            "#3f7cf4",  # Channel, environment and background: blue
        ),
    ),
    "light": Palette(
        background="#f7f8fa",
        surface="#ffffff",
        border="#838e9c",
        text="#131a24",
        muted="#525e6f",
        accent="#0d8076",
        faint="#8c99a9",
        track="#e9edf1",
        grid="#d3dae2",
        good="#047857",
        warning="#9a5200",
        bad="#b91c1c",
        spectrogram="Blues",
        families=(
            "#945209",  # Animal: orange
            "#d13c93",  # Music: reddish purple
            "#0288ca",  # Human sounds: sky blue
            "#127a57",  # Natural sounds: bluish green
            "#9e8411",  # Sounds of things: yellow
            "#7e0100",  # Source-ambiguous sounds: vermilion
            "#093592",  # Channel, environment and background: blue
        ),
    ),
    "contrast": Palette(
        background="#000000",
        surface="#0d0d0d",
        border="#ffffff",
        text="#ffffff",
        muted="#d9d9d9",
        accent="#ffe600",
        faint="#7a7a7a",
        track="#1f1f1f",
        grid="#4d4d4d",
        good="#4deeff",
        warning="#ffc21a",
        bad="#ff9a9a",
        spectrogram="gray",
        families=(
            "#ffab05",  # Animal: orange
            "#fd6cb8",  # Music: reddish purple
            "#43d8ff",  # Human sounds: sky blue
            "#2fbb7d",  # Natural sounds: bluish green
            "#ece48f",  # Sounds of things: yellow
            "#fd5230",  # Source-ambiguous sounds: vermilion
            "#4586ff",  # Channel, environment and background: blue
        ),
    ),
}


def next_theme(theme: str) -> str:
    """The theme that the button switches to; after the last one comes the first."""
    themes = list(PALETTES)
    return themes[(themes.index(theme) + 1) % len(themes)]


class Fonts:
    """The named fonts of the window; resizing them resizes every widget that uses them.

    Attributes:
        scale: of all writing, as the settings have it.
    """

    def __init__(self, root: tk.Misc, scale: float) -> None:
        self.scale = scale
        self._pixels = 0
        family = str(tkfont.nametofont("TkDefaultFont", root=root).actual("family"))

        def new(weight: str = "normal") -> tkfont.Font:
            return tkfont.Font(root, family=family, weight=weight)  # type: ignore[arg-type]

        self.body, self.small, self.headline, self.message = new(), new(), new("bold"), new()
        self.fit(640, 480)

    def fit(self, width: int, height: int) -> bool:
        """Choose the sizes for a window of this size in pixels; return whether they changed."""
        wanted = max(SMALLEST_PIXELS, min(height * PIXELS_PER_HEIGHT, width * PIXELS_PER_WIDTH))
        limit = max(SMALLEST_PIXELS, min(height * LARGEST_PER_HEIGHT, width * LARGEST_PER_WIDTH))
        pixels = round(min(wanted * self.scale, limit))
        self.message.configure(size=-round(min(2.6 * pixels, width / 20)))
        if pixels == self._pixels:
            return False
        self._pixels = pixels
        self.body.configure(size=-pixels)
        self.small.configure(size=-round(0.88 * pixels))
        self.headline.configure(size=-round(min(1.5 * pixels, width / 24)))
        return True

    @property
    def pixels(self) -> int:
        """Height of the normal writing."""
        return self._pixels


def apply_theme(root: tk.Misc, palette: Palette, fonts: Fonts) -> None:
    """Give ttk's widgets a palette and fonts; may be called again with another palette."""
    root.configure(background=palette.background)  # type: ignore[call-arg]
    style = ttk.Style(root)
    style.theme_use("clam")
    style.configure(
        ".",
        background=palette.background,
        foreground=palette.text,
        font=fonts.body,
        bordercolor=palette.border,
        darkcolor=palette.surface,
        lightcolor=palette.surface,
        focuscolor=palette.accent,
        troughcolor=palette.track,
    )
    style.configure("Muted.TLabel", foreground=palette.muted)
    style.configure("Small.TLabel", foreground=palette.muted, font=fonts.small)
    style.configure("Remark.TLabel", foreground=palette.warning)
    style.configure("Headline.TLabel", font=fonts.headline)
    style.configure("Message.TLabel", foreground=palette.muted, font=fonts.message)
    _style_controls(style, palette, fonts.pixels)
    _style_choice(style, palette, fonts)


def _style_controls(style: ttk.Style, palette: Palette, pixels: int) -> None:
    """Buttons and fields: flat, with a border that turns to the accent at the keyboard focus."""
    border = [("focus", palette.accent), ("active", palette.muted)]
    for button in ("TButton", "TMenubutton"):
        style.configure(
            button,
            background=palette.surface,
            padding=(round(0.8 * pixels), round(0.35 * pixels)),
            arrowcolor=palette.text,
            arrowsize=round(0.45 * pixels),
        )
        style.map(
            button,
            background=[("pressed", palette.grid), ("active", palette.track)],
            bordercolor=border,
            darkcolor=[("focus", palette.accent)],
            lightcolor=[("focus", palette.accent)],
        )
    style.configure("Main.TButton", background=palette.accent, foreground=palette.background)
    style.map(
        "Main.TButton",
        background=[("pressed", palette.muted), ("active", palette.good)],
        bordercolor=[("focus", palette.text)],
        darkcolor=[("focus", palette.text)],
        lightcolor=[("focus", palette.text)],
    )
    for field in ("TEntry", "TSpinbox", "TCombobox"):
        style.configure(
            field,
            background=palette.surface,
            fieldbackground=palette.surface,
            foreground=palette.text,
            arrowcolor=palette.text,
            arrowsize=round((0.75 if field == "TSpinbox" else 0.9) * pixels),
            insertcolor=palette.text,
            selectbackground=palette.grid,
            selectforeground=palette.text,
            padding=(round(0.5 * pixels), round(0.3 * pixels)),
        )
        style.map(
            field,
            background=[("active", palette.track)],
            fieldbackground=[("readonly", palette.surface)],
            foreground=[("readonly", palette.text)],
            selectbackground=[("readonly", palette.surface)],
            selectforeground=[("readonly", palette.text)],
            bordercolor=border,
            lightcolor=[("focus", palette.accent)],
        )


def _style_choice(style: ttk.Style, palette: Palette, fonts: Fonts) -> None:
    """Ticks, and lists with columns; the selected row is bright where the keyboard is."""
    pixels = fonts.pixels
    style.configure(
        "Treeview",
        background=palette.surface,
        fieldbackground=palette.surface,
        foreground=palette.text,
        rowheight=round(1.6 * pixels),
    )
    style.map(
        "Treeview",
        background=[("selected", "focus", palette.accent), ("selected", palette.grid)],
        foreground=[("selected", "focus", palette.background), ("selected", palette.text)],
        bordercolor=[("focus", palette.accent)],
        lightcolor=[("focus", palette.accent)],
    )
    style.configure(
        "Treeview.Heading",
        background=palette.background,
        foreground=palette.muted,
        font=fonts.small,
    )
    style.map("Treeview.Heading", background=[("active", palette.track)])
    style.configure("TScrollbar", background=palette.surface, arrowcolor=palette.text)
    style.map("TScrollbar", background=[("active", palette.track)])
    style.configure(
        "TCheckbutton",
        indicatorsize=round(0.9 * pixels),
        indicatorbackground=palette.surface,
        indicatorforeground=palette.accent,
        padding=round(0.2 * pixels),
    )
    style.map(
        "TCheckbutton",
        background=[("focus", palette.grid), ("active", palette.track)],
        indicatorbackground=[("selected", palette.surface)],
    )


def style_list(combobox: ttk.Combobox, palette: Palette, fonts: Fonts) -> None:
    """Colour the list a combobox drops down, which ttk's styles do not reach."""
    popdown = combobox.tk.call("ttk::combobox::PopdownWindow", combobox)
    combobox.tk.call(
        f"{popdown}.f.l",
        "configure",
        *("-background", palette.surface, "-foreground", palette.text),
        *("-selectbackground", palette.accent, "-selectforeground", palette.background),
        *("-font", fonts.body),
    )
