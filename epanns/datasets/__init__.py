"""Packs of labelled recordings: listings, the format, writing and reading it."""
