"""The row of controls: start and stop, record, how many sounds, which microphone, the view."""

import math
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk

from epanns.settings import allowed, most
from epanns.views import status_text
from gui.main_window.menu import MoreMenu
from gui.widgets.changes import change
from gui.widgets.comboboxes import ignore_wheel
from gui.widgets.flow_frame import FlowFrame
from gui.widgets.theme import Fonts, Palette, style_list

REPEAT = 5  # milliseconds from a release to a press, up to which a key is still held
SPACED = (ttk.Button, ttk.Menubutton, ttk.Spinbox)  # kinds of controls that use the space bar


@dataclass(frozen=True, slots=True)
class Actions:
    """What the controls do; each is called on the Tk thread."""

    toggle: Callable[[], None]
    record: Callable[[], None]
    want: Callable[[int], None]
    choose_classes: Callable[[], None]
    choose_microphone: Callable[[str], None]
    microphones: Callable[[], Sequence[str]]
    look_for_microphones: Callable[[], None]
    switch_theme: Callable[[], None]
    switch_full_screen: Callable[[], None]
    hint: Callable[[str], None]


class Controls(FlowFrame):
    """All controls of the window but the one that tries a missing microphone again.

    Attributes:
        meanings: each control and what it does, for tooltips.
        classes: the button that opens the choice of classes.
        more: the menu of what is wanted now and then.
    """

    def __init__(
        self, master: tk.Misc, top_k: int, microphone: str, fonts: Fonts, actions: Actions
    ) -> None:
        super().__init__(master, fonts)
        self._actions = actions
        self._wanted = top_k
        self._space_held = False
        self._space_released_at = -math.inf
        self.meanings: list[tuple[tk.Widget, str]] = []
        self._add_start()
        self._add_record()
        self._add_top_k()
        self._add_classes()
        self._add_microphone(microphone)
        self._add_view()

    def _add_start(self) -> None:
        self._start = ttk.Button(
            self, text="Stop", style="Main.TButton", width=6, command=self._actions.toggle
        )
        self.add(self._start)
        self._explain(self._start, "Start or stop listening (space bar)")
        window = self.winfo_toplevel()
        self._start.bind("<space>", self._space)
        window.bind("<space>", self._space)
        window.bind("<KeyRelease-space>", self._space_released)

    def _add_record(self) -> None:
        self._record = ttk.Button(self, width=13, command=self._actions.record)
        self.add(self._record)
        self._explain(
            self._record,
            "Keep the sound and all scores in a file, from now on; nothing is kept otherwise",
        )
        self.show_recording(recording=False, possible=False)

    def _add_top_k(self) -> None:
        group = ttk.Frame(self)
        self._label = ttk.Label(group, text="Sounds")
        self._label.pack(side="left")
        self._top_k = ttk.Spinbox(
            group,
            from_=1,
            to=most("top_k"),
            width=4,
            font=self._fonts.body,
            command=self._commit_top_k,
        )
        self._top_k.set(self._wanted)
        self._top_k.pack(side="left")
        self._top_k.bind("<Return>", self._commit_top_k)
        self._top_k.bind("<KP_Enter>", self._commit_top_k)
        self._top_k.bind("<FocusOut>", self._commit_top_k)
        self._top_k.bind("<space>", lambda _: "break")
        self.add(group)
        self._explain(
            self._top_k, f"How many sounds to show, {allowed('top_k')}; Return takes it over"
        )

    def _add_classes(self) -> None:
        self.classes = ttk.Button(self, text="Classes …", command=self._actions.choose_classes)
        self.add(self.classes)
        self._explain(self.classes, "Choose which sounds to show, pin and watch (Ctrl+L)")

    def _add_microphone(self, microphone: str) -> None:
        self._microphone = ttk.Combobox(
            self, state="readonly", font=self._fonts.body, postcommand=self._list
        )
        self._chosen = microphone
        self._microphone.set(microphone)
        self._microphone.bind("<<ComboboxSelected>>", self._choose)
        ignore_wheel(self._microphone)
        self._list()
        self.add(self._microphone)
        self._explain(
            self._microphone, "Which microphone to listen to; look again after plugging one in"
        )

    def _add_view(self) -> None:
        self.more = MoreMenu(self, self._fonts)
        self.add(self.more)
        self.meanings.append((self.more, "Keep what was seen or heard just now"))
        self._theme = ttk.Button(self, width=8, command=self._actions.switch_theme)
        self.add(self._theme, right=True)
        self._explain(self._theme, "Switch to the next colours: dark, light or high contrast")
        self._full = ttk.Button(self, text="Full screen", command=self._actions.switch_full_screen)
        self.add(self._full, right=True)
        self._explain(self._full, "Fill the screen, or leave it (F11; Esc leaves)")

    def _explain(self, widget: ttk.Widget, meaning: str) -> None:
        widget.bind("<ButtonRelease-1>", self._leave, add=True)
        self.meanings.append((widget, meaning))

    def apply_theme(self, palette: Palette, other_theme: str) -> None:
        """Take on a theme; the theme button names the next one."""
        self._theme.configure(text=other_theme.capitalize())
        style_list(self._microphone, palette, self._fonts)
        self.more.apply_theme(palette)

    def fit(self, width: int) -> None:
        """Adapt the fields to a window of `width` pixels and to the present font size."""
        letters = round(0.5 * width / self._fonts.pixels) - 20
        # Fields take a changed font in only when they are told again.
        self._microphone.configure(width=max(17, min(letters, 36)), font=self._fonts.body)
        self._top_k.configure(font=self._fonts.body)
        self._label.pack_configure(padx=(0, self._fonts.pixels // 2))

    def show_running(self, running: bool) -> None:
        """Let the first button say what it would do."""
        change(self._start, text="Stop" if running else "Start")

    def show_recording(self, recording: bool, possible: bool) -> None:
        """Let the second button say what it would do, if it can do anything."""
        change(self._record, text="End recording" if recording else "Record")
        state = "normal" if possible else "disabled"
        if str(self._record.cget("state")) != state:
            self._record.configure(state=state)

    def show_full_screen(self, full: bool) -> None:
        """Let the last button say what it would do."""
        change(self._full, text="Leave full screen" if full else "Full screen")

    def _leave(self, event: tk.Event) -> None:
        """After a click with the mouse the space bar is for Start/Stop again."""
        widget = event.widget
        typing = isinstance(widget, ttk.Entry) and "arrow" not in widget.identify(event.x, event.y)
        if not typing:
            self.after_idle(self.winfo_toplevel().focus_set)

    def _space(self, event: tk.Event) -> str | None:
        """Start or stop once a press; a held key repeats, and other controls have their own use."""
        # A name is all that is left of a widget whose own use of the key was its end.
        if event.widget is not self._start and isinstance(event.widget, (*SPACED, str)):
            return None
        if not self._space_held and event.time - self._space_released_at > REPEAT:
            self._actions.toggle()
        self._space_held = True
        return "break"

    def _space_released(self, event: tk.Event) -> None:
        """X sends a release before every repeat, at the same time as the press that follows."""
        self._space_held, self._space_released_at = False, event.time

    def _commit_top_k(self, event: tk.Event | None = None) -> None:
        """Take the typed number over, or put the last one back and say what is possible."""
        text = self._top_k.get().strip()
        if text.isdecimal() and 1 <= int(text) <= most("top_k"):
            if int(text) != self._wanted:
                self._wanted = int(text)
                self._actions.want(self._wanted)
        else:
            self._actions.hint(f"Sounds to show is {allowed('top_k')}, not {text[:20]!r}.")
        self._top_k.set(self._wanted)
        self._top_k.selection_clear()
        if event is not None and event.type is tk.EventType.KeyPress:
            self.winfo_toplevel().focus_set()  # so that the space bar is for Start/Stop again

    def _list(self) -> None:
        """Ask what microphones there are, when the list is opened."""
        names = dict.fromkeys(self._actions.microphones())
        self._microphone.configure(
            values=(status_text.DEFAULT_MICROPHONE, *names, status_text.LOOK_AGAIN)
        )

    def _choose(self, _event: tk.Event) -> None:
        name = self._microphone.get()
        self._microphone.selection_clear()
        if name == status_text.LOOK_AGAIN:
            self._microphone.set(self._chosen)
            self._actions.look_for_microphones()
            return
        self._chosen = name
        self._actions.choose_microphone("" if name == status_text.DEFAULT_MICROPHONE else name)
