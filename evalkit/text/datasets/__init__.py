"""Fetches corpora that are listed in a manifest, and finds and checks their copies in the cache.

Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.text.datasets.download import Patience, fetch
    from evalkit.text.datasets.manifest import CorpusEntry, FileEntry, cached_files, load_manifest

__all__ = ["CorpusEntry", "FileEntry", "Patience", "cached_files", "fetch", "load_manifest"]

_MODULES = {
    "download": ("Patience", "fetch"),
    "manifest": ("CorpusEntry", "FileEntry", "cached_files", "load_manifest"),
}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
