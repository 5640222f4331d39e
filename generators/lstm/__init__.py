"""lstm."""
