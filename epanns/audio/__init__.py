"""Sound in: microphones, files, and the ring buffer that all of them write to."""
