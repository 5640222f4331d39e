"""All metrics. Each family is one file of this package that declares a tuple `METRICS`; this module finds them.

Other packages bring metrics by entry points (see `evalkit.plugins`).
"""

from __future__ import annotations

import fnmatch
import functools
import pkgutil
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, TypeVar

from evalkit.counts.feature import Feature, Layout, Lexicon, Totals
from evalkit.errors import UsageError, one_of
from evalkit.language.profile import Language, load_language
from evalkit.metrics.base import Direction, Metric, Minimum, OfGenerator, Pooled
from evalkit.plugins import metrics_of_packages

__all__ = [
    "Direction",
    "Feature",
    "Layout",
    "Lexicon",
    "Metric",
    "Minimum",
    "OfGenerator",
    "Pooled",
    "Totals",
    "all_metrics",
    "all_of_generators",
    "all_pooled",
    "main_families",
    "select",
    "select_of_generators",
    "select_pooled",
]


_Declared = TypeVar("_Declared", Metric, Pooled, OfGenerator)


def _declared(name: str, kind: type[_Declared], language: Language) -> dict[str, _Declared]:
    """What the families declare, by id, families in alphabetical order of their files.

    A family declares a tuple `METRICS` or `POOLED`, or for metrics that depend on the language a function `for_language`.
    """
    found: dict[str, _Declared] = {}
    for module_name in sorted(info.name for info in pkgutil.iter_modules(__path__) if info.name != "base"):
        module: Any = import_module(f"{__name__}.{module_name}")
        declared = [*getattr(module, name, ())]
        if kind is Metric and hasattr(module, "for_language"):
            declared += module.for_language(language)
        for metric in declared:
            if metric.id in found:
                raise ValueError(f'Two metrics are called "{metric.id}".')
            found[metric.id] = metric
    return found


@functools.cache
def all_metrics(language: str = "en") -> dict[str, Metric]:
    """Every declared metric by id, families in alphabetical order of their files, then those of other packages.

    Args:
        language: code or path of a profile (see `evalkit.language.profile`), whose letters, endings and words are counted.

    Raises:
        ValueError: when two of our declarations share an id.
        UsageError, InputError: when there is no such language.
    """
    found = _declared("METRICS", Metric, load_language(language))
    return found | {metric.id: metric for metric in metrics_of_packages(found)}


@functools.cache
def all_pooled() -> dict[str, Pooled]:
    """Every measure of all passages together by id: reported, never gated."""
    return _declared("POOLED", Pooled, load_language())


@functools.cache
def all_of_generators() -> dict[str, OfGenerator]:
    """Every measure of a generator itself by id; each is taken of every candidate that can be asked."""
    return _declared("OF_GENERATORS", OfGenerator, load_language())


def main_families(language: str = "en") -> list[str]:
    """The families that have a metric in the short table: what `compare` measures unless told otherwise."""
    return sorted({metric.family for metric in all_metrics(language).values() if metric.headline})


def select(patterns: Sequence[str] = (), *, language: str = "en") -> tuple[Metric, ...]:
    """The metrics whose id or family matches any pattern (`letters.jsd`, `suffix`, `*`); all of them when there is no pattern.

    Patterns that only match pooled measures are for `select_pooled`, and those that only match measures of generators for `select_of_generators`,
    which take the same list.

    Raises:
        UsageError: for a pattern that matches nothing that is measured.
    """
    known, others = all_metrics(language), {**all_pooled(), **all_of_generators()}
    chosen: dict[str, Metric] = {}
    for pattern in patterns or ("*",):
        if not (matches := _matches(pattern, known)) and not _matches(pattern, others):
            raise UsageError(f'No metric matches "{pattern}".', remedy=one_of(pattern, {**known, **others}))
        chosen |= {id_: known[id_] for id_ in matches}
    return tuple(chosen.values())


def select_pooled(patterns: Sequence[str] = ()) -> tuple[Pooled, ...]:
    """The pooled measures whose id matches any pattern; all of them when there is no pattern."""
    known = all_pooled()
    ids = dict.fromkeys(id_ for pattern in patterns or ("*",) for id_ in _matches(pattern, known))
    return tuple(known[id_] for id_ in ids)


def select_of_generators(patterns: Sequence[str] = ()) -> tuple[OfGenerator, ...]:
    """The measures of generators whose id matches any pattern; all of them when there is no pattern."""
    known = all_of_generators()
    return tuple(known[id_] for id_ in dict.fromkeys(id_ for pattern in patterns or ("*",) for id_ in _matches(pattern, known)))


def _matches(pattern: str, ids: Iterable[str]) -> list[str]:
    if pattern == "all":
        return list(ids)
    return fnmatch.filter(ids, pattern) or fnmatch.filter(ids, f"{pattern}.*")
