"""Recordings on disk: finding, reading, scoring them, one after the other or many at once."""
