"""Generators of independent characters: noise that knows the alphabet (`Uniform`) or also its frequencies (`Unigram`).

They mark the far end of every scale: a model that does not beat `unigram` has learned nothing about the order of characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from generators.noise.independent import Uniform, Unigram

__all__ = ["Uniform", "Unigram"]

__getattr__ = lazy_names(
    __name__,
    {
        "Uniform": "generators.noise.independent",
        "Unigram": "generators.noise.independent",
    },
)
