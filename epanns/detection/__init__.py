"""Sound event detection in recordings: scores over time, annotations, measures, pictures."""
