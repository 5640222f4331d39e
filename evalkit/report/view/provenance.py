"""Lists how results were made, in `FactList`s: what must agree between runs, the settings, the thresholds and the run itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import NBSP, percent
from evalkit.report.view.conclusion import LITTLE_TEXT, NOISE
from evalkit.report.view.judging.faults import MUCH_SHARED
from evalkit.report.view.ranking import ALPHA, MUCH_COPIED
from evalkit.report.view.readings import readings, rewritten
from evalkit.report.view.run_diff import as_text, decides, flat
from evalkit.results import Results


@dataclass(frozen=True)
class FactList:
    """Facts of one kind.

    Args:
        title, how: what they are; `how` is empty where the title says it.
        pairs: names and values.
    """

    title: str
    how: str
    pairs: Sequence[tuple[str, str]]


def provenance(results: Results) -> list[FactList]:
    """Everything that the numbers and the verdict depend on; the versions of metrics are listed with their summaries."""
    fields = [(name, value) for name, value in flat(results.signature) if not name.startswith("metrics.")]
    known = "reference.held_out" in dict(fields)
    deciding = [(name, value) for name, value in fields if decides(name, by_documents=known)]
    settings = [(name, value) for name, value in fields if not decides(name, by_documents=known)]
    lists = [
        FactList("Signature", "Two runs are comparable where these and the versions of the measures agree.", deciding),
        FactList("Settings", "These may differ between comparable runs; the difference is then named.", settings),
        _thresholds(results),
        FactList("What was read", "File, format, field and how the first text begins.", list(readings(results))),
        FactList(
            "What was written otherwise",
            "Characters that the canonical form changed; see docs/explanation/text.md.",
            list(rewritten(results)),
        ),
        FactList("This run", "", list(flat(results.run))),
    ]
    return [facts for facts in lists if facts.pairs]


def _thresholds(results: Results) -> FactList:
    """Those of the gate's policy; of other runs, those of the verdict's words."""
    policy = (results.gate or {}).get("policy")
    if policy:
        return FactList("Thresholds", "The gate's policy: the last line that fits a measure holds.", list(_policy(policy)))
    return FactList("Thresholds", "What the words of the verdict mean; set by this version of evalkit.", list(_words()))


def _policy(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "level", f"{as_text(policy['level'])}, set by {policy['level_source']}"
    for rule in policy["rules"]:
        margin = f", margin {str(rule['margin']).replace('floor', 'floor units')}" if rule["margin"] else ""
        yield str(rule["pattern"]), f"{rule['tier']}{margin}, set by {rule['source']}"


def _words() -> Iterator[tuple[str, str]]:
    yield "human range", f"the values of 95{NBSP}% of held-out human texts of this shape"
    yield "differs", f"tests at {percent(ALPHA)}{NBSP}%, corrected for their number, or 95{NBSP}% intervals that do not overlap"
    yield "cannot be told", f"one test of all measures at once at {percent(ALPHA)}{NBSP}%"
    yield "surely", f"a test of the difference overall at {percent(ALPHA)}{NBSP}%, corrected for the number of pairs"
    yield "copies, runs along", f"{percent(MUCH_COPIED)}{NBSP}% of the text and more, if that is three times what human text does"
    yield (
        "repeats itself",
        f"{percent(MUCH_SHARED)}{NBSP}% of spans in other passages and more, if that is three times what human text has",
    )
    yield "as far off as random letters", f"an overall distance of {NOISE:g} and more"
    yield "little text", f"fewer than {LITTLE_TEXT:,} characters of a candidate"
