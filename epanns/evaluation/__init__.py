"""How well networks recognise labelled recordings: scores, measures, tables, plots."""
