"""The comparison with a second network."""
