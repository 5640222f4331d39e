"""Rankings that show ties as ties."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """An order of candidates.

    Args:
        ranks: candidate -> 1 + the number of candidates that are better beyond doubt; equal numbers are ties.
        letters: candidate -> letters; of two candidates that share one, neither is better beyond doubt (compact letter display, Piepho 2004).
    """

    ranks: Mapping[str, int]
    letters: Mapping[str, str]


def rank(names: Sequence[str], better: Collection[tuple[str, str]]) -> Ranking:
    """Ranks candidates by who beats whom.

    Args:
        names: the candidates.
        better: pairs (winner, loser) that differ beyond doubt; being tied need not be transitive.

    >>> ranking = rank(["x", "y", "z"], {("x", "z")})
    >>> dict(ranking.ranks), dict(ranking.letters)
    ({'x': 1, 'y': 1, 'z': 2}, {'x': 'a', 'y': 'ab', 'z': 'b'})
    """
    ranks = {name: 1 + sum(loser == name for _, loser in better) for name in names}
    order = sorted(names, key=lambda name: (ranks[name], names.index(name)))
    groups = sorted(_tied_groups(order, better), key=lambda group: sorted(order.index(name) for name in group))
    labels = [_label(i) for i in range(len(groups))]
    letters = {name: "".join(label for label, group in zip(labels, groups, strict=True) if name in group) for name in order}
    return Ranking(ranks={name: ranks[name] for name in order}, letters=letters)


def _tied_groups(names: Sequence[str], better: Collection[tuple[str, str]]) -> list[frozenset[str]]:
    """The largest groups within which nobody beats anybody, by splitting every group that holds a winner and its loser."""
    groups = {frozenset(names)}
    for pair in sorted(better):
        for group in [group for group in groups if group.issuperset(pair)]:
            groups.remove(group)
            groups |= {group - {name} for name in pair}
        groups = {group for group in groups if not any(group < other for other in groups)}
    return list(groups)


def _label(i: int) -> str:
    """The letters a ... z, then A ... Z, then numbers in brackets."""
    return string.ascii_letters[i] if i < len(string.ascii_letters) else f"[{i + 1}]"
