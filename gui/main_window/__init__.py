"""The main window: layout, controls, messages, status."""
