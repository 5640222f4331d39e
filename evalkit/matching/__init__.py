"""Finds generated text in the reference: longest matches, copied spans, shadows, and bits under the reference's language model.

`CorpusIndex` holds a corpus; its `training` gives the `TrainingIndex` of one split, which counts what metrics ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.matching.alignment import Shadow, ShadowIndex
    from evalkit.matching.corpus_index import CorpusIndex
    from evalkit.matching.reference_lm import NgramCounts, ReferenceModel
    from evalkit.matching.search import Search
    from evalkit.matching.suffix_array import Suffixes
    from evalkit.matching.training_index import Copy, TrainingIndex

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

# Loaded when first asked for (PEP 562): metrics read constants of single modules and must not load the search for them.
__getattr__ = lazy_names(
    __name__,
    {
        "Copy": "evalkit.matching.training_index",
        "CorpusIndex": "evalkit.matching.corpus_index",
        "NgramCounts": "evalkit.matching.reference_lm",
        "ReferenceModel": "evalkit.matching.reference_lm",
        "Search": "evalkit.matching.search",
        "Shadow": "evalkit.matching.alignment",
        "ShadowIndex": "evalkit.matching.alignment",
        "Suffixes": "evalkit.matching.suffix_array",
        "TrainingIndex": "evalkit.matching.training_index",
    },
)
