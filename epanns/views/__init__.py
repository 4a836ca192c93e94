"""What is shown of an engine, without a window: rankings, selections, texts, terminal."""
