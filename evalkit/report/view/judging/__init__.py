"""Judges rows beside human text, for every form of report.

- `marks` says whether a value is within the human range, on which side it lies, and where strips show it.
- `faults` says which fault of a candidate is the gravest, and which of its faults forbid that it wins.
- `wording` puts a fault into words, with its side and its number.
"""
