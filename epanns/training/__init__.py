"""Packing recordings, training networks on them and measuring how good they are."""
