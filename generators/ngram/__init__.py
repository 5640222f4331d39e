"""N-gram models (`NGram`): counts in a trie, Kneser-Ney smoothing, and exact samplers for every decoding.

- `trie` counts the n-grams of a text.
- `kneser_ney` smooths the counts and gives probabilities.
- `backoff_sampler` and `sampling` draw symbols.
- `model` is the generator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from generators.ngram.kneser_ney import KneserNey
    from generators.ngram.model import NGram
    from generators.ngram.trie import Trie

__all__ = ["KneserNey", "NGram", "Trie"]

__getattr__ = lazy_names(
    __name__,
    {
        "KneserNey": "generators.ngram.kneser_ney",
        "NGram": "generators.ngram.model",
        "Trie": "generators.ngram.trie",
    },
)
