"""Defines the gate's policy (`Policy`): which measures are gated, and how much worse each may become.

A measure is a metric's damage. Rates that are better high have a second one, `vocab.hit:over`: how far the rate rises above human text of
the same shape. A model that quotes its corpus, or is sampled at too low a temperature, improves on the first and fails the second.
"""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from evalkit.errors import ConfigError, near
from evalkit.language.profile import load_language

OVER = ":over"
AUDIT = "audit."
"""Begins the ids of the checks of the audit, whose margins are shares of passages."""
AUDIT_MARGINS = {
    **dict.fromkeys(("empty", "error", "identical", "mojibake", "invisible"), 0.01),
    **dict.fromkeys(("near_identical", "loops", "scripts", "markup", "short", "cut_off", "hyphens"), 0.05),
}
"""By how large a share of passages each may become more: what sound text never has by less than what it has now and then."""
LEVEL = 0.95
"""That of `evalkit.inference`, which is not imported here: the command line checks policies without numpy."""
_KEYS = ("level", "margin", "metrics")
_METRIC_KEYS = ("tier", "margin")
_FLOORS = re.compile(r"^\s*([0-9]*\.?[0-9]+(?:e-?[0-9]+)?)\s*floors?\s*$", re.IGNORECASE)


class Tier(StrEnum):
    """How much a measure counts in the verdict."""

    CRITICAL = "critical"
    """A confirmed regression fails, and the gate passes only when this measure is shown to be within its margin."""
    SUPPORTING = "supporting"
    """A confirmed regression fails; an undecided measure does not prevent a pass."""
    ADVISORY = "advisory"
    """Shown, and never decides."""


GATED = (Tier.CRITICAL, Tier.SUPPORTING)


@dataclass(frozen=True)
class Margin:
    """How much more damage than the baseline's is tolerated.

    Args:
        size: above 0.
        in_floors: whether `size` counts floor units (95th percentile less median of human damage at equal shape) or the metric's unit.
    """

    size: float
    in_floors: bool

    def __str__(self) -> str:
        return f"{self.size:g} floor" if self.in_floors else f"{self.size:g}"

    def value(self, floor_unit: float | None) -> float | None:
        """The margin in the metric's unit; None where it is in floor units and the floor is unknown or has no width."""
        if not self.in_floors:
            return self.size
        return self.size * floor_unit if floor_unit is not None and floor_unit > 0 else None


@dataclass(frozen=True)
class Rule:
    """A tier, a margin or both for the measures that match a pattern; None leaves the choice to other rules.

    Args:
        pattern: a measure's id or a glob over ids.
        source: where the rule was written, for people.
    """

    pattern: str
    tier: Tier | None
    margin: Margin | None
    source: str


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Tier and margin of one measure, and where each was set."""

    tier: Tier
    margin: Margin
    tier_source: str
    margin_source: str


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Rules for measures. The most exact pattern wins: an id over a glob, a longer glob over a shorter one.

    Args:
        level: of the intervals, and of the family of gated measures as a whole.
        rules: later ones win among equally exact ones.
        level_source: where the level was set.
    """

    level: float
    rules: tuple[Rule, ...]
    level_source: str = "default"

    def threshold(self, measure: str) -> Threshold:
        """Tier and margin of a measure."""
        matching = [rule for rule in self.rules if rule.pattern == measure or fnmatch.fnmatchcase(measure, rule.pattern)]
        ranked = sorted(matching, key=lambda rule: (rule.pattern == measure, len(rule.pattern.replace("*", ""))))
        tier = next(rule for rule in reversed(ranked) if rule.tier is not None)
        margin = next(rule for rule in reversed(ranked) if rule.margin is not None)
        assert tier.tier is not None
        assert margin.margin is not None
        return Threshold(tier=tier.tier, margin=margin.margin, tier_source=tier.source, margin_source=margin.source)

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "level": self.level,
            "level_source": self.level_source,
            "rules": [
                {
                    "pattern": rule.pattern,
                    "tier": rule.tier,
                    "margin": str(rule.margin) if rule.margin else None,
                    "source": rule.source,
                }
                for rule in self.rules
            ],
        }


def _default(pattern: str, tier: Tier, size: float | None = None) -> Rule:
    return Rule(pattern, tier, Margin(size, in_floors=True) if size else None, "default")


_EVERYWHERE = (
    _default("*", Tier.ADVISORY, 1.5),
    _default("letters.jsd", Tier.CRITICAL),
    _default("order.bigrams", Tier.CRITICAL, 0.4),
    _default("wordlen.w1", Tier.CRITICAL),
    _default("vocab.hit", Tier.CRITICAL, 2.0),
    _default("order.unseen_6", Tier.CRITICAL),
    _default("vocab.hit:over", Tier.SUPPORTING),
    _default("judge.bits", Tier.SUPPORTING),
    _default("novelty.words_3", Tier.SUPPORTING),
    _default("repeat.2", Tier.SUPPORTING),
    _default("function.profile", Tier.SUPPORTING),
    _default("function.share", Tier.SUPPORTING),
    *(Rule(f"{AUDIT}{name}", Tier.CRITICAL, Margin(share, in_floors=False), "default") for name, share in AUDIT_MARGINS.items()),
)
"""Measured in docs/statistics.md: the critical measures are those that can be decided at 40 passages of 2,000 characters."""


