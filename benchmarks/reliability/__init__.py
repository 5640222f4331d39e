"""Looks for faults at length: damaged documents, programs in one folder, and faults planted in the code that tests should find."""
