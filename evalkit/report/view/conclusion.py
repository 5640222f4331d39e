"""Concludes a run in one or two sentences, a `Conclusion`, which every report begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from evalkit._util.formatting import count, n_words, named, series
from evalkit.report.view import decisions
from evalkit.report.view.audit import MOST_WORDS, lead
from evalkit.report.view.judging.faults import Disqualification, best_temperature, disqualifying, gravest, is_told
from evalkit.report.view.judging.marks import family_within_range
from evalkit.report.view.judging.wording import fault_clause, rough_percent
from evalkit.report.view.ranking import CandidateSummary, Ranking
from evalkit.results import Results

State = Literal[
    "clear", "tie", "noise", "copy", "none", "single", "human", "audit", "PASS", "REGRESSION", "INCONCLUSIVE", "NOT COMPARABLE"
]  # fmt: skip
NOISE = 0.9
"""An overall distance from which a candidate is called as far from human text as random letters."""
LITTLE_TEXT = 10_000
"""Characters of a candidate below which a ranking is called a ranking on little text."""
_MOST_TIED = 8
"""Temperatures that a sentence names."""


@dataclass(frozen=True)
class Conclusion:
    """What the report says first.

    Args:
        state: the situation, for symbol and colour.
        sentence: one or two sentences of plain text; names of candidates stand between backticks.
        subject: the candidate that it is about; None where there is none.
        metric: the metric whose fault it names; None where it names none.
    """

    state: State
    sentence: str
    subject: str | None
    metric: str | None = None


def conclude(results: Results, ranking: Ranking | None = None) -> Conclusion:
    """The conclusion of a run; of a gate, its verdict in words.

    What disqualifies comes first: what the audit found in surely more passages than human text has, copying, one text again and again. Then who is
    nearest to human text, by how much, and how surely; of a single candidate, whether it can be told from human text, and by what.
    """
    ranking = ranking or Ranking(results)
    if results.verdict is not None:
        subject = str(results.candidates[0]["name"]) if results.candidates else None
        return Conclusion(cast("State", results.verdict), decisions.verdict_sentence(results), subject)
    if results.audit is not None and set(results.metrics) <= set(results.audit.checks):
        return _audited(results)
    measured = [summary for summary in ranking.ranked if summary.n_measured]
    if not measured:
        return _nothing_measured(ranking)
    if results.kind == "sweep" and any(summary.position is not None for summary in measured):
        return _sweep(ranking)
    return _single(ranking, measured[0]) if len(ranking.ranked) == 1 else _several(ranking, measured)


def _audited(results: Results) -> Conclusion:
    """The conclusion of an audit alone."""
    assert results.audit is not None
    audits = results.audit.candidates
    subject = audits[0].candidate if len(audits) == 1 else None
    if audited := lead(results):
        return Conclusion("audit", audited, subject)
    names, n = series([named(audit.candidate) for audit in audits]), sum(audit.n_passages for audit in audits)
    if any(audit.found for audit in audits):
        return Conclusion(
            "audit", f"The audit finds no grave fault in more of the {count(n, 'passage')} of {names} than in human text.", subject
        )
    return Conclusion("audit", f"The audit finds nothing wrong with the {count(n, 'passage')} of {names}.", subject)


def corpus_name(results: Results) -> str:
    """The corpus as a sentence names it."""
    name = str(results.reference["name"])
    return "the embedded corpus" if name == "embedded" else name.replace("`", "'")


def _nothing_measured(ranking: Ranking) -> Conclusion:
    audited = lead(ranking.results)
    start = f"{audited} " if audited else ""
    if ranking.ranked:
        row = next((row for row in ranking.results.results if row.reason and row.metric in ranking.judged), None)
        why = f": {_label(ranking, row.metric)}, for one, has {str(row.reason).replace('`', chr(39))}" if row else ""
        return Conclusion("none", f"{start}Too little text to measure anything{why}.", ranking.ranked[0].name)
    human = ranking.summaries[0]
    within = f"{len(human.within)} of {count(human.n_measured, 'measure')}"
    if len(human.within) == human.n_measured:
        within = f"all {human.n_measured} measures" if human.n_measured > 1 else "the one measure"
    sentence = f"{start}Held-out human text lies within its own range on {within}; there is no generator to judge."
    return Conclusion("human", sentence, human.name)


# A single candidate


def _single(ranking: Ranking, summary: CandidateSummary) -> Conclusion:
    """What to say of a run with one candidate."""
    faults = disqualifying(ranking, summary.name)
    if faults:
        return _disqualified(ranking, summary, faults)
    told = is_told(ranking, summary.name)
    if told is False:
        return Conclusion("single", _not_told(ranking, summary), summary.name)
    metric = gravest(ranking, summary.name)
    if metric is None:
        return Conclusion("single", _without_fault(ranking, summary, told=told), summary.name)
    clause, corpus = fault_clause(ranking, summary.name, metric), corpus_name(ranking.results)
    if summary.position is not None and summary.position >= NOISE:
        text = f"{named(summary.name)} is as far from {corpus} as random letters. Its clearest fault is that {clause}."
        return Conclusion("noise", text, summary.name, metric)
    text = f"{named(summary.name)} can be told from {corpus}: {clause}." if told else _by_rows(ranking, summary, clause)
    return Conclusion("single", f"{text}{_size(ranking, summary)}", summary.name, metric)


def _disqualified(ranking: Ranking, summary: CandidateSummary, faults: Sequence[Disqualification]) -> Conclusion:
    """The gravest fault, and in a second sentence the next, or what else the measures tell it by."""
    first = faults[0]
    # What the first one explains is not said again.
    others = [fault for fault in faults[1:] if fault.family != first.family]
    state: State = "copy" if first.kind in ("copies", "follows") else "single"
    text = lead(ranking.results) if first.kind == "audit" else f"{named(summary.name)} {_says(first)}."
    if others:
        return Conclusion(state, f"{text} It also {_says(others[0], brief=True)}.", summary.name)
    # Beside text that is copied no other measure proves anything, for better or worse.
    metric = gravest(ranking, summary.name, besides=first.family) if first.kind == "audit" else None
    if metric is not None and summary.position is not None and summary.position >= NOISE:
        state = "noise"
    besides = f" Besides, {fault_clause(ranking, summary.name, metric)}." if metric is not None else ""
    return Conclusion(state, text + besides, summary.name, metric)


def _not_told(ranking: Ranking, summary: CandidateSummary) -> str:
    """What to say of a candidate that the test of all measures does not tell from human text."""
    test = ranking.human_test(summary.name)
    assert test is not None
    n_chars, corpus = _n_chars(ranking, summary.name), corpus_name(ranking.results)
    on = f" on any of {test.n_metrics} measures" if test.n_metrics > 1 else f" on {_label(ranking, test.metric)}"
    if n_chars < LITTLE_TEXT:
        by = f" by any of {test.n_metrics} measures" if test.n_metrics > 1 else ""
        return f"{n_chars:,} characters are too little to tell {named(summary.name)} from {corpus}{by}."
    return f"{named(summary.name)} cannot be told from {corpus}{on}{_not_measured(ranking, summary)}."


def _without_fault(ranking: Ranking, summary: CandidateSummary, *, told: bool | None) -> str:
    """What to say where no fault can be named: all is within the human range, or the range is not known."""
    corpus = corpus_name(ranking.results)
    if told:
        return f"{named(summary.name)} can be told from {corpus}: it is a little off on several measures at once.{_size(ranking, summary)}"
    if len(summary.within) == summary.n_measured:
        on = f"all {summary.n_measured} measures" if summary.n_measured > 1 else _label(ranking, summary.within[0])
        return f"{named(summary.name)} is within the human range of {corpus} on {on}{_not_measured(ranking, summary)}."
    return f"{named(summary.name)} was measured beside {corpus}, whose human range is not known."


def _by_rows(ranking: Ranking, summary: CandidateSummary, clause: str) -> str:
    """What the rows of older files say, which have no test of all measures."""
    corpus, total = corpus_name(ranking.results), summary.n_measured
    missing, within = _not_measured(ranking, summary), f"{len(summary.within)} of {count(total, 'measure')}"
    if not summary.within:
        on = f" on any of {total} measures" if total > 1 else ""
        texts = [f"does not read like {corpus}{on}{also}: {clause}." for also in (missing, "")]
    elif 2 * len(summary.within) < total:
        texts = [f"reads like {corpus} on only {within}{also}: {clause}." for also in (missing, "")]
    else:
        texts = [f"reads like {corpus} on {within}{also}, yet {clause}." for also in (missing, "")]
    # As much as there is room for.
    texts = [f"{named(summary.name)} {text}" for text in (*texts, f"does not read like {corpus}: {clause}.")]
    return next((text for text in texts if n_words(text) <= MOST_WORDS), texts[-1])


def _size(ranking: Ranking, summary: CandidateSummary) -> str:
    """How far it is from human text, as a sentence with a space before it; empty in older files."""
    families, overall = ranking.families(summary.name), ranking.overall(summary.name)
    if not families or overall.value is None or overall.floor is None:
        return ""
    own, human = _figures([overall.value, overall.floor.p95])
    off = [family.family for family in sorted(families, key=lambda family: -family.value) if not family_within_range(family)]
    which = f", off in {series(off)}" if off else ""
    return f" Overall it is {own} from human text (human text: up to {human}){which}."


# Several candidates


def _several(ranking: Ranking, measured: Sequence[CandidateSummary]) -> Conclusion:
    """What to say of a run with several candidates: what disqualifies some, and the nearest of the others."""
    faults = {summary.name: found for summary in measured if (found := disqualifying(ranking, summary.name))}
    eligible = [summary for summary in measured if summary.name not in faults]
    if not eligible:
        return _all_disqualified(ranking, measured, faults)
    said = _disqualified_ones(ranking, measured, faults)
    state, sentences, metric = _nearest(ranking, eligible, of_the_others=bool(said))
    return Conclusion(state, " ".join([said, sentences[0]] if said else sentences), eligible[0].name, None if said else metric)


def _all_disqualified(
    ranking: Ranking, measured: Sequence[CandidateSummary], faults: dict[str, list[Disqualification]]
) -> Conclusion:
    copying = all(found[0].kind in ("copies", "follows") for found in faults.values())
    said = _disqualified_ones(ranking, measured, faults)
    rest = "No candidate writes a text of its own." if copying else "No candidate is left to rank."
    return Conclusion("copy" if copying else "audit", f"{said} {rest}", measured[0].name)


def _disqualified_ones(ranking: Ranking, measured: Sequence[CandidateSummary], faults: dict[str, list[Disqualification]]) -> str:
    """The sentence on what disqualifies candidates, the audit's findings first; empty where nothing does."""
    if not faults:
        return ""
    if audited := lead(ranking.results, others=sum(found[0].kind != "audit" for found in faults.values())):
        return audited
    order = sorted(faults, key=lambda name: -faults[name][0].value)
    clauses = [f"{named(name)} {_says(faults[name][0], brief=len(order) > 1)}" for name in order]
    for shown in (2, 1):
        rest = [_more(len(order) - shown, "does the like", "do the like")] if len(order) > shown else []
        text = "; ".join([*clauses[:shown], *rest])
        if n_words(text) <= MOST_WORDS:
            break
    return f"{text}."


