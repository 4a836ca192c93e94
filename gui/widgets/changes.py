"""Changing widgets only where something differs: a change that changes nothing costs a redraw."""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk


def change(widget: ttk.Label | ttk.Button, **options: str) -> None:
    """Set options of a widget."""
    for name, value in options.items():
        if str(widget.cget(name)) != value:
            widget.configure({name: value})


def show_if(wanted: bool, widget: tk.Widget, show: Callable[[], None]) -> None:
    """Show or hide a widget that is packed or gridded."""
    if wanted and not widget.winfo_manager():
        show()
    elif not wanted and widget.winfo_manager():
        widget.pack_forget() if widget.winfo_manager() == "pack" else widget.grid_remove()
