"""A mixture of contexts at another temperature: again a mixture of contexts, so that it is drawn from as fast.

Raised to the power 1/T, `p(w | h) = alpha(hw) + gamma(h) p(w | h')` is `gamma(h)^(1/T) p(w | h')^(1/T)` for every symbol that never followed h,
and no less for those that did: what they have more is their weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generators.base import Floats
from generators.ngram.kneser_ney import KneserNey


@dataclass(frozen=True)
class Tempered:
    """A model at a temperature. All powers are relative to the most probable symbol of the context, so that none overflows.

    Args:
        weights: of each n-gram among the successors of its context, [n_nodes].
        leave: probability of leaving each context for the next shorter one, [n_contexts].
        totals: sum of the powers of all symbols, [n_contexts].
    """

    weights: Floats
    leave: Floats
    totals: Floats


def tempered(model: KneserNey, temperature: float) -> Tempered:
    """The model with every probability raised to the power 1/temperature."""
    trie, power, probs = model.trie, 1 / temperature, model.ngram_probs()
    powers, weights = np.zeros(len(probs)), np.zeros(len(probs))
    highest, totals, leave = (np.full(len(model.gamma), start) for start in (0.0, 0.0, 1.0))
    for n in range(1, trie.order + 1):
        here, (contexts, starts, lengths) = trie.nodes(n), trie.rows(n)
        shorter = trie.suffixes[contexts]
        below = model.gamma[contexts] * highest[shorter]
        highest[contexts] = top = np.maximum(np.maximum.reduceat(probs[here], starts), below)
        share = (below / top) ** power
        powers[here] = (probs[here] / np.repeat(top, lengths)) ** power
        weights[here] = np.maximum(powers[here] - np.repeat(share, lengths) * powers[trie.suffixes[here]], 0)
        passed = share * totals[shorter]
        totals[contexts] = np.add.reduceat(weights[here], starts) + passed
        leave[contexts] = passed / totals[contexts]
    return Tempered(weights, leave, totals)
