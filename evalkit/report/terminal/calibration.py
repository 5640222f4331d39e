"""A calibration for people: false alarms, what each measure sees, and the sensitivity card, as text and Markdown; pure functions of its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from evalkit._util.escape import visible
from evalkit._util.formatting import format_value
from evalkit.report.markdown.escape import code, plain
from evalkit.report.terminal.scores import print_table

if TYPE_CHECKING:
    from evalkit.calibration.experiment import Card
    from evalkit.calibration.request import CalibrationRequest
    from evalkit.calibration.simulate import Rates

VERDICTS = ("REGRESSION", "PASS", "INCONCLUSIVE")
Table = tuple[str, Sequence[str], list[list[str]]]


def facts(trial: CalibrationRequest, rates: Rates, cards: Sequence[Card]) -> dict[str, Any]:
    """All that a calibration found, as JSON values.

    Args:
        trial: what was calibrated.
        rates: of the gates on the candidate against itself.
        cards: one a planted defect.
    """
    from evalkit.calibration.proposed_policy import proposed_margins

    proposed = proposed_margins(rates)
    units = {metric.id: metric.unit for metric in trial.metrics}
    return {
        "candidate": trial.candidate.spec,
        "shape": vars(trial.shape),
        "reference": {"corpus": trial.corpus.name, "hash": trial.corpus.hash},
        "seed": trial.seed,
        "runs": rates.runs,
        "verdicts": {verdict: list(rates.share(verdict)) for verdict in VERDICTS},
        "measures": {
            measure: {
                "tier": trial.policy.threshold(measure).tier,
                "passed": counts["pass"] / rates.runs,
                "smallest_effect": rates.smallest_effect(measure),
                "unit": units.get(measure.removesuffix(":over"), ""),
                "proposed_margin": proposed.get(measure),
                "sees": {card.defect.name: words for card in cards if (words := card.plain(measure)) is not None},
            }
            for measure, counts in rates.decisions.items()
        },
        "defects": {card.defect.name: _defect(card) for card in cards},
    }


def _defect(card: Card) -> dict[str, Any]:
    return {
        "smallest": card.plain(),
        "shown": card.defect.shown,
        "shown_plain": card.defect.plain.format(card.defect.shown),
        "not_comparable_from": card.refused,
        "gate": {str(dose): rate for dose, rate in card.gate.items()},
        "measures": {m: {str(dose): rate for dose, rate in seen.items()} for m, seen in card.measures.items()},
    }


def print_calibration(found: Mapping[str, Any]) -> None:
    """Everything in a terminal."""
    typer.echo(visible(_title(found)))
    for verdict, (share, low, high) in found["verdicts"].items():
        typer.echo(f"  {verdict:13} {100 * share:5.1f} %  (95 % interval {100 * low:.1f} to {100 * high:.1f})")
    tables = [_measures(found), *([_listed_card(found), _doses(found)] if found["defects"] else [])]
    for title, head, rows in tables:
        print_table(title, head, [[visible(cell) for cell in row] for row in rows])


def render_markdown(found: Mapping[str, Any]) -> str:
    """Everything as Markdown, for documentation and pull requests."""
    verdicts = [
        [verdict, f"{100 * share:.1f} ({100 * low:.1f}-{100 * high:.1f})"]
        for verdict, (share, low, high) in found["verdicts"].items()
    ]
    tables = [("", ("verdict", "percent (95 % interval)"), verdicts), _measures(found)]
    tables += [_card(found), _doses(found)] if found["defects"] else []
    return "\n".join([f"{plain(_title(found))}.", "", *(line for table in tables for line in _markdown(table))])


def _markdown(table: Table) -> list[str]:
    title, head, rows = table
    cells = [head, ["---"] * len(head), *([code(row[0]) if "." in row[0] else plain(row[0]), *map(plain, row[1:])] for row in rows)]
    return [*([f"**{title}**", ""] if title else []), *("| " + " | ".join(line) + " |" for line in cells), ""]


def _title(found: Mapping[str, Any]) -> str:
    shape = found["shape"]
    return f"{found['candidate']} against itself, {found['runs']} gates of {shape['n_passages']} passages x {shape['n_chars']:,} characters"


def _measures(found: Mapping[str, Any]) -> Table:
    rows = [
        [
            id_,
            str(m["tier"]),
            f"{100 * m['passed']:.0f} %",
            "" if m["smallest_effect"] is None else f"{format_value(m['smallest_effect'])} {m['unit']}",
            "; ".join(m["sees"].values()),
        ]
        for id_, m in found["measures"].items()
    ]
    return "What each measure sees with 80 % power", ("measure", "tier", "passes", "smallest effect", "in plain units"), rows


def _rates(found: Mapping[str, Any]) -> dict[str, list[float | None]]:
    """The sensitivity card: how often the gate as a whole, and each measure, sees each defect at one dose."""
    defects = found["defects"].values()
    whole = {"the gate": [defect["gate"].get(str(defect["shown"])) for defect in defects]}
    return whole | {
        id_: [defect["measures"].get(id_, {}).get(str(defect["shown"])) for defect in defects] for id_ in found["measures"]
    }


def _card(found: Mapping[str, Any]) -> Table:
    """The card as a table of measures and defects."""
    head = ("measure", *(defect["shown_plain"] for defect in found["defects"].values()))
    rows = [[id_, *("-" if rate is None else f"{100 * rate:.0f}" for rate in rates)] for id_, rates in _rates(found).items()]
    return f"Sensitivity: percent of gates of {found['shape']['n_passages']} passages a side that see a defect", head, rows


def _listed_card(found: Mapping[str, Any]) -> Table:
    """The card for a narrow terminal: of each measure what it sees at all."""
    names = [f"{name} {defect['shown']:g}" for name, defect in found["defects"].items()]
    rows = []
    for id_, rates in _rates(found).items():
        seen = [f"{name}: {100 * rate:.0f} %" for name, rate in zip(names, rates, strict=True) if rate]
        rows.append([id_, ", ".join(seen) or "none of them"])
    return "Sensitivity: dose and share of gates that see it, by measure", ("measure", "sees"), rows


def _doses(found: Mapping[str, Any]) -> Table:
    rows = [
        [name, _smallest(card), ", ".join(f"{float(dose):g}: {100 * rate:.0f} %" for dose, rate in card["gate"].items())]
        for name, card in found["defects"].items()
    ]
    title = "Planted defects: dose and share of gates that say REGRESSION"
    return title, ("defect", "seen with 80 % power", "dose: detected"), rows


def _smallest(card: Mapping[str, Any]) -> str:
    refused = card["not_comparable_from"]
    return (card["smallest"] or "not seen") + (f"; not comparable from {refused:g}" if refused else "")
