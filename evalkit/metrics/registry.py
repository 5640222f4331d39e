"""Finds every metric that is declared, `catalogue`, and chooses among them by pattern, `select`.

Each file of this package that declares a tuple `METRICS`, or a function `for_language`, is a family of metrics. Other packages bring metrics by
entry points of the group `evalkit.metrics`, each a module with a tuple `METRICS`.
"""

from __future__ import annotations

import fnmatch
import functools
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar, overload

from evalkit import metrics as families
from evalkit import plugins
from evalkit.errors import UsageError, one_of
from evalkit.language.profile import Language, load_language
from evalkit.metrics.base import AuditMetric, Declaration, GeneratorMetric, Metric, PooledMetric

GROUP = "evalkit.metrics"
KINDS = (Metric, PooledMetric, GeneratorMetric, AuditMetric)
"""The order of the catalogue, and so of every table."""

Kind = TypeVar("Kind", bound=Declaration)


@overload
def catalogue(*, language: str = "en") -> dict[str, Declaration]: ...
@overload
def catalogue(kind: type[Kind], *, language: str = "en") -> dict[str, Kind]: ...
def catalogue(kind: type[Declaration] = Declaration, *, language: str = "en") -> Mapping[str, Declaration]:
    """Every declared metric by id.

    By kind, then families in alphabetical order of their files, then those of other packages.

    Args:
        kind: of which kind: `Metric`, `PooledMetric`, `GeneratorMetric` or `AuditMetric`; all of them unless given.
        language: code or path of a profile (see `evalkit.language.profile`), whose letters, endings and words are counted.

    Raises:
        ValueError: when two of our declarations share an id.
        UsageError, InputError: when there is no such language.

    >>> catalogue()["letters.jsd"].label
    'letter divergence'
    """
    return {metric.id: metric for metric in of_kind(_declared(load_language(language)), kind)}


@overload
def select(patterns: Sequence[str] = (), *, language: str = "en") -> tuple[Declaration, ...]: ...
@overload
def select(patterns: Sequence[str] = (), *, kind: type[Kind], language: str = "en") -> tuple[Kind, ...]: ...
def select(patterns: Sequence[str] = (), *, kind: type[Declaration] = Declaration, language: str = "en") -> tuple[Declaration, ...]:
    """The metrics whose id, group or family matches any pattern (`letters.jsd`, `suffix`, `form`, `*`); all of them when there is no pattern.

    Args:
        patterns: ids, groups, families or patterns of ids; metrics come in their order within each kind.
        kind: only metrics of this kind are returned. A pattern that matches other kinds only is no error.
        language: as for `catalogue`.

    Raises:
        UsageError: for a pattern that matches no metric of any kind.
    """
    declared = catalogue(language=language)
    selected: dict[str, Declaration] = {}
    for pattern in patterns or ("*",):
        matches = _matches(pattern, declared)
        if not matches:
            raise UsageError(f'No metric matches "{pattern}".', remedy=one_of(pattern, declared))
        selected |= {id_: declared[id_] for id_ in matches}
    return tuple(metric for each in KINDS for metric in of_kind(of_kind(selected.values(), each), kind))


def of_kind(metrics: Iterable[Declaration], kind: type[Kind]) -> tuple[Kind, ...]:
    """The metrics of one kind, in their order."""
    return tuple(metric for metric in metrics if isinstance(metric, kind))


def main_metrics(language: str = "en") -> list[str]:
    """The ids of the metrics that `compare` measures unless told otherwise: those that are judged, and what generators say of themselves."""
    metrics = catalogue(language=language).values()
    return [metric.id for metric in metrics if metric.judged or isinstance(metric, GeneratorMetric)]


def forget() -> None:
    """Looks for metrics again at the next call, after files or packages were added."""
    _declared.cache_clear()


def _matches(pattern: str, metrics: Mapping[str, Declaration]) -> list[str]:
    if pattern == "all":
        return list(metrics)
    # A group and a family of one name, such as the letters, are selected together.
    of_group = [id_ for id_, metric in metrics.items() if pattern in (metric.group, metric.family)]
    return fnmatch.filter(metrics, pattern) or of_group or fnmatch.filter(metrics, f"{pattern}.*")


@functools.cache  # by the content of the profile, so that two files of one name cannot be confused
def _declared(language: Language) -> tuple[Declaration, ...]:
    """All metrics, in the order of the catalogue."""
    metrics: dict[str, Declaration] = {}
    for metric in _of_families(language):
        if metric.id in metrics:
            raise ValueError(f'Two metrics are called "{metric.id}".')
        metrics[metric.id] = metric
    everything = [*metrics.values(), *_of_packages(metrics)]
    return tuple(metric for kind in KINDS for metric in of_kind(everything, kind))


def _of_families(language: Language) -> Iterator[Declaration]:
    for name in sorted(info.name for info in pkgutil.iter_modules(families.__path__)):
        module: Any = import_module(f"{families.__name__}.{name}")
        yield from getattr(module, "METRICS", ())
        if hasattr(module, "for_language"):
            yield from module.for_language(language)


def _of_packages(ours: Mapping[str, Declaration]) -> list[Metric]:
    """The metrics that other packages bring.

    Args:
        ours: evalkit's own by id; what clashes with one of them, or with a package before, is left out with a warning.
    """
    metrics: dict[str, Metric] = {}
    features = {feature.name: feature for metric in of_kind(ours.values(), Metric) for feature in metric.features}
    for plugin in plugins.declared(GROUP):
        try:
            brought = _loaded(plugin)
        except Exception as error:  # noqa: BLE001 - whatever another package's code does when it is imported, it costs one warning
            plugins.warn(plugin.package, f'its metrics "{plugin.name}" cannot be loaded ({plugins.reason(error)})')
            continue
        for metric in brought:
            # Counts of two features under one name would be confused in the tally matrix.
            clashes = [feature.name for feature in metric.features if features.get(feature.name, feature) is not feature]
            if metric.id in ours or metric.id in metrics:
                plugins.warn(plugin.package, f'there is a metric "{metric.id}" already')
            elif clashes:
                plugins.warn(
                    plugin.package,
                    f'its metric "{metric.id}" counts something that it calls "{clashes[0]}", and that name is taken',
                )
            else:
                metrics[metric.id] = metric
                features |= {feature.name: feature for feature in metric.features}
    return list(metrics.values())


def _loaded(plugin: plugins.Plugin) -> tuple[Metric, ...]:
    metrics = tuple(plugin.load().METRICS)
    if wrong := [metric for metric in metrics if not (isinstance(metric, Metric) and isinstance(metric.id, str))]:
        raise TypeError(f"METRICS holds {wrong[0]!r:.60}, which is no evalkit.metrics.Metric with an id")
    return metrics
