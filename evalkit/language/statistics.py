"""Describes a corpus in figures, `describe_corpus`: the table of `corpus info`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evalkit.language.profile import DEFAULT, Language, load_language
from evalkit.text.canonical import clusters, fold
from evalkit.text.documents import Corpus
from evalkit.text.tokenize import TOKENIZER, words


def describe_corpus(corpus: Corpus, *, language: str = DEFAULT) -> dict[str, Any]:
    """Counts and rates of a corpus.

    Documents are normalized and tokenized one by one with `word-v2`, and their counts summed. Letters are those of the
    language's alphabet after case folding, within words or not. A word's length counts its apostrophes. Rates are per 10,000
    words, of words with an ending and of single words, as the profile lists them. Interior is, of all words that hold the
    profile's last ending, the share that do not end in it. Hapax are word types that occur once. What cannot be computed (no
    words, no letters) is None.

    Args:
        corpus: what to describe.
        language: code or path of the profile that names the letters, endings and words.

    Returns:
        name, hash, tokenizer; documents, characters, distinct_characters, words, types, hapax, letters: counts;
        letter_percent: letter -> percent of letters, the most frequent first; letter_entropy_bits: 0 to log2 of the
        alphabet's size;
        letter_jsd_to_uniform_bits: 0 to 1;
        word_length_percent: length in characters -> percent of words, ascending; word_length_mean: characters;
        per_10k_words, in English of "-ing", "-ed", "-tion", "the", "that", "than"; tion_interior_percent (so called in
        English): 0 to 100.
    """
    profile = load_language(language)
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
        **_describe_words(tokens, profile),
        **_describe_letters(_letters(corpus, profile.alphabet), profile.alphabet),
    }


def _letters(corpus: Corpus, alphabet: Sequence[str]) -> Counter[str]:
    folded: Counter[str] = Counter()
    for document in corpus.documents:
        folded.update(clusters(fold(document.text)))
    return Counter({letter: folded[letter] for letter in alphabet if folded[letter]})


def _describe_letters(letters: Counter[str], alphabet: Sequence[str]) -> dict[str, Any]:
    total = letters.total()
    shares = {letter: n / total for letter, n in letters.most_common()}
    return {
        "letters": total,
        "letter_percent": {letter: 100 * share for letter, share in shares.items()},
        "letter_entropy_bits": _entropy(shares.values()) if total else None,
        "letter_jsd_to_uniform_bits": _divergence_from_uniform(shares, alphabet) if total else None,
    }


def _entropy(shares: Iterable[float]) -> float:
    """In bits; of a single share 0, not the -0.0 of the formula."""
    return abs(sum(share * math.log2(share) for share in shares if share))


def _divergence_from_uniform(shares: Mapping[str, float], alphabet: Sequence[str]) -> float:
    """Jensen-Shannon divergence of the letters from letters that are all as frequent, in bits, 0 to 1 (Lin 1991)."""
    # H((p + q) / 2) - (H(p) + H(q)) / 2, where q is uniform and H(q) the logarithm of the alphabet's size.
    equal = 1 / len(alphabet)
    mixed = [(shares.get(letter, 0.0) + equal) / 2 for letter in alphabet]
    return _entropy(mixed) - (_entropy(shares.values()) - math.log2(equal)) / 2


def _describe_words(tokens: Counter[str], profile: Language) -> dict[str, Any]:
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
        "per_10k_words": _rates(tokens, profile),
        f"{profile.endings[-1]}_interior_percent": _interior(tokens, profile.endings[-1]),
    }


def _rates(tokens: Counter[str], profile: Language) -> dict[str, float | None]:
    total = tokens.total()
    counts = {f"-{ending}": sum(n for word, n in tokens.items() if word.endswith(ending)) for ending in profile.endings}
    counts |= {word: tokens[word] for word in profile.words}
    return {name: 1e4 * n / total if total else None for name, n in counts.items()}


def _interior(tokens: Counter[str], ending: str) -> float | None:
    anywhere = sum(n for word, n in tokens.items() if ending in word)
    at_end = sum(n for word, n in tokens.items() if word.endswith(ending))
    return 100 * (anywhere - at_end) / anywhere if anywhere else None
