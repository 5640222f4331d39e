"""Defines the gate's policy (`Policy`): which measures are gated, and how much worse each may become.

A measure is a metric's damage. Rates that are better high have a second one, `vocab.hit:over`: how far the rate rises above human text of
the same shape. A model that quotes its corpus, or is sampled at too low a temperature, improves on the first and fails the second.
"""

from __future__ import annotations

import fnmatch
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
    **dict.fromkeys(("empty", "error", "identical", "mojibake", "invisible", "unknown_words"), 0.0025),
    **dict.fromkeys(("near_identical", "loops", "scripts", "markup", "short", "cut_off", "hyphens"), 0.05),
}
"""By how large a share of passages each may become more: of what sound text never has, one passage of the 400 that a gate looks at by default."""
LEVEL = 0.95
"""That of `evalkit.inference`, which is not imported here: the command line checks policies without numpy."""
DOSES: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "words replaced": ("unigram words", (0.01, 0.05)),
    "letters misspelt": ("misspelt letters", (0.005, 0.02)),
    "text repeated": ("looped text", (0.05, 0.2)),
    "punctuation lost": ("lost punctuation", (0.05, 0.2)),
}
"""Name of a standard defect, as margins say it -> the defect that is planted in human text, and the doses that are measured, rising."""
_LEAST = 0.5
"""Floor units that a margin has at least where it is given as a dose and nothing else is said."""
_KEYS = ("level", "margin", "metrics")
_METRIC_KEYS = ("tier", "margin")
_LARGEST_MARGIN = 1e100
"""Whole numbers of TOML may be larger than any float."""
_NUMBER = r"([0-9]*\.?[0-9]+(?:e-?[0-9]+)?)"
_FLOORS = re.compile(rf"^\s*{_NUMBER}\s*floors?\s*$", re.IGNORECASE)
_POINTS = re.compile(rf"^\s*{_NUMBER}\s*(?:percentage\s+)?points?\s*$", re.IGNORECASE)
_DOSE = re.compile(
    rf"^\s*{_NUMBER}\s*%\s*(?:of\s+)?({'|'.join(DOSES)})\s*(?:,\s*at\s+least\s+{_NUMBER}\s*floors?\s*)?$", re.IGNORECASE
)


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
        size: above 0; a share where it is a dose.
        in_floors: whether `size` counts floor units (95th percentile less median of human damage at equal shape) or the metric's unit.
        dose: the standard defect whose damage to human text is tolerated; "" where the size is no dose.
        least: floor units that a dose allows at least.
        in_points: whether it was given in percentage points, which only shares have; the size is a share then.
    """

    size: float
    in_floors: bool
    dose: str = ""
    least: float = 0.0
    in_points: bool = False

    def __str__(self) -> str:
        if self.dose:
            return f"{100 * self.size:g} % of {self.dose}"
        if self.in_points:
            return f"{100 * self.size:g} points"
        return f"{self.size:g} floor" if self.in_floors else f"{self.size:g}"

    def value(self, floor_unit: float | None, damages: Mapping[float, float] | None = None) -> float | None:
        """The margin in the metric's unit; None where it rests on human text that is too short, or that does not vary.

        Args:
            floor_unit: one floor unit in the metric's unit; None where it is unknown.
            damages: dose -> what the standard defect does to human text, in the metric's unit; None where that was not measured.
        """
        margin = self.holding(floor_unit, damages)
        if margin.dose:
            return interpolated(damages or {}, margin.size) or None
        if not margin.in_floors:
            return margin.size
        return margin.size * floor_unit if floor_unit is not None and floor_unit > 0 else None

    def holding(self, floor_unit: float | None, damages: Mapping[float, float] | None = None) -> Margin:
        """The margin that holds: a dose, or the floor units that stand in for it or are more; arguments as for `value`."""
        if not self.dose:
            return self
        if damages is None:  # a baseline of before there were doses
            return Margin(max(WITHOUT_DOSES, self.least), in_floors=True)
        unit = floor_unit if floor_unit is not None and floor_unit > 0 else 0.0
        return self if interpolated(damages, self.size) >= self.least * unit else Margin(self.least, in_floors=True)


def interpolated(damages: Mapping[float, float], dose: float) -> float:
    """The damage of a dose between two that were measured, or between none and the first.

    >>> interpolated({0.01: 2.0, 0.05: 6.0}, 0.02), interpolated({0.01: 2.0, 0.05: 6.0}, 0.005)
    (3.0, 1.0)
    """
    before = (0.0, 0.0)
    for at, damage in sorted(damages.items()):
        if dose <= at:
            return before[1] + (damage - before[1]) * (dose - before[0]) / (at - before[0])
        before = (at, damage)
    return before[1]


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


WITHOUT_DOSES = 1.5
"""Floor units of a margin that is a dose, where the baseline is from before doses were measured."""


def _margin(value: object) -> Margin | None:
    """A margin from `0.02` (the metric's unit), `"2 points"` of a share, `"1.5 floor"` or `"1 % of words replaced"`; None when it is none of them."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Margin(float(value), in_floors=False) if 0 < value <= _LARGEST_MARGIN else None
    if not isinstance(value, str):
        return None
    if match := _DOSE.match(value):
        name, size = match[2].lower(), float(match[1]) / 100
        least = _LEAST if match[3] is None else float(match[3])
        return Margin(size, in_floors=False, dose=name, least=least) if 0 < size <= DOSES[name][1][-1] else None
    floors, points = _FLOORS.match(value), _POINTS.match(value)
    size = float(floors[1]) if floors else float(points[1]) / 100 if points else 0.0
    return Margin(size, in_floors=floors is not None, in_points=points is not None) if 0 < size <= _LARGEST_MARGIN else None


def _default(pattern: str, tier: Tier, size: float | str | None = None) -> Rule:
    margin = _margin(size) if isinstance(size, str) else Margin(size, in_floors=True) if size else None
    return Rule(pattern, tier, margin, "default")


_EVERYWHERE = (
    _default("*", Tier.ADVISORY, 1.5),
    # letters
    _default("judge.bits", Tier.CRITICAL, "1 % of words replaced"),
    _default("order.unseen_6", Tier.CRITICAL, "1 % of words replaced"),
    _default("letters.jsd", Tier.SUPPORTING),
    _default("order.bigrams", Tier.SUPPORTING),
    # words
    _default("wordlen.w1", Tier.CRITICAL, "5 % of words replaced, at least 1.5 floor"),
    _default("function.profile", Tier.SUPPORTING),
    _default("function.share", Tier.SUPPORTING),
    # vocabulary
    _default("vocab.hit", Tier.CRITICAL, "0.5 % of letters misspelt"),
    _default("vocab.hit:over", Tier.SUPPORTING),
    # order
    _default("order.context", Tier.CRITICAL),
    # originality
    _default("novelty.words_3", Tier.CRITICAL),
    # variety
    _default("repeat.2", Tier.CRITICAL, "5 % of text repeated"),
    # form
    _default("form.punctuation", Tier.CRITICAL, "10 % of punctuation lost, at least 1.5 floor"),
    *(Rule(f"{AUDIT}{name}", Tier.CRITICAL, Margin(share, in_floors=False), "default") for name, share in AUDIT_MARGINS.items()),
)
"""Measured in docs/reference/measured/gate.md: the critical measures are one or two of each family, those that few passages decide."""


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
    elif (margin.in_floors or margin.dose) and pattern.startswith(AUDIT.removesuffix(".")):
        problems.append(
            f"{name}.margin must be a share of passages such as 0.02, since rates of the audit have no floor units and no doses"
        )
    return problems


def _margin_problem(name: str, value: object) -> str:
    doses = ", ".join(f"up to {100 * doses[-1]:g} % of {name}" for name, (_, doses) in DOSES.items())
    return (
        f'{name} must be a number above 0 in the metric\'s unit, "2 points" of a share, floor units as in "1.5 floor", or a dose as in "1 % of words replaced" '
        f"({doses}), not {value!r}"
    )


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
