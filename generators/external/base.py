"""Shares code among generators made elsewhere (a program, a server, a pretrained model): `ExternalGenerator`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from generators.base import Floats, Generator, check_seed


class ExternalGenerator(Generator):
    """A generator that learns nothing from the reference; fitting only makes it ready."""

    learns: ClassVar[bool] = False
    heeds_document_order: ClassVar[bool] = False


def passage_seed(seed: int, index: int) -> int:
    """A seed for one passage, from the seed of all passages and the passage's number. It has 31 bits, which most programs take."""
    check_seed(seed)
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0]) >> 1


def without_lone_surrogates(text: str) -> str:
    """A text in which U+FFFD replaces each half of a surrogate pair that JSON may hold and UTF-8 cannot.

    >>> without_lone_surrogates("a" + chr(0xD800))
    'a\ufffd'
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def spread(n_chars: int, ends: Sequence[int], log2_probs: Sequence[float]) -> Floats:
    """Shares log2 probabilities of tokens out evenly over their characters.

    Args:
        n_chars: of the whole text.
        ends: where each token ends; it begins where the one before ended. The share of a token without a character (such as the first
            bytes of one) goes to the next character.
        log2_probs: of each token.

    Returns:
        [n_chars]; the sum is that of the tokens, less those after the last character.

    >>> spread(4, [3, 3, 4], [-6.0, -1.0, -2.0]).tolist()
    [-2.0, -2.0, -2.0, -3.0]
    """
    shares = np.zeros(n_chars)
    start = 0
    for end, log2_prob in zip(ends, log2_probs, strict=True):
        if end > start:
            shares[start:end] += log2_prob / (end - start)
            start = end
        elif start < n_chars:
            shares[start] += log2_prob
    return shares