def default_policy(language: str = "en") -> Policy:
    """The policy that holds where no file says otherwise.

    Args:
        language: code or path of the profile, whose endings are gated.
    """
    endings = load_language(language).main_endings
    return Policy(level=LEVEL, rules=(*_EVERYWHERE, *(_default(f"suffix.{ending}", Tier.SUPPORTING) for ending in endings)))


def parse_policy(table: Mapping[str, Any], *, origin: str, known: Sequence[str], base: Policy | None = None) -> Policy:
    """A policy from a table of a configuration, on top of another.

    Args:
        table: `level`, `margin` (for all measures), and `metrics`: id or glob -> `tier`, `margin`.
        origin: the file, for messages and as the source of thresholds.
        known: ids of all measures.
        base: the policy where the table says nothing; the default one unless given.

    Raises:
        ConfigError: naming every problem at once.

    >>> policy = parse_policy({"metrics": {"vocab.hit": {"margin": "2 floor"}}}, origin="policy.toml", known=["vocab.hit"])
    >>> str(policy.threshold("vocab.hit").margin), policy.threshold("vocab.hit").margin_source
    ('2 floor', 'policy.toml: metrics."vocab.hit".margin')
    """
    problems = policy_problems(table, known=known)
    if problems:
        raise ConfigError(
            f"{origin} is no policy: {'; '.join(problems)}.", remedy="Every problem is listed; mend them and run the same again."
        )
    base = base or default_policy()
    rules = list(base.rules)
    if "margin" in table:
        rules.append(Rule("*", None, _margin(table["margin"]), f"{origin}: margin"))
    for pattern, entry in table.get("metrics", {}).items():
        source = f'{origin}: metrics."{pattern}"'
        if "tier" in entry:
            rules.append(Rule(pattern, Tier(entry["tier"]), None, f"{source}.tier"))
        if "margin" in entry:
            rules.append(Rule(pattern, None, _margin(entry["margin"]), f"{source}.margin"))
    level = float(table.get("level", base.level))
    return Policy(level=level, rules=tuple(rules), level_source=f"{origin}: level" if "level" in table else base.level_source)


def policy_problems(table: object, *, known: Sequence[str]) -> list[str]:
    """The problems of a policy's table, as clauses of a sentence; none when it is valid."""
    if not isinstance(table, Mapping):
        return ["it must be a table"]
    problems = [f'there is no key "{key}" ({near(key, _KEYS)})' for key in table if key not in _KEYS]
    level = table.get("level", LEVEL)
    if not isinstance(level, int | float) or isinstance(level, bool) or not 0.5 <= level < 1:
        problems.append(f"level must be at least .5 and below 1, not {level!r}")
    if "margin" in table and _margin(table["margin"]) is None:
        problems.append(_margin_problem("margin", table["margin"]))
    metrics = table.get("metrics", {})
    if not isinstance(metrics, Mapping):
        return [*problems, "metrics must be a table of measures"]
    for pattern, entry in metrics.items():
        problems += _entry_problems(pattern, entry, known)
    return problems


def _entry_problems(pattern: str, entry: object, known: Sequence[str]) -> list[str]:
    name = f'metrics."{pattern}"'
    problems = []
    if not any(fnmatch.fnmatchcase(id_, pattern) for id_ in known):
        problems.append(f'no measure matches "{pattern}" ({near(pattern, known)})')
    if not isinstance(entry, Mapping):
        return [*problems, f"{name} must be a table with tier or margin"]
    problems += [f"{name} has no key {key} ({near(key, _METRIC_KEYS)})" for key in entry if key not in _METRIC_KEYS]
    if "tier" in entry and entry["tier"] not in list(Tier):
        problems.append(f"{name}.tier cannot be {entry['tier']!r} ({near(str(entry['tier']), list(Tier))})")
    if "margin" not in entry:
        return problems
    margin = _margin(entry["margin"])
    if margin is None:
        problems.append(_margin_problem(f"{name}.margin", entry["margin"]))
    elif margin.in_floors and pattern.startswith(AUDIT.removesuffix(".")):
        problems.append(f"{name}.margin must be a share of passages such as 0.02, since rates of the audit have no floor units")
    return problems


def _margin(value: object) -> Margin | None:
    """A margin from `0.02` (the metric's unit) or `"1.5 floor"`; None when it is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Margin(float(value), in_floors=False) if value > 0 and math.isfinite(value) else None
    match = _FLOORS.match(value) if isinstance(value, str) else None
    size = float(match[1]) if match else 0.0
    return Margin(size, in_floors=True) if size > 0 and math.isfinite(size) else None


def _margin_problem(name: str, value: object) -> str:
    return f'{name} must be a number above 0 in the metric\'s unit, or floor units as in "1.5 floor", not {value!r}'


def read_policy(path: Path, *, known: Sequence[str], base: Policy | None = None) -> Policy:
    """A policy from a TOML file that holds `level`, `margin` and `[metrics]`, at its top or under `[policy]`.

    Raises:
        ConfigError: when it cannot be read or is not a policy.
    """
    from evalkit._util.toml import read_toml

    table = read_toml(path)
    if set(table) == {"policy"}:
        table = table["policy"]
    return parse_policy(table, origin=str(path), known=known, base=base)
