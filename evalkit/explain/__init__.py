"""Explains differences: contributions, over- and underused words, distributions, passages to read, and alignments with the corpus."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.explain.alignments import traces
    from evalkit.explain.contributions import explain
    from evalkit.explain.distributions import profiles
    from evalkit.explain.excerpts import choose_excerpts, human_excerpts, mark_copies, show_words
    from evalkit.explain.keyness import word_uses

# Loaded when first asked for (PEP 562): a comparison without explanations needs none of the search and statistics behind them.
_MODULES = {
    "choose_excerpts": "excerpts",
    "explain": "contributions",
    "human_excerpts": "excerpts",
    "mark_copies": "excerpts",
    "profiles": "distributions",
    "show_words": "excerpts",
    "traces": "alignments",
    "word_uses": "keyness",
}

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


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