def _more(n: int, one: str, many: str) -> str:
    return f"{n} more {one if n == 1 else many}"


def _nearest(ranking: Ranking, eligible: Sequence[CandidateSummary], *, of_the_others: bool) -> tuple[State, list[str], str | None]:
    """State and sentences on the candidates that are not disqualified, nearest first, and the metric whose fault is named."""
    best, *others = eligible
    corpus, first = corpus_name(ranking.results), "Of the others, " if of_the_others else ""
    if best.position is not None and best.position >= NOISE:
        none = f"{first}none reads like {corpus}" if first else f"Nothing here reads like {corpus}"
        if not others:
            return "noise", [f"The other, {named(best.name)}, is as far from {corpus} as random letters."], None
        return "noise", [f"{none}: {named(best.name)} comes closest, and is as far off as random letters."], None
    tied = [other for other in others if ranking.tied(best.name, other.name)]
    if tied:
        return "tie", [_tie(ranking, [best, *tied], first), *_shared(ranking, best)], None
    metric = gravest(ranking, best.name)
    if not others:
        return "clear", [_only_other(ranking, best, metric)], metric
    return "clear", [_winner(ranking, best, others[0], first), *_fault(ranking, best, metric)], metric


def _only_other(ranking: Ranking, other: CandidateSummary, metric: str | None) -> str:
    """What to say of the one candidate that is not disqualified."""
    if is_told(ranking, other.name) is False:
        return _not_told(ranking, other)
    corpus = corpus_name(ranking.results)
    fault = f": {fault_clause(ranking, other.name, metric)}" if metric is not None else ""
    if is_told(ranking, other.name):
        return f"{named(other.name)} can be told from {corpus}{fault}."
    far = "is measured beside" if other.position is None else f"is {other.position:.2f} from"
    return f"{named(other.name)} {far} {corpus}{fault}."


