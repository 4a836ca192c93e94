"""The starter model, rebuilt from ../shared by scripts/make_starter."""
