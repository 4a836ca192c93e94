"""From a PyTorch checkpoint to the ONNX graph that the live path runs; needs torch and onnx."""
