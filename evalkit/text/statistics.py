"""Describes a corpus in figures, `describe_corpus`: the table of `corpus info`."""

from __future__ import annotations

import math
import string
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from evalkit.text.documents import Corpus
from evalkit.text.tokenize import TOKENIZER, normalize, words

_ENDINGS = ("ing", "ed", "tion")
_WORDS = ("the", "that", "than")


def describe_corpus(corpus: Corpus) -> dict[str, Any]:
    """Counts and rates of a corpus.

    Documents are normalized and tokenized one by one with `word-v1`, and their counts summed. Letters are a to z after case folding,
    within words or not; accented letters are words' characters but none of the 26. A word's length counts its apostrophes. Rates are per
    10,000 words and count every word with that ending, or every occurrence of that word. `tion_interior` is, of all words that hold
    "tion", the share that do not end in it. Hapax are word types that occur once. What cannot be computed (no words, no letters) is None.

    Returns:
        name, hash, tokenizer; documents, characters, distinct_characters, words, types, hapax, letters: counts;
        letter_percent: letter -> percent of letters, the most frequent first; letter_entropy_bits: 0 to log2(26);
        letter_jsd_to_uniform_bits: 0 to 1;
        word_length_percent: length in characters -> percent of words, ascending; word_length_mean: characters;
        per_10k_words: "-ing", "-ed", "-tion", "the", "that", "than"; tion_interior_percent: 0 to 100.
    """
    chars: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for document in corpus.documents:
        chars.update(document.text)
        tokens.update(words(document.text))
    return {
        "name": corpus.name,
        "hash": corpus.hash,
        "tokenizer": TOKENIZER,
        "documents": len(corpus.documents),
        "characters": corpus.n_chars,
        "distinct_characters": len(chars),
        **_describe_words(tokens),
        **_describe_letters(_letters(corpus)),
    }


def _letters(corpus: Corpus) -> Counter[str]:
    folded: Counter[str] = Counter()
    for document in corpus.documents:
        folded.update(normalize(document.text).casefold())
    return Counter({letter: folded[letter] for letter in string.ascii_lowercase if folded[letter]})


def _describe_letters(letters: Counter[str]) -> dict[str, Any]:
    total = letters.total()
    shares = {letter: n / total for letter, n in letters.most_common()}
    return {
        "letters": total,
        "letter_percent": {letter: 100 * share for letter, share in shares.items()},
        "letter_entropy_bits": _entropy(shares.values()) if total else None,
        "letter_jsd_to_uniform_bits": _divergence_from_uniform(shares) if total else None,
    }


def _entropy(shares: Iterable[float]) -> float:
    """In bits; of a single share 0, not the -0.0 of the formula."""
    return abs(sum(share * math.log2(share) for share in shares if share))


def _divergence_from_uniform(shares: Mapping[str, float]) -> float:
    """Jensen-Shannon divergence of the letters from letters that are all as frequent, in bits, 0 to 1 (Lin 1991)."""
    equal = 1 / len(string.ascii_lowercase)
    mixed = [(shares.get(letter, 0.0) + equal) / 2 for letter in string.ascii_lowercase]
    return _entropy(mixed) - (_entropy(shares.values()) - math.log2(equal)) / 2


def _describe_words(tokens: Counter[str]) -> dict[str, Any]:
    total = tokens.total()
    lengths: Counter[int] = Counter()
    for word, n in tokens.items():
        lengths[len(word)] += n
    return {
        "words": total,
        "types": len(tokens),
        "hapax": sum(n == 1 for n in tokens.values()),
        "word_length_percent": {length: 100 * n / total for length, n in sorted(lengths.items())},
        "word_length_mean": sum(length * n for length, n in lengths.items()) / total if total else None,
        "per_10k_words": _rates(tokens),
        "tion_interior_percent": _tion_interior(tokens),
    }


def _rates(tokens: Counter[str]) -> dict[str, float | None]:
    total = tokens.total()
    counts = {f"-{ending}": sum(n for word, n in tokens.items() if word.endswith(ending)) for ending in _ENDINGS}
    counts |= {word: tokens[word] for word in _WORDS}
    return {name: 1e4 * n / total if total else None for name, n in counts.items()}


def _tion_interior(tokens: Counter[str]) -> float | None:
    anywhere = sum(n for word, n in tokens.items() if "tion" in word)
    at_end = sum(n for word, n in tokens.items() if word.endswith("tion"))
    return 100 * (anywhere - at_end) / anywhere if anywhere else None
