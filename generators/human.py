"""Yields held-out human text as passages, so that the human floor is a candidate like any other: `Human`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from evalkit.errors import InputError
from evalkit.text.passages import slices
from generators.base import PLAIN, Decoding, Generator, Progress, check_amount, check_seed, silent


class Human(Generator):
    """Slices of the held-out documents, in an order that depends on the seed, each at most once."""

    name = "human"
    summary = "held-out documents of the reference, cut into passages"
    can_score = False

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        if not any(text.strip() for text in held_out):
            raise InputError(
                "There is no held-out text to take human passages from.",
                remedy="Give a reference of several documents, or choose some with --held-out PATTERN.",
            )
        self._held_out = tuple(held_out)
        return self

    def sample(
        self,
        n_passages: int,
        n_chars: int,
        *,
        seed: int = 0,
        first: int = 0,
        decoding: Decoding = PLAIN,
        progress: Progress = silent,
    ) -> list[str]:
        check_amount(1, n_chars, first=first)
        # All are cut and shuffled even for a few, so that passage i does not depend on how many are asked for.
        return [piece for _, piece in self.cut(n_chars, seed=seed)[first : first + n_passages]]

    def cut(self, n_chars: int, *, seed: int) -> list[tuple[int, str]]:
        """All passages in the order of the seed, each with the index of the held-out document that it comes from."""
        check_seed(seed)
        available = [(row, piece) for row, text in enumerate(self._held_out) for piece in slices(text, n_chars)]
        order = np.random.default_rng(seed).permutation(len(available))
        return [available[i] for i in order]
