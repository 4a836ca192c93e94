"""Finding, reading and scoring recordings on disk, one after the other or many at once."""
