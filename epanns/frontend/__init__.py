"""From waveforms to spectra and log-mel spectrograms: the numbers, in numpy, in PyTorch."""
