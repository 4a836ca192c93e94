"""The window: what the engine says, drawn with Tk and matplotlib. It runs no engine code itself."""
