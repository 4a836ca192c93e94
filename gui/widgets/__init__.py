"""What all windows share: theme, tooltips, text fitting, small helpers."""
