"""The chart: bars of what is heard, and the last minute."""
