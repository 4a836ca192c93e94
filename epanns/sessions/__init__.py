"""Recording sessions: their format, writing them so that nothing is lost, playing them."""
