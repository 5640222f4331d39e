"""Puts each candidate's passages beside human ones of the same rank of distance, `beside`: best with best, median with median, worst with worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.report.view.conclusion import NOISE
from evalkit.report.view.passages.excerpts import FLAWS, MarkedPassage, Reading, flaw_kinds
from evalkit.report.view.ranking import Ranking

_RANKS = ("best", "median", "worst")
_ROWS = 3


@dataclass(frozen=True)
class Tab:
    """A candidate's passages.

    Args:
        name: of the candidate.
        rows: one beside each human passage.
        others: those without a human neighbour, such as the ones that show overused words.
    """

    name: str
    rows: Sequence[MarkedPassage]
    others: Sequence[MarkedPassage]


@dataclass(frozen=True)
class ReadingRoom:
    """What there is to read.

    Args:
        human: passages of held-out human text, in the order of the rows.
        tabs: one a candidate.
        kinds: flaws that some candidate's passage has.
        ranked: whether the rows are ranks of distance.
        has_surprise: whether the surprise of characters is known.
    """

    human: Sequence[MarkedPassage]
    tabs: Sequence[Tab]
    kinds: Sequence[str]
    ranked: bool
    has_surprise: bool

    @property
    def flaws(self) -> list[tuple[str, str]]:
        """The flaws that are marked, each with its name for several."""
        return [(kind, FLAWS[kind][1]) for kind in self.kinds]


def beside(ranking: Ranking, passages: Reading) -> ReadingRoom | None:
    """The passages of all candidates, nearest first, beside human ones; None where there is nothing to read.

    Held-out human text, the control, is left out where the human side shows it already. Noise has one passage.
    """
    human = _in_rank(passages.get("", ()))
    controls = {summary.name for summary in ranking.summaries if summary.human} if human else set()
    tabs = [_tab(ranking, name, passages[name]) for name in ranking.names if passages.get(name) and name not in controls]
    if not tabs and not human:
        return None
    shown = [passage for tab in tabs for passage in tab.rows]
    return ReadingRoom(
        human=human[:_ROWS],
        tabs=tabs,
        kinds=flaw_kinds(passages),
        ranked=any(passage.role in _RANKS for passage in shown),
        has_surprise=any(passage.has_surprise for passage in [*human, *shown]),
    )


def _in_rank(passages: Sequence[MarkedPassage]) -> list[MarkedPassage]:
    place = {role: i for i, role in enumerate(_RANKS)}
    return sorted(passages, key=lambda passage: place.get(passage.role, len(_RANKS)))


def _tab(ranking: Ranking, name: str, passages: Sequence[MarkedPassage]) -> Tab:
    ordered = _in_rank(passages)
    shown = [passage for passage in ordered if passage.role != "example"]
    if is_noise(ranking, name):
        return Tab(name, [passage for passage in shown if passage.role == "median"] or shown[:1], [])
    rows = shown[:_ROWS]
    return Tab(name, rows, [passage for passage in ordered if passage not in rows])


def is_noise(ranking: Ranking, name: str) -> bool:
    """Whether a candidate is as far from human text as random letters."""
    overall = ranking.overall(name).value
    return overall is not None and overall >= NOISE
