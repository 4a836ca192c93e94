"""The commands of python -m epanns; heavy imports wait until a command runs."""
