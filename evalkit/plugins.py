"""Finds the entry points that other packages declare in a group, `declared`, and warns of those that cannot be used, `warn`.

Nothing of a package is imported before it is needed. Whatever is wrong with one package costs one warning that names the package, and does not
affect what evalkit or another package brings. `evalkit.metrics.registry` and `generators` each have a group, and check the objects in it.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit._util.escape import visible

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

log = logging.getLogger("evalkit")

_FILE = "entry_points.txt"


@dataclass(frozen=True)
class Plugin:
    """One entry point.

    Args:
        package: the distribution that declares it, as `name version`.
        name: the name of the generator or of the module of metrics.
        entry: the entry point, not loaded.
    """

    package: str
    name: str
    entry: EntryPoint

    def load(self) -> Any:
        """Imports what the entry point names."""
        return self.entry.load()


@functools.cache  # what is installed does not change while a process runs; to look takes 50 ms, and every catalogue asks
def declared(group: str) -> tuple[Plugin, ...]:
    """The entry points of a group over all installed packages, by package and name."""
    from importlib.metadata import distributions

    by_package: dict[str, list[Plugin]] = {}
    for distribution in distributions():
        text = distribution.read_text(_FILE) or ""
        # Most packages declare nothing for evalkit, and to search the text is faster than to parse it. Of two copies of one package, Python
        # imports the first.
        if f"[{group}]" in text and (package := _package(distribution)) not in by_package:
            by_package[package] = _entries(distribution, package, group)
    return tuple(plugin for _, plugins in sorted(by_package.items()) for plugin in plugins)


def _package(distribution: Distribution) -> str:
    return f"{distribution.metadata['Name']} {distribution.version}"


def _entries(distribution: Distribution, package: str, group: str) -> list[Plugin]:
    try:
        entries = [entry for entry in distribution.entry_points if entry.group == group]
        return sorted((Plugin(package, entry.name, entry) for entry in entries), key=lambda plugin: plugin.name)
    except Exception as error:  # noqa: BLE001 - whatever another package's files hold, it must not stop this program
        warn(package, f"its {_FILE} cannot be read ({reason(error)})")
        return []


@functools.cache  # remembers what was said: a set of packages that are installed, so it stays small
def warn(package: str, problem: str) -> None:
    """Warns of a package, once."""
    log.warning("The package %s is left out: %s.", visible(package), visible(problem))


def reason(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}"