def _winner(ranking: Ranking, best: CandidateSummary, rival: CandidateSummary, first: str) -> str:
    corpus, values = corpus_name(ranking.results), [best.position, rival.position]
    text = f"{first or _caveat(ranking, best)}{named(best.name)} is nearest to {corpus}"
    if values[0] is None or values[1] is None:
        return f"{text}, and {named(rival.name)} next."
    own, other = _figures([values[0], values[1]])
    return f"{text}: {own} against {other} of {named(rival.name)}{_certainty(ranking, best.name, rival.name)}."


def _certainty(ranking: Ranking, first: str, second: str) -> str:
    """How sure a difference is; empty where older files do not say it."""
    if ranking.surely_apart(first, second):
        return ", and surely"
    apart = ranking.tied(first, second)
    if apart is None:
        return "; there is too little text to be sure"
    return ", but not surely" if ranking.results.families else ""


def _tie(ranking: Ranking, tied: Sequence[CandidateSummary], first: str) -> str:
    corpus = corpus_name(ranking.results)
    names = [named(summary.name) for summary in tied[:2]] + ([f"{len(tied) - 2} more"] if len(tied) > 2 else [])
    if all(is_told(ranking, summary.name) is False and _n_chars(ranking, summary.name) >= LITTLE_TEXT for summary in tied):
        return f"{first}{series(names)} can be told neither from {corpus} nor from each other."
    positions = [summary.position for summary in tied if summary.position is not None]
    if len(positions) < 2:
        return f"{first}{series(names)} are tied."
    ends = list(dict.fromkeys(f"{position:.2f}" for position in (min(positions), max(positions))))
    far = ends[0] if len(ends) == 1 else " and ".join(ends) if len(tied) == 2 else f"{ends[0]} to {ends[1]}"
    caveat = "" if first else _caveat(ranking, tied[0])
    return f"{first}{caveat}{series(names)} are tied, {far} from {corpus}: the difference may be chance."


