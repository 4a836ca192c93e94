"""Recording sessions: how they lie on disk, written so that nothing is lost, played again."""
