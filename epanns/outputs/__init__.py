"""Where scores of recordings are written to, one module a format; see epanns/outputs/output.py."""
