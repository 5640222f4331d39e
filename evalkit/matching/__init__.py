"""Finds generated text in the reference: longest matches, copied spans, shadows, and bits under the reference's language model.

`CorpusIndex` holds a corpus; its `training` gives the `TrainingIndex` of one split, which counts what metrics ask for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.matching.alignment import Shadow, ShadowIndex
    from evalkit.matching.corpus_index import CorpusIndex
    from evalkit.matching.reference_lm import NgramCounts, ReferenceModel
    from evalkit.matching.search import Search
    from evalkit.matching.suffix_array import Suffixes
    from evalkit.matching.training_index import Copy, TrainingIndex

# Loaded when first asked for (PEP 562): metrics read constants of single modules and must not load the search for them.
_MODULES = {
    "Copy": "training_index",
    "CorpusIndex": "corpus_index",
    "NgramCounts": "reference_lm",
    "ReferenceModel": "reference_lm",
    "Search": "search",
    "Shadow": "alignment",
    "ShadowIndex": "alignment",
    "Suffixes": "suffix_array",
    "TrainingIndex": "training_index",
}

__all__ = [
    "Copy",
    "CorpusIndex",
    "NgramCounts",
    "ReferenceModel",
    "Search",
    "Shadow",
    "ShadowIndex",
    "Suffixes",
    "TrainingIndex",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
