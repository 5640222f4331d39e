"""Benchmarks: each runs its peer beside us in the same run and prints ratios; nothing here gates on time."""
