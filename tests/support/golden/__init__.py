"""The project's own golden outputs, and how to rebuild the networks and waveforms they are of."""
