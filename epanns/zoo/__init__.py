"""The published weights: what there is, what is here of it, and fetching the rest."""
