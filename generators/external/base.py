"""What generators made elsewhere (a program, a server, a pretrained model) have in common: they learn nothing from the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from generators.base import Floats, Generator, check_seed


class Outside(Generator):
    """A generator that is as it is; fitting makes it ready and looks at no document."""

    learns: ClassVar[bool] = False
    heeds_document_order: ClassVar[bool] = False


def passage_seed(seed: int, index: int) -> int:
    """A seed for one passage, of 31 bits (what most programs take), from the seed of all and the passage's number."""
    check_seed(seed)
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0]) >> 1


def spread(n_chars: int, ends: Sequence[int], log2_probs: Sequence[float]) -> Floats:
    """Log2 probabilities of tokens shared out evenly over their characters.

    Args:
        n_chars: of the whole text.
        ends: where each token ends; it begins where the one before ended. A token that adds no character (the first bytes of one, say)
            counts on the next.
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
