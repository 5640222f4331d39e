"""Fetches corpora that are listed in a manifest, and finds and checks their copies in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.text.datasets.download import fetch
    from evalkit.text.datasets.manifest import CorpusEntry, cached_files, load_manifest

__all__ = [
    "CorpusEntry",
    "cached_files",
    "fetch",
    "load_manifest",
]

_MODULES = {
    "download": ("fetch",),
    "manifest": ("CorpusEntry", "cached_files", "load_manifest"),
}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
