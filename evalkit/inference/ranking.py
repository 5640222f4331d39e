"""Ranks candidates by significant differences, with ties as ties: `rank` gives a `TiedRanking`."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TiedRanking:
    """An order of candidates in which several may share a rank.

    Args:
        ranks: candidate -> 1 + the number of candidates that are significantly better; equal numbers are ties.
        letters: candidate -> letters; two candidates that share one do not differ significantly (compact letter display, Piepho 2004).
    """

    ranks: Mapping[str, int]
    letters: Mapping[str, str]


def rank(names: Sequence[str], better: Collection[tuple[str, str]]) -> TiedRanking:
    """Ranks candidates by which of them are significantly better than which.

    Args:
        names: the candidates.
        better: pairs (winner, loser) that differ significantly. Ties need not be transitive: x may be tied with y and y with z, but z
            significantly worse than x.

    >>> ranking = rank(["x", "y", "z"], {("x", "z")})
    >>> dict(ranking.ranks), dict(ranking.letters)
    ({'x': 1, 'y': 1, 'z': 2}, {'x': 'a', 'y': 'ab', 'z': 'b'})
    """
    ranks = {name: 1 + sum(loser == name for _, loser in better) for name in names}
    order = sorted(names, key=lambda name: (ranks[name], names.index(name)))
    groups = sorted(_tied_groups(order, better), key=lambda group: sorted(order.index(name) for name in group))
    labels = [_label(i) for i in range(len(groups))]
    letters = {name: "".join(label for label, group in zip(labels, groups, strict=True) if name in group) for name in order}
    return TiedRanking(ranks={name: ranks[name] for name in order}, letters=letters)


def _tied_groups(names: Sequence[str], better: Collection[tuple[str, str]]) -> list[frozenset[str]]:
    """The largest groups without a winner and its loser.

    This is insert-and-absorb (Piepho 2004): a group that holds such a pair is replaced by two, each without one of them, and groups that lie
    within another are dropped.
    """
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
