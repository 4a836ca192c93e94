"""What the lists to choose from have in common."""

from tkinter import ttk


def ignore_wheel(combobox: ttk.Combobox) -> None:
    """Let the mouse wheel, which is turned by accident, choose nothing."""
    for wheel in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
        combobox.bind(wheel, lambda _: "break")
