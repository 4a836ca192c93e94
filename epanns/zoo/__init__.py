"""The published weights: what there is, where it is fetched from, fetching it, what is here."""
