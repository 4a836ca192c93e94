"""The dialog in which classes are selected."""
