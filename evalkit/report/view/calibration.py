"""Puts a calibration into tables: what each measure sees, the sensitivity card and the planted defects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit._util.formatting import NBSP, format_value

Table = tuple[str, Sequence[str], list[list[str]]]
"""Title, heads and cells."""


def heading(calibration: Mapping[str, Any]) -> str:
    """What was calibrated, and how often the gate was run."""
    shape = calibration["shape"]
    return f"{calibration['candidate']} against itself, {calibration['runs']} gates of {shape['n_passages']} passages x {shape['n_chars']:,} characters"


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
            id_,
            str(m["tier"]),
            f"{100 * m['passed']:.0f} %",
            "" if m["smallest_effect"] is None else f"{format_value(m['smallest_effect'])} {m['unit']}",
            "; ".join(m["sees"].values()),
        ]
        for id_, m in calibration["measures"].items()
    ]
    return "What each measure sees with 80 % power", ("measure", "tier", "passes", "smallest effect", "in plain units"), rows


def _rates(calibration: Mapping[str, Any]) -> dict[str, list[float | None]]:
    """The sensitivity card: how often the gate as a whole, and each measure, sees each defect at one dose."""
    defects = calibration["defects"].values()
    whole = {"the gate": [defect["gate"].get(str(defect["shown"])) for defect in defects]}
    return whole | {
        id_: [defect["measures"].get(id_, {}).get(str(defect["shown"])) for defect in defects] for id_ in calibration["measures"]
    }


def sensitivity_table(calibration: Mapping[str, Any]) -> Table:
    """The card as a table of measures and defects."""
    head = ("measure", *(defect["shown_plain"] for defect in calibration["defects"].values()))
    rows = [[id_, *("-" if rate is None else f"{100 * rate:.0f}" for rate in rates)] for id_, rates in _rates(calibration).items()]
    return f"Sensitivity: percent of gates of {calibration['shape']['n_passages']} passages a side that see a defect", head, rows


def sensitivity_list(calibration: Mapping[str, Any]) -> Table:
    """The card for a narrow terminal: of each measure what it sees at all."""
    names = [f"{name} {defect['shown']:g}" for name, defect in calibration["defects"].items()]
    rows = []
    for id_, rates in _rates(calibration).items():
        seen = [f"{name}: {100 * rate:.0f} %" for name, rate in zip(names, rates, strict=True) if rate]
        rows.append([id_, ", ".join(seen) or "none of them"])
    return "Sensitivity: dose and share of gates that see it, by measure", ("measure", "sees"), rows


def defects_table(calibration: Mapping[str, Any]) -> Table:
    """Each planted defect with the dose that is seen with 80 % power, and the share of regressions at each dose."""
    rows = [
        [name, _smallest(card), ", ".join(f"{float(dose):g}: {100 * rate:.0f} %" for dose, rate in card["gate"].items())]
        for name, card in calibration["defects"].items()
    ]
    title = "Planted defects: dose and share of gates that say REGRESSION"
    return title, ("defect", "seen with 80 % power", "dose: detected"), rows


def _smallest(card: Mapping[str, Any]) -> str:
    refused = card["not_comparable_from"]
    highest = card.get("highest_plain")
    unseen = f"not seen up to {highest}" if highest else "not seen"
    return (card["smallest"] or unseen) + (f"; not comparable from {refused:g}" if refused else "")