def _shared(ranking: Ranking, best: CandidateSummary) -> list[str]:
    """What is said of tied candidates besides: the clearest fault of the first."""
    metric = gravest(ranking, best.name)
    return (
        [f"The clearest fault of {named(best.name)} is that {fault_clause(ranking, best.name, metric)}."]
        if metric is not None
        else []
    )


def _fault(ranking: Ranking, best: CandidateSummary, metric: str | None) -> list[str]:
    """The sentence on what is worst about the nearest candidate, or that it cannot be told from human text."""
    if metric is not None:
        return [f"Its clearest fault is that {fault_clause(ranking, best.name, metric)}."]
    if is_told(ranking, best.name) is False and _n_chars(ranking, best.name) >= LITTLE_TEXT:
        return [_not_told(ranking, best).replace(named(best.name), "It", 1)]
    if is_told(ranking, best.name) is None and len(best.within) == best.n_measured:
        return [
            f"It is within the human range on all {best.n_measured} measures."
            if best.n_measured > 1
            else "It is within the human range."
        ]
    return []


# A sweep


def _sweep(ranking: Ranking) -> Conclusion:
    """The best temperature, those tied with it, and what goes wrong at the two ends."""
    temperatures, corpus = ranking.temperatures, corpus_name(ranking.results)
    spec, nearest = named(str(ranking.results.candidates[0]["spec"])), best_temperature(ranking)
    if nearest is None:
        name = ranking.ranked[0].name
        return Conclusion(
            "copy", f"{spec} writes a sound text at no temperature. At {temperatures[name]:g}, {_end(ranking, name)}.", name
        )
    best, tied = nearest
    if (ranking.overall(best).value or 0.0) >= NOISE:
        text = f"{spec} reads like {corpus} at no temperature: at {temperatures[best]:g} it comes closest"
        return Conclusion("noise", f"{text}, and is as far off as random letters.", best)
    text = f"{spec} reads most like {corpus} at temperature {temperatures[best]:g}"
    if tied:
        # No more of them than there is room for.
        names = series([f"{temperatures[name]:g}" for name in tied]) if len(tied) <= _MOST_TIED else count(len(tied), "other")
        text += f" ({names} {'is' if len(tied) == 1 else 'are'} tied with it)"
    nearer = next((summary.name for summary in ranking.ranked if summary.name in temperatures), best)
    if nearer != best and (worse := ranking.worse_than_own(nearer)):
        label = ranking.metrics[worse[0].removesuffix(":over")]["label"]
        return Conclusion(
            "single",
            f"{text}. Temperature {temperatures[nearer]:g} is nearer overall, yet a gate would call it worse than 1 on {label}.",
            best,
        )
    ends = [min(temperatures, key=temperatures.__getitem__), max(temperatures, key=temperatures.__getitem__)]
    clauses = {name: _end(ranking, name) for name in ends if name != best and name not in tied}
    said = "; at ".join(f"{temperatures[name]:g}, {clause}" for name, clause in clauses.items() if clause)
    return Conclusion("single", f"{text}.{f' At {said}.' if said else ''}", best)


