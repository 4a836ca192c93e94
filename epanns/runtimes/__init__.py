"""The runtimes that run a network: ONNX Runtime on the live path, PyTorch as the reference."""
