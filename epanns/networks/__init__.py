"""The network architectures: their PyTorch modules and safe reading of their weights."""
