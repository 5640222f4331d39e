"""Puts a calibration into tables: what each measure sees, the sensitivity card and the planted defects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import NBSP, Estimate, count, difference_unit, estimate, format_value

Table = tuple[str, Sequence[str], list[list[str]]]
"""Title, heads and cells."""


def heading(calibration: Mapping[str, Any]) -> str:
    """What was calibrated, and how often the gate was run."""
    shape = calibration["shape"]
    said = f"{calibration['candidate']} against itself, {count(calibration['runs'], 'gate')} of {count(shape['n_passages'], 'passage')} \u00d7 {count(shape['n_chars'], 'character')}"
    most = calibration.get("looks", [0])[-1]
    return (
        f"{said}, up to {most} while undecided, {calibration['mean_passages']:.0f} on average"
        if most > shape["n_passages"]
        else said
    )


def verdict_shares(calibration: Mapping[str, Any]) -> dict[str, Estimate]:
    """Verdict -> in how many percent of the gates it was reached, with its 95 % interval."""
    return {verdict: estimate(share, low, high, "share") for verdict, (share, low, high) in calibration["verdicts"].items()}


def _label(calibration: Mapping[str, Any], id_: str) -> str:
    """What people call a measure; files of older versions have its id only."""
    return str(calibration["measures"][id_].get("label", id_))


def blind_spots(calibration: Mapping[str, Any]) -> str:
    """The planted defects that the gate misses at every dose tried, in a sentence; "" where it sees them all."""
    unseen = [
        str(plain) for card in calibration["defects"].values() if (plain := card.get("highest_plain")) and not card["smallest"]
    ]
    if not unseen:
        return ""
    return f"Not seen in 80{NBSP}% of gates, even at the highest dose tried: {'; '.join(unseen)}."


def measures_table(calibration: Mapping[str, Any]) -> Table:
    """Each measure with its share of passes and its smallest detectable effect."""
    rows = [
        [
            _label(calibration, id_),
            id_,
            str(m["tier"]),
            f"{100 * m['passed']:.0f} %",
            _effect(m["smallest_effect"], str(m["unit"])),
            "; ".join(m["sees"].values()),
        ]
        for id_, m in calibration["measures"].items()
    ]
    return "What each measure sees with 80 % power", ("measure", "id", "tier", "passes", "smallest effect", "in plain units"), rows


def _effect(size: float | None, unit: str) -> str:
    """A difference with its unit."""
    name, scale = difference_unit(unit)
    return "" if size is None else f"{format_value(scale * size)} {name}"


def _rates(calibration: Mapping[str, Any]) -> dict[str, list[float | None]]:
    """The sensitivity card: how often the gate as a whole, and each measure, sees each defect at one dose."""
    defects = calibration["defects"].values()
    whole = {"the gate": [defect["gate"].get(str(defect["shown"])) for defect in defects]}
    return whole | {
        _label(calibration, id_): [defect["measures"].get(id_, {}).get(str(defect["shown"])) for defect in defects]
        for id_ in calibration["measures"]
    }


def sensitivity_table(calibration: Mapping[str, Any]) -> Table:
    """The card as a table of measures and defects."""
    head = ("measure", *(defect["shown_plain"] for defect in calibration["defects"].values()))
    rows = [
        [label, *("-" if rate is None else f"{100 * rate:.0f}" for rate in rates)] for label, rates in _rates(calibration).items()
    ]
    return (
        f"Sensitivity: percent of gates of {count(calibration['shape']['n_passages'], 'passage')} a side that see a defect",
        head,
        rows,
    )


@dataclass(frozen=True)
class SeenRow:
    """How often one measure, or the gate as a whole, sees each defect; None where that was not tried."""

    label: str
    rates: Sequence[float | None]


@dataclass(frozen=True)
class SeenTable:
    """The card with numbers as such, for forms that draw them; the heads are the defects."""

    heads: Sequence[str]
    rows: Sequence[SeenRow]


def seen_table(calibration: Mapping[str, Any]) -> SeenTable:
    """The card, measures that see nothing left out."""
    heads = [str(defect["shown_plain"]) for defect in calibration["defects"].values()]
    rows = [SeenRow(label, rates) for label, rates in _rates(calibration).items()]
    return SeenTable(heads, [rows[0], *(row for row in rows[1:] if any(row.rates))])


def sensitivity_list(calibration: Mapping[str, Any]) -> Table:
    """The card for a narrow terminal: of each measure what it sees at all."""
    names = [f"{name} {defect['shown']:g}" for name, defect in calibration["defects"].items()]
    rows = []
    for label, rates in _rates(calibration).items():
        seen = [f"{name}: {100 * rate:.0f} %" for name, rate in zip(names, rates, strict=True) if rate]
        rows.append([label, ", ".join(seen) or "none of them"])
    return "Sensitivity: dose and share of gates that see it, by measure", ("measure", "sees"), rows


def defects_table(calibration: Mapping[str, Any]) -> Table:
    """Each planted defect with the dose that is seen with 80 % power, and the share of regressions at each dose."""
    rows = [
        [name, _smallest(card), ", ".join(f"{_dose(card, float(dose))}: {100 * rate:.0f} %" for dose, rate in card["gate"].items())]
        for name, card in calibration["defects"].items()
    ]
    title = "Planted defects: dose and share of gates that say REGRESSION"
    return title, ("defect", "seen with 80 % power", "dose: detected"), rows


def _dose(card: Mapping[str, Any], dose: float) -> str:
    """A dose as its defect is described: as a percentage where that is how the shown one is written."""
    return f"{100 * dose:g} %" if str(card["shown_plain"]).startswith(f"{100 * card['shown']:g} %") else f"{dose:g}"


def _smallest(card: Mapping[str, Any]) -> str:
    refused = card["not_comparable_from"]
    highest = card.get("highest_plain")
    unseen = f"not seen up to {highest}" if highest else "not seen"
    return (card["smallest"] or unseen) + (f"; not comparable from {refused:g}" if refused else "")
