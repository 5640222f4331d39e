"""Explains differences: contributions, over- and underused words, distributions, passages to read, and alignments with the corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.explain.alignments import traces
    from evalkit.explain.contributions import explain
    from evalkit.explain.distributions import profiles
    from evalkit.explain.excerpts import choose_excerpts, human_excerpts, mark_copies, show_words
    from evalkit.explain.keyness import word_uses

__all__ = [
    "choose_excerpts",
    "explain",
    "human_excerpts",
    "mark_copies",
    "profiles",
    "show_words",
    "traces",
    "word_uses",
]

# Loaded when first asked for (PEP 562): a comparison without explanations needs none of the search and statistics behind them.
__getattr__ = lazy_names(
    __name__,
    {
        "choose_excerpts": "evalkit.explain.excerpts",
        "explain": "evalkit.explain.contributions",
        "human_excerpts": "evalkit.explain.excerpts",
        "mark_copies": "evalkit.explain.excerpts",
        "profiles": "evalkit.explain.distributions",
        "show_words": "evalkit.explain.excerpts",
        "traces": "evalkit.explain.alignments",
        "word_uses": "evalkit.explain.keyness",
    },
)
