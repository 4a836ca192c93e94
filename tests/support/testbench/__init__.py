"""A virtual microphone and a virtual display: the real program, no sound card, no screen."""
