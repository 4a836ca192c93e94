"""The live engine: sources, the worker, networks loaded in the background."""