def _end(ranking: Ranking, name: str) -> str:
    """What goes wrong at one end of a sweep, as a clause; empty where nothing can be named."""
    if faults := disqualifying(ranking, name):
        return f"it {_says(faults[0])}"
    metric = gravest(ranking, name)
    return fault_clause(ranking, name, metric) if metric is not None else ""


# Words of all of them


def _says(fault: Disqualification, *, brief: bool = False) -> str:
    """A disqualifying fault after the name of the candidate, or "it"; in brief without its cause."""
    value, human = rough_percent(fault.value), rough_percent(fault.human)
    if fault.kind == "follows":
        cause = "" if brief else ", as a model does that was fed the real text and printed its guesses"
        return f"runs along the corpus with {value} of its characters{cause}"
    if fault.kind == "copies":
        return f"copies {value} of its text (human text: {human})"
    if fault.kind == "collapsed":
        return f"repeats itself: {value} of its 20-character spans stand in its other passages too (human text: {human})"
    return "has faults that the audit found"


def _figures(values: Sequence[float]) -> list[str]:
    """Overall distances with as many digits as tell them apart."""
    for digits in range(2, 6):
        shown = [f"{value:.{digits}f}" for value in values]
        if len(set(shown)) == len(set(values)):
            break
    return shown


def _label(ranking: Ranking, metric: str) -> str:
    return str(ranking.metrics[metric]["label"]).replace("`", "'")


def _n_chars(ranking: Ranking, name: str) -> int:
    return int(next(candidate["n_chars"] for candidate in ranking.candidates if candidate["name"] == name))


def _caveat(ranking: Ranking, best: CandidateSummary) -> str:
    n_chars = _n_chars(ranking, best.name)
    return f"On little text ({n_chars:,} characters each), " if n_chars < LITTLE_TEXT else ""


def _not_measured(ranking: Ranking, summary: CandidateSummary) -> str:
    """How many measures say nothing about a candidate."""
    rows = [ranking.row(summary.name, id_) for id_ in ranking.judged]
    missing = sum(row is not None and row.value is None for row in rows)
    return f" ({missing} more could not be measured)" if missing else ""
