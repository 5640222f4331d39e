"""Concludes a run in one or two sentences, a `Conclusion`, which every report begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast

from evalkit._util.formatting import count, named, series
from evalkit.report.view import decisions
from evalkit.report.view.audit import lead
from evalkit.report.view.ranking import MUCH_COPIED, CandidateSummary, Ranking
from evalkit.report.view.weaknesses import SHADOW, rough_percent, weakness
from evalkit.results import Results

State = Literal[
    "clear", "tie", "noise", "copy", "none", "single", "human", "audit", "PASS", "REGRESSION", "INCONCLUSIVE", "NOT COMPARABLE"
]  # fmt: skip
NOISE = 0.9
"""A mean position from which a candidate is called as far from human text as random letters."""
LITTLE_TEXT = 10_000
"""Characters of a candidate below which a ranking is called a ranking on little text."""


@dataclass(frozen=True)
class Conclusion:
    """What the report says first.

    Args:
        state: the situation, for symbol and colour.
        sentence: one or two sentences of plain text; names of candidates stand between backticks.
        subject: the candidate that it is about; None where there is none.
    """

    state: State
    sentence: str
    subject: str | None


def conclude(results: Results, ranking: Ranking | None = None) -> Conclusion:
    """The conclusion of a run; of a gate, its verdict in words.

    It begins with the gravest fault that the audit found in surely more passages than human text has.
    """
    ranking = ranking or Ranking(results)
    if results.verdict is not None:
        subject = str(results.candidates[0]["name"]) if results.candidates else None
        return Conclusion(cast("State", results.verdict), decisions.verdict_sentence(results), subject)
    audited = lead(results)
    if results.audit is not None and set(results.metrics) <= set(results.audit.checks):
        return _audited(results, audited)
    conclusion = _of_measures(results, ranking)
    return replace(conclusion, sentence=f"{audited} {conclusion.sentence}") if audited else conclusion


def _audited(results: Results, audited: str) -> Conclusion:
    """The conclusion of an audit alone."""
    assert results.audit is not None
    audits = results.audit.candidates
    subject = audits[0].candidate if len(audits) == 1 else None
    if audited:
        return Conclusion("audit", audited, subject)
    names, n = series([named(audit.candidate) for audit in audits]), sum(audit.n_passages for audit in audits)
    if any(audit.found for audit in audits):
        return Conclusion(
            "audit", f"The audit finds no grave fault in more of the {count(n, 'passage')} of {names} than in human text.", subject
        )
    return Conclusion("audit", f"The audit finds nothing wrong with the {count(n, 'passage')} of {names}.", subject)


def _of_measures(results: Results, ranking: Ranking) -> Conclusion:
    """What the measures of text say."""
    measured = [summary for summary in ranking.ranked if summary.n_measured]
    if not measured:
        return _nothing_measured(ranking)
    if results.kind == "sweep" and (best := ranking.best_temperature()) is not None:
        return _sweep(ranking, *best)
    if len(ranking.ranked) == 1:
        return _single(ranking, measured[0])
    return _several(ranking, measured)


def corpus_name(results: Results) -> str:
    """The corpus as a sentence names it."""
    name = str(results.reference["name"])
    return "the embedded corpus" if name == "embedded" else name


def _sweep(ranking: Ranking, best: str, tied: list[str]) -> Conclusion:
    """The best temperature, and what goes wrong at the two ends."""
    temperatures, by_name = ranking.temperatures, {summary.name: summary for summary in ranking.summaries}
    spec = named(str(ranking.results.candidates[0]["spec"]))
    if (position := by_name[best].position) is not None and position >= NOISE:
        text = f"{spec} reads like {corpus_name(ranking.results)} at no temperature: at {temperatures[best]:g} it comes closest"
        return Conclusion("noise", f"{text}, and is as far off as random letters.", best)
    others = f" ({series([f'{temperatures[name]:g}' for name in tied])} cannot be told from it)" if tied else ""
    text = f"{spec} reads most like {corpus_name(ranking.results)} at temperature {temperatures[best]:g}{others}"
    coldest, hottest = min(temperatures, key=temperatures.__getitem__), max(temperatures, key=temperatures.__getitem__)
    ends = [by_name[name] for name in (coldest, hottest) if name != best and name not in tied]
    faults = [f"at {temperatures[end.name]:g}, {_weakness(ranking, end)}" for end in ends if end.worst is not None]
    return Conclusion("single", f"{'; '.join([text, *faults])}.", best)


def _nothing_measured(ranking: Ranking) -> Conclusion:
    if ranking.ranked:
        row = next((row for row in ranking.results.results if row.reason and row.metric in ranking.headline), None)
        why = f": {ranking.metrics[row.metric]['label']}, for one, has {row.reason}" if row else ""
        return Conclusion("none", f"Too little text to measure anything{why}.", ranking.ranked[0].name)
    human = ranking.summaries[0]
    return Conclusion(
        "human",
        f"Held-out human text lies within its own range on {_of(ranking, len(human.within), human)}; there is no generator to judge.",
        human.name,
    )


def _single(ranking: Ranking, summary: CandidateSummary) -> Conclusion:
    """What to say of a run with one candidate."""
    conclusion = _alone(ranking, summary)
    alignment = "" if summary.worst == SHADOW else _alignment(ranking, [summary]).replace(named(summary.name), "It", 1)
    return Conclusion(conclusion.state, conclusion.sentence + alignment, conclusion.subject)


def _alone(ranking: Ranking, summary: CandidateSummary) -> Conclusion:
    name, corpus = named(summary.name), corpus_name(ranking.results)
    on = f" on any of {count(summary.n_measured, 'measure')}" if summary.n_measured > 1 else ""
    if summary.worst is None:
        on = on or f" on {ranking.metrics[summary.within[0]]['label']}"
        return Conclusion("single", f"{name} cannot be told from {corpus}{on}{_not_measured(ranking, summary)}.", summary.name)
    weak = _weakness(ranking, summary)
    if summary.position is not None and summary.position >= NOISE:
        return Conclusion("noise", f"{name} is as far from {corpus} as random letters: {weak}.", summary.name)
    if not summary.within:
        unmeasured = _not_measured(ranking, summary)
        return Conclusion("single", f"{name} does not read like {corpus}{on}{unmeasured}: {weak}.", summary.name)
    within = _of(ranking, len(summary.within), summary)
    joined = f"on only {within}:" if 2 * len(summary.within) < summary.n_measured else f"on {within}, yet"
    return Conclusion("single", f"{name} reads like {corpus} {joined} {weak}.", summary.name)


def _several(ranking: Ranking, measured: list[CandidateSummary]) -> Conclusion:
    """What to say of a run with several candidates: the best of those that do not copy, and who copies."""
    copiers = {summary.name: share for summary in measured if (share := ranking.copied_share(summary.name))}
    originals = [summary for summary in measured if summary.name not in copiers]
    if not originals:
        return _copiers(ranking, copiers, measured)
    best, *others = originals
    state, text = _best(ranking, best, others[0] if others else None)
    copier = _better_copier(ranking, copiers, best) if state == "clear" else ""
    return Conclusion(state, text + copier + _alignment(ranking, measured), best.name)


def _copiers(ranking: Ranking, copiers: dict[str, tuple[float, float]], measured: list[CandidateSummary]) -> Conclusion:
    """What to say where nobody writes a text of their own."""
    alignment = _alignment(ranking, measured)
    quoting = {name: share for name, share in copiers.items() if not _follows(ranking, name)}
    if not quoting:
        worst = max(copiers, key=lambda name: copiers[name])
        return Conclusion("copy", f"No candidate writes a text of its own.{alignment}", worst)
    worst = max(quoting, key=lambda name: quoting[name])
    also = " or runs along it" if alignment else ""
    return Conclusion(
        "copy", f"Every candidate quotes the corpus{also}: {named(worst)} {_copies(*quoting[worst])}.{alignment}", worst
    )


def _follows(ranking: Ranking, name: str) -> bool:
    row = ranking.row(name, SHADOW)
    return row is not None and row.value is not None and row.value >= MUCH_COPIED


def _best(ranking: Ranking, best: CandidateSummary, rival: CandidateSummary | None) -> tuple[State, str]:
    """What to say of the best candidate that does not copy, and of the next."""
    corpus = corpus_name(ranking.results)
    if best.position is not None and best.position >= NOISE:
        return "noise", f"Nothing here reads like {corpus}: {named(best.name)} comes closest, and is as far off as random letters."
    if rival is not None:
        better, worse = ranking.significantly_closer(best.name, rival.name)
        if not better and not worse and any(_has_interval(ranking, summary.name) for summary in (best, rival)):
            return "tie", _tie(ranking, best)
    return "clear", _winner(ranking, best, rival)


def _winner(ranking: Ranking, best: CandidateSummary, rival: CandidateSummary | None) -> str:
    corpus = corpus_name(ranking.results)
    on = _only(ranking, best) if best.n_measured == 1 else _of(ranking, len(best.closest), best)
    text = f"{named(best.name)} is closest to {corpus} on {on}"
    if best.worst is None:
        text += ", and within the human range" + (" on all" if best.n_measured > 1 else "")
    else:
        text += f", yet {_weakness(ranking, best)}"
    if rival is not None:
        text += _rival(ranking, best, rival)
    return f"{_caveat(ranking, best)}{text}."


def _rival(ranking: Ranking, best: CandidateSummary, rival: CandidateSummary) -> str:
    """What the next candidate does significantly better."""
    better = ranking.significantly_closer(best.name, rival.name)[1]
    labels = ["copying" if ranking.is_copying(id_) else str(ranking.metrics[id_]["label"]) for id_ in better if id_ != best.worst]
    others = series(list(dict.fromkeys(labels))[:2])
    if best.worst in better:
        return f"; {named(rival.name)} does better there" + (f", and on {others}" if others else "")
    if others:
        return f"; {named(rival.name)} does better on {others}"
    return f"; overall, {named(rival.name)} cannot be told from it" if ranking.tied_overall(best.name, rival.name) else ""


def _tie(ranking: Ranking, best: CandidateSummary) -> str:
    n = max((row.n_units for row in ranking.results.results if row.candidate == best.name), default=0)
    size = f"{count(n, 'passage')} of {ranking.results.shape['n_chars']:,} characters"
    measured = [summary for summary in ranking.ranked if summary.n_measured]
    tied = [s for s in measured if s is best or ranking.significantly_closer(best.name, s.name) == ([], [])]
    names = [named(summary.name) for summary in tied[:2]] + ([f"{len(tied) - 2} more"] if len(tied) > 2 else [])
    if all(summary.worst is None for summary in tied):
        each = "both" if len(tied) == 2 else "all"
        return f"{series(names)} cannot be told apart: {each} are within the human range on {_of(ranking, best.n_measured, best)} ({size})."
    on = f"on none of {best.n_measured} measures do their intervals separate"
    if best.n_measured == 1:
        on = f"on {_only(ranking, best)}, the one measure, their intervals overlap"
    return f"{series(names)} cannot be told apart: {on} ({size})."


def _only(ranking: Ranking, summary: CandidateSummary) -> str:
    """The label of the one measure that there is."""
    rows = {id_: ranking.row(summary.name, id_) for id_ in ranking.headline}
    return str(ranking.metrics[next(id_ for id_, row in rows.items() if row is not None and row.value is not None)]["label"])


def _better_copier(ranking: Ranking, copiers: dict[str, tuple[float, float]], best: CandidateSummary) -> str:
    """What to say of a candidate that looks as good as the best because it copies."""
    better = [s.name for s in ranking.ranked if s.name in copiers and (s.surface or 0.0) <= (best.surface or 0.0)]
    return f" {named(better[0])} looks better and {_copies(*copiers[better[0]])}." if better else ""


def _alignment(ranking: Ranking, measured: list[CandidateSummary]) -> str:
    """What to say of the candidate that follows the corpus letter by letter most, where one does."""
    rows = [ranking.row(summary.name, SHADOW) for summary in measured if ranking.copied_share(summary.name)]
    shares = {row.candidate: row.value for row in rows if row is not None and row.value is not None and row.value >= MUCH_COPIED}
    if not shares:
        return ""
    name = max(shares, key=lambda name: shares[name])
    return (
        f" {named(name)} runs along passages of the corpus with {rough_percent(shares[name])} of its characters, as a model does that was fed "
        "the real text and printed its guesses."
    )


def _caveat(ranking: Ranking, best: CandidateSummary) -> str:
    n_chars = next(candidate["n_chars"] for candidate in ranking.candidates if candidate["name"] == best.name)
    return f"On little text ({n_chars:,} characters each), " if n_chars < LITTLE_TEXT else ""


def _has_interval(ranking: Ranking, name: str) -> bool:
    return any(row.ci is not None for row in ranking.results.results if row.candidate == name)


def _weakness(ranking: Ranking, summary: CandidateSummary) -> str:
    """What is worst about a candidate, as a clause; there must be something."""
    assert summary.worst is not None
    return weakness(ranking.rows[summary.name, summary.worst], ranking)


def _copies(copied: float, human: float) -> str:
    return f"copies {rough_percent(copied)} of its text (human text: {rough_percent(human)})"


def _of(ranking: Ranking, n: int, summary: CandidateSummary) -> str:
    total = summary.n_measured
    if n == total:
        of = f"all {total} measures" if total > 1 else "the one measure"
    else:
        of = f"{n or 'none'} of {count(total, 'measure')}"
    return of + _not_measured(ranking, summary)


def _not_measured(ranking: Ranking, summary: CandidateSummary) -> str:
    """How many headline measures say nothing about a candidate."""
    rows = [ranking.row(summary.name, id_) for id_ in ranking.headline]
    missing = sum(row is not None and row.value is None for row in rows)
    return f" ({missing} more could not be measured)" if missing else ""
