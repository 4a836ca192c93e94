"""What the kiosk's screen says to visitors, moment by moment, and its game."""
