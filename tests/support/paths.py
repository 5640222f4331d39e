"""Folders that tests read: the project, and the corpora, samples and scripts beside it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPORA = ROOT.parent / "shared" / "corpora"
ARTICLE = ROOT.parent / "shared" / "article"
CASES = ROOT.parent / "shared" / "cases"
CHEATS = ROOT.parent / "shared" / "cheats" / "build.py"
