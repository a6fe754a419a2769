"""Measurements; each says in docs/benchmarks.md what it found."""
