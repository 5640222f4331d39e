"""The first sentence of every report: what a person who has read all of it would say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from evalkit.metrics.model import BITS
from evalkit.report import decisions
from evalkit.report.numbers import NBSP, count, format_value, named, percent, series, with_unit
from evalkit.report.standing import MUCH, Board, Standing
from evalkit.results import Results, Row

State = Literal["clear", "tie", "noise", "copy", "none", "single", "human", "PASS", "REGRESSION", "INCONCLUSIVE", "NOT COMPARABLE"]
_NOISE = 0.9
"""A mean position from which a candidate is called as far from human text as random letters."""
_SHADOW = "copy.shadow"
LITTLE_TEXT = 10_000
"""Characters of a candidate below which a ranking is called a ranking on little text."""


@dataclass(frozen=True)
class Verdict:
    """What the report says first.

    Args:
        state: the situation, for symbol and colour.
        sentence: one or two sentences of plain text; names of candidates stand between backticks.
        subject: the candidate that it is about; None where there is none.
    """

    state: State
    sentence: str
    subject: str | None


def verdict(results: Results, board: Board | None = None) -> Verdict:
    """The verdict on a run."""
    board = board or Board(results)
    if results.verdict is not None:
        subject = str(results.candidates[0]["name"]) if results.candidates else None
        return Verdict(cast("State", results.verdict), decisions.headline(results), subject)
    measured = [standing for standing in board.ranked if standing.n_measured]
    if not measured:
        return _nothing(board)
    if results.kind == "sweep" and (chosen := board.best_temperature()) is not None:
        return _swept(board, *chosen)
    if len(board.ranked) == 1:
        return _single(board, measured[0])
    return _several(board, measured)


def corpus_name(results: Results) -> str:
    """The corpus as a sentence names it."""
    name = str(results.reference["name"])
    return "the embedded corpus" if name == "embedded" else name


def _swept(board: Board, first: str, level: list[str]) -> Verdict:
    """The best temperature, and what goes wrong at the two ends."""
    places, by_name = board.temperatures, {standing.name: standing for standing in board.standings}
    spec = named(str(board.results.candidates[0]["spec"]))
    near = f" ({series([f'{places[name]:g}' for name in level])} cannot be told from it)" if level else ""
    text = f"{spec} reads most like {corpus_name(board.results)} at temperature {places[first]:g}{near}"
    ends = [
        name
        for name in (min(places, key=places.__getitem__), max(places, key=places.__getitem__))
        if name != first and name not in level
    ]
    faults = [f"at {places[name]:g}, {_weakness(board, by_name[name])}" for name in ends if by_name[name].worst is not None]
    return Verdict("single", f"{'; '.join([text, *faults])}.", first)


def _nothing(board: Board) -> Verdict:
    if board.ranked:
        row = next((row for row in board.results.results if row.reason and row.metric != BITS.id), None)
        why = f": {board.metrics[row.metric]['label']}, for one, has {row.reason}" if row else ""
        return Verdict("none", f"Too little text to measure anything{why}.", board.ranked[0].name)
    human = board.standings[0]
    return Verdict(
        "human",
        f"Held-out human text lies within its own range on {_of(board, len(human.within), human)}; there is no generator to judge.",
        human.name,
    )


def _single(board: Board, one: Standing) -> Verdict:
    found = _alone(board, one)
    return Verdict(found.state, found.sentence + _shadows(board, [one]).replace(named(one.name), "It", 1), found.subject)


def _alone(board: Board, one: Standing) -> Verdict:
    name, corpus = named(one.name), corpus_name(board.results)
    on = f" on any of {count(one.n_measured, 'measure')}" if one.n_measured > 1 else ""
    if one.worst is None:
        on = on or f" on {board.metrics[one.within[0]]['label']}"
        return Verdict("single", f"{name} cannot be told from {corpus}{on}{_unmeasured(board, one)}.", one.name)
    weak = _weakness(board, one)
    if one.position is not None and one.position >= _NOISE:
        return Verdict("noise", f"{name} is as far from {corpus} as random letters: {weak}.", one.name)
    if not one.within:
        return Verdict("single", f"{name} does not read like {corpus}{on}{_unmeasured(board, one)}: {weak}.", one.name)
    within = _of(board, len(one.within), one)
    joined = f"on only {within}:" if 2 * len(one.within) < one.n_measured else f"on {within}, yet"
    return Verdict("single", f"{name} reads like {corpus} {joined} {weak}.", one.name)


def _several(board: Board, measured: list[Standing]) -> Verdict:
    copiers = {standing.name: copied for standing in measured if (copied := board.copied_share(standing.name))}
    honest = [standing for standing in measured if standing.name not in copiers]
    if not honest:
        worst = max(copiers, key=lambda name: copiers[name])
        return Verdict("copy", f"Every candidate quotes the corpus: {named(worst)} {_copies(*copiers[worst])}.", worst)
    best, *others = honest
    state, text = _ranked(board, best, others[0] if others else None)
    return Verdict(state, text + (_beside(board, copiers, best) if state == "clear" else "") + _shadows(board, measured), best.name)


def _ranked(board: Board, best: Standing, rival: Standing | None) -> tuple[State, str]:
    """What to say of the best candidate that does not quote, and the next."""
    corpus = corpus_name(board.results)
    if best.position is not None and best.position >= _NOISE:
        return "noise", f"Nothing here reads like {corpus}: {named(best.name)} comes closest, and is as far off as random letters."
    if rival is not None:
        won, lost = board.separated(best.name, rival.name)
        if not won and not lost and any(_has_interval(board, one.name) for one in (best, rival)):
            return "tie", _tie(board, best, rival)
    return "clear", _winner(board, best, rival)


def _winner(board: Board, best: Standing, rival: Standing | None) -> str:
    corpus = corpus_name(board.results)
    text = f"{named(best.name)} is closest to {corpus} on {_of(board, len(best.closest), best)}"
    if best.worst is None:
        text += ", and within the human range on all"
    else:
        text += f", yet {_weakness(board, best)}"
    if rival is not None:
        text += _rival(board, best, rival)
    return f"{_caveat(board, best)}{text}."


def _rival(board: Board, best: Standing, rival: Standing) -> str:
    """What the next candidate does better beyond doubt."""
    lost = board.separated(best.name, rival.name)[1]
    labels = ["copying" if board.is_copying(id_) else str(board.metrics[id_]["label"]) for id_ in lost if id_ != best.worst]
    others = series(list(dict.fromkeys(labels))[:2])
    if best.worst in lost:
        return f"; {named(rival.name)} does better there" + (f", and on {others}" if others else "")
    return f"; {named(rival.name)} does better on {others}" if others else ""


def _tie(board: Board, best: Standing, rival: Standing) -> str:
    n = max((row.n_units for row in board.results.results if row.candidate == best.name), default=0)
    size = f"{count(n, 'passage')} of {board.results.shape['n_chars']:,} characters"
    on = f"on none of {count(best.n_measured, 'measure')} do their intervals separate"
    return f"{named(best.name)} and {named(rival.name)} cannot be told apart: {on} ({size})."


def _beside(board: Board, copiers: dict[str, tuple[float, float]], best: Standing) -> str:
    """What to say of candidates that look as good because they quote."""
    better = {s.name: copiers[s.name] for s in board.ranked if s.name in copiers and (s.surface or 0.0) <= (best.surface or 0.0)}
    if not better:
        return ""
    name = next(iter(better))
    return f" {named(name)} looks better and {_copies(*better[name])}."


def _shadows(board: Board, measured: list[Standing]) -> str:
    """What to say of candidates that follow the corpus letter by letter."""
    found = {
        one.name: row for one in measured if (row := board.row(one.name, _SHADOW)) is not None and board.copied_share(one.name)
    }
    beyond = {name: row for name, row in found.items() if row.value is not None and row.value >= MUCH}
    if not beyond:
        return ""
    name, row = max(beyond.items(), key=lambda item: item[1].value or 0.0)
    return (
        f" {named(name)} runs along passages of the corpus with {_pct(row.value or 0.0)} of its characters, as a model does that was fed "
        "the real text and printed its guesses."
    )


def _caveat(board: Board, best: Standing) -> str:
    n_chars = next(c["n_chars"] for c in board.candidates if c["name"] == best.name)
    return f"On little text ({n_chars:,} characters each), " if n_chars < LITTLE_TEXT else ""


def _has_interval(board: Board, name: str) -> bool:
    return any(row.ci is not None for row in board.results.results if row.candidate == name)


def _weakness(board: Board, standing: Standing) -> str:
    """What is worst about a candidate, as a clause; there must be something."""
    assert standing.worst is not None
    row = board.rows[standing.name, standing.worst]
    return weakness(row, board)


def weakness(row: Row, board: Board) -> str:
    """How a measured row differs from human text, as a clause."""
    metric, value = board.metrics[row.metric], row.value
    assert value is not None
    human = row.target if row.target is not None else row.floor.median if row.floor else None
    beside = "the corpus" if row.target is not None else "human text"
    if row.metric in _UNKNOWN_WORDS:
        against = f" (human text: {_pct(1 - human)})" if human is not None else ""
        return f"{_pct(1 - value)} of its longer words are {_UNKNOWN_WORDS[row.metric]}{against}"
    if row.metric.startswith("suffix.") and metric["unit"].startswith("per "):
        against = f" where {beside} has {human:.0f}" if human is not None else ""
        return f"it has {value:.0f} {metric['label']} {metric['unit']}{against}"
    family, _, rest = row.metric.partition(".")
    if family == "novelty":
        unit, _, n = rest.partition("_")
        spans = f"{n}-{'character spans' if unit == 'chars' else 'word sequences'}"
        against = f" (human text: {_pct(1 - human)})" if human is not None else ""
        return f"{_pct(1 - value)} of its {spans} are copied{against}"
    if row.metric == _SHADOW:
        return f"{_pct(value)} of it runs along the corpus" + (f" (human text: {_pct(human)})" if human is not None else "")
    if row.metric == "wordlen.w1":
        return f"its word lengths are {with_unit(value, metric['unit'])} off" + (
            f" (human text: {format_value(human)})" if human else ""
        )
    against = f" ({beside}: {with_unit(human, metric['unit'])})" if human is not None else ""
    return f"its {metric['label']} {_be(metric['label'])} {with_unit(value, metric['unit'])}{against}"


_UNKNOWN_WORDS = {"vocab.hit": "unknown to the corpus", "vocab.dictionary": "in no dictionary"}


def _be(label: str) -> str:
    """The verb of a label: "function words" are, "letter divergence" is."""
    return "are" if label.endswith("words") else "is"


def _copies(copied: float, human: float) -> str:
    return f"copies {_pct(copied)} of its text (human text: {_pct(human)})"


def _pct(share: float) -> str:
    return f"{percent(share) if share < 0.0995 else f'{100 * share:.0f}'}{NBSP}%"


def _of(board: Board, n: int, standing: Standing) -> str:
    total = standing.n_measured
    if n == total:
        of = f"all {total} measures" if total > 1 else "the one measure"
    else:
        of = f"{n or 'none'} of {count(total, 'measure')}"
    return of + _unmeasured(board, standing)


def _unmeasured(board: Board, standing: Standing) -> str:
    """How many headline measures say nothing about a candidate."""
    rows = [board.row(standing.name, id_) for id_ in board.headline]
    missing = sum(row is not None and row.value is None for row in rows)
    return f" ({missing} more could not be measured)" if missing else ""
