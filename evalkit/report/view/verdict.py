"""The first sentence of every report: what a person who has read all of it would say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from evalkit._util.formatting import count, named, series
from evalkit.report.view import decisions
from evalkit.report.view.standings import MUCH, Board, Standing
from evalkit.report.view.weaknesses import SHADOW, rough_percent, weakness
from evalkit.results import Results

State = Literal["clear", "tie", "noise", "copy", "none", "single", "human", "PASS", "REGRESSION", "INCONCLUSIVE", "NOT COMPARABLE"]
NOISE = 0.9
"""A mean position from which a candidate is called as far from human text as random letters."""
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
    if (position := by_name[first].position) is not None and position >= NOISE:
        text = f"{spec} reads like {corpus_name(board.results)} at no temperature: at {places[first]:g} it comes closest"
        return Verdict("noise", f"{text}, and is as far off as random letters.", first)
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
        row = next((row for row in board.results.results if row.reason and row.metric in board.headline), None)
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
    more = "" if one.worst == SHADOW else _shadows(board, [one]).replace(named(one.name), "It", 1)
    return Verdict(found.state, found.sentence + more, found.subject)


def _alone(board: Board, one: Standing) -> Verdict:
    name, corpus = named(one.name), corpus_name(board.results)
    on = f" on any of {count(one.n_measured, 'measure')}" if one.n_measured > 1 else ""
    if one.worst is None:
        on = on or f" on {board.metrics[one.within[0]]['label']}"
        return Verdict("single", f"{name} cannot be told from {corpus}{on}{_unmeasured(board, one)}.", one.name)
    weak = _weakness(board, one)
    if one.position is not None and one.position >= NOISE:
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
        return _copiers(board, copiers, measured)
    best, *others = honest
    state, text = _ranked(board, best, others[0] if others else None)
    return Verdict(state, text + (_beside(board, copiers, best) if state == "clear" else "") + _shadows(board, measured), best.name)


def _copiers(board: Board, copiers: dict[str, tuple[float, float]], measured: list[Standing]) -> Verdict:
    """What to say where nobody writes a text of their own."""
    shadows = _shadows(board, measured)
    quoting = {name: copied for name, copied in copiers.items() if not _follows(board, name)}
    if not quoting:
        return Verdict("copy", f"No candidate writes a text of its own.{shadows}", max(copiers, key=lambda name: copiers[name]))
    worst = max(quoting, key=lambda name: quoting[name])
    also = " or runs along it" if shadows else ""
    return Verdict("copy", f"Every candidate quotes the corpus{also}: {named(worst)} {_copies(*quoting[worst])}.{shadows}", worst)


def _follows(board: Board, name: str) -> bool:
    row = board.row(name, SHADOW)
    return row is not None and row.value is not None and row.value >= MUCH


def _ranked(board: Board, best: Standing, rival: Standing | None) -> tuple[State, str]:
    """What to say of the best candidate that does not quote, and the next."""
    corpus = corpus_name(board.results)
    if best.position is not None and best.position >= NOISE:
        return "noise", f"Nothing here reads like {corpus}: {named(best.name)} comes closest, and is as far off as random letters."
    if rival is not None:
        won, lost = board.separated(best.name, rival.name)
        if not won and not lost and any(_has_interval(board, one.name) for one in (best, rival)):
            return "tie", _tie(board, best)
    return "clear", _winner(board, best, rival)


def _winner(board: Board, best: Standing, rival: Standing | None) -> str:
    corpus = corpus_name(board.results)
    on = _only(board, best) if best.n_measured == 1 else _of(board, len(best.closest), best)
    text = f"{named(best.name)} is closest to {corpus} on {on}"
    if best.worst is None:
        text += ", and within the human range" + (" on all" if best.n_measured > 1 else "")
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
    if others:
        return f"; {named(rival.name)} does better on {others}"
    return f"; overall, {named(rival.name)} cannot be told from it" if board.level_overall(best.name, rival.name) else ""


def _tie(board: Board, best: Standing) -> str:
    n = max((row.n_units for row in board.results.results if row.candidate == best.name), default=0)
    size = f"{count(n, 'passage')} of {board.results.shape['n_chars']:,} characters"
    level = [one for one in board.ranked if one.n_measured and (one is best or board.separated(best.name, one.name) == ([], []))]
    names = [named(one.name) for one in level[:2]] + ([f"{len(level) - 2} more"] if len(level) > 2 else [])
    if all(one.worst is None for one in level):
        each = "both" if len(level) == 2 else "all"
        return f"{series(names)} cannot be told apart: {each} are within the human range on {_of(board, best.n_measured, best)} ({size})."
    on = f"on none of {best.n_measured} measures do their intervals separate"
    if best.n_measured == 1:
        on = f"on {_only(board, best)}, the one measure, their intervals overlap"
    return f"{series(names)} cannot be told apart: {on} ({size})."


def _only(board: Board, one: Standing) -> str:
    """The label of the one measure that there is."""
    measured = (id_ for id_ in board.headline if (row := board.row(one.name, id_)) is not None and row.value is not None)
    return str(board.metrics[next(measured)]["label"])


def _beside(board: Board, copiers: dict[str, tuple[float, float]], best: Standing) -> str:
    """What to say of candidates that look as good because they quote."""
    better = {s.name: copiers[s.name] for s in board.ranked if s.name in copiers and (s.surface or 0.0) <= (best.surface or 0.0)}
    if not better:
        return ""
    name = next(iter(better))
    return f" {named(name)} looks better and {_copies(*better[name])}."


def _shadows(board: Board, measured: list[Standing]) -> str:
    """What to say of candidates that follow the corpus letter by letter."""
    found = {one.name: row for one in measured if (row := board.row(one.name, SHADOW)) is not None and board.copied_share(one.name)}
    beyond = {name: row for name, row in found.items() if row.value is not None and row.value >= MUCH}
    if not beyond:
        return ""
    name, row = max(beyond.items(), key=lambda item: item[1].value or 0.0)
    return (
        f" {named(name)} runs along passages of the corpus with {rough_percent(row.value or 0.0)} of its characters, as a model does that was fed "
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


def _copies(copied: float, human: float) -> str:
    return f"copies {rough_percent(copied)} of its text (human text: {rough_percent(human)})"


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
