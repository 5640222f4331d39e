"""Holds what belongs to a language: its letters, endings and word lists (`Language`), and the ends of its sentences (`SentenceSplitter`).

`describe_corpus` counts a corpus in a language's terms. Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.language.profile import CLASSES, DEFAULT, Language, load_language, shipped
    from evalkit.language.sentences import SentenceSplitter
    from evalkit.language.statistics import describe_corpus

__all__ = ["CLASSES", "DEFAULT", "Language", "SentenceSplitter", "describe_corpus", "load_language", "shipped"]

_MODULES = {
    "profile": ("CLASSES", "DEFAULT", "Language", "load_language", "shipped"),
    "sentences": ("SentenceSplitter",),
    "statistics": ("describe_corpus",),
}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
