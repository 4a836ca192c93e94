"""What scripts/bench measures: a module a subject, each ending in a `Section` for the report."""
