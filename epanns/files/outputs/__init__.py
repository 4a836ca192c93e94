"""Formats in which scores of recordings are written, one module each; see output.py."""
