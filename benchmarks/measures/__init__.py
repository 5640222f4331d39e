"""Benchmarks of single measures of text."""
