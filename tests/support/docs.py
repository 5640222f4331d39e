"""Gives tests the script that writes the generated pages, docs/generate.py, as the module `generate`."""

from __future__ import annotations

import sys

from tests.support.paths import ROOT

sys.path.insert(0, str(ROOT / "docs"))  # a script beside the pages, not part of a package

import generate

__all__ = ["generate"]
