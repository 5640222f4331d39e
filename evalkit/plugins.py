"""Generators and metrics of other packages, found by the entry points that these declare.

A package names its generators in the group `evalkit.generators` (`name = "module:Class"`) and modules with a tuple `METRICS` in the group
`evalkit.metrics`. Nothing of it is imported before it is needed. Whatever is wrong with one package costs one warning that names the package,
and never touches what evalkit or another package brings.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit._util.escape import visible

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

    from evalkit.metrics.base import Metric

log = logging.getLogger("evalkit")

GENERATORS, METRICS = "evalkit.generators", "evalkit.metrics"
_FILE = "entry_points.txt"


@dataclass(frozen=True)
class Plugin:
    """One entry point.

    Args:
        package: the distribution that declares it, as `name version`.
        name: how it calls what it brings.
        entry: the entry point, not loaded.
    """

    package: str
    name: str
    entry: EntryPoint

    def load(self) -> Any:
        """Imports what the entry point names."""
        return self.entry.load()


@functools.cache
def declared(group: str) -> tuple[Plugin, ...]:
    """The entry points of a group over all installed packages, by package and name."""
    from importlib.metadata import distributions

    found: dict[str, list[Plugin]] = {}
    for distribution in distributions():
        text = distribution.read_text(_FILE) or ""
        # Most packages have nothing for evalkit; and of two copies of one package, Python imports the first.
        if f"[{group}]" in text and (package := _package(distribution)) not in found:
            found[package] = _entries(distribution, package, group)
    return tuple(plugin for _, plugins in sorted(found.items()) for plugin in plugins)


def _package(distribution: Distribution) -> str:
    return f"{distribution.metadata['Name']} {distribution.version}"


def _entries(distribution: Distribution, package: str, group: str) -> list[Plugin]:
    try:
        entries = [entry for entry in distribution.entry_points if entry.group == group]
        return sorted((Plugin(package, entry.name, entry) for entry in entries), key=lambda plugin: plugin.name)
    except Exception as error:  # noqa: BLE001 - whatever another package's files hold, it must not stop this program
        warn(package, f"its {_FILE} cannot be read ({reason(error)})")
        return []


@functools.cache
def warn(package: str, problem: str) -> None:
    """Warns of a package, once."""
    log.warning("The package %s is left out: %s.", visible(package), visible(problem))


def reason(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}"


def metrics_of_packages(ours: Mapping[str, Metric]) -> list[Metric]:
    """The metrics that other packages bring.

    Args:
        ours: evalkit's own by id; what clashes with one of them, or with a package before, is left out with a warning.
    """
    found = dict(ours)
    features = {feature.name: feature for metric in ours.values() for feature in metric.features}
    for plugin in declared(METRICS):
        try:
            metrics = _metrics(plugin)
        except Exception as error:  # noqa: BLE001 - likewise, whatever another package's code does when it is imported
            warn(plugin.package, f'its metrics "{plugin.name}" cannot be loaded ({reason(error)})')
            continue
        for metric in metrics:
            # Counts of two features under one name would be confused in the tally matrix.
            clashes = [feature.name for feature in metric.features if features.get(feature.name, feature) is not feature]
            if metric.id in found:
                warn(plugin.package, f'there is a metric "{metric.id}" already')
            elif clashes:
                warn(
                    plugin.package,
                    f'its metric "{metric.id}" counts something that it calls "{clashes[0]}", and that name is taken',
                )
            else:
                found[metric.id] = metric
                features |= {feature.name: feature for feature in metric.features}
    return list(found.values())[len(ours) :]


def _metrics(plugin: Plugin) -> Iterable[Metric]:
    from evalkit.metrics.base import Metric

    metrics = tuple(plugin.load().METRICS)
    if wrong := [metric for metric in metrics if not (isinstance(metric, Metric) and isinstance(metric.id, str))]:
        raise TypeError(f"METRICS holds {wrong[0]!r:.60}, which is no evalkit.metrics.Metric with an id")
    return metrics
