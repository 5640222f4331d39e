"""Codecs between text and symbols: `CharCodec`, `WordCodec` and `SpelledCodec`, and how text is split into words.

A model works on symbols 0 ... n_symbols - 1. Its codec decides what they stand for, and shares a symbol's bits out over its characters, so that
models of characters and of words are measured in the same unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from generators.codecs.characters import CharCodec
    from generators.codecs.words import SpelledCodec, WordCodec, tokenize

__all__ = ["CharCodec", "SpelledCodec", "WordCodec", "tokenize"]

__getattr__ = lazy_names(
    __name__,
    {
        "CharCodec": "generators.codecs.characters",
        "SpelledCodec": "generators.codecs.words",
        "WordCodec": "generators.codecs.words",
        "tokenize": "generators.codecs.words",
    },
)
