"""evalkit measures whether generated text reads like its corpus, and gates regressions in CI.

The command line is `python -m evalkit`; in Python, start from `evalkit.evaluation.compare.compare` and `evalkit.results.read`.
Importing this package loads nothing heavy.
"""

__version__ = "0.1.0"
