"""Finds trackers by name, `tracker_named`, checks what is asked of them, `parse_destination`, and gives them results, `log`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias

from evalkit import plugins
from evalkit._util.escape import visible
from evalkit.errors import EvalkitError, MissingExtraError, TrackerError, UsageError, one_of
from generators.spec import parse_generator

if TYPE_CHECKING:
    from evalkit.report.formats import Samples
    from evalkit.results import Results

_GROUP = "evalkit.trackers"
"""Entry points of other packages that name trackers."""
_LONGEST_REASON = 300

LogFunction: TypeAlias = Callable[..., str]
"""`(record, *, step=None, ...) -> place`; its other keyword arguments are the options of the tracker."""


@dataclass(frozen=True, kw_only=True)
class Tracker:
    """A program that keeps the results of experiments.

    Args:
        name: as `results.log` takes it.
        title: for people.
        function: `module:function` that logs, a `LogFunction`.
        needs: the package that it imports; "" for none.
        plugin: the entry point of another package that brings it.
    """

    name: str
    title: str
    function: str = ""
    needs: str = ""
    plugin: plugins.Plugin | None = field(default=None, repr=False)

    def check_available(self) -> None:
        """Refuses a tracker whose package is missing.

        Raises:
            MissingExtraError: naming the command that installs it.
        """
        # Weights & Biases makes a folder of its own name in the working folder, which Python takes for a package without a file.
        if self.needs and ((spec := find_spec(self.needs)) is None or spec.origin is None):
            raise MissingExtraError(f"Logging to {self.title}", extra=self.needs)

    def load(self) -> LogFunction:
        """The function that logs.

        Raises:
            UsageError: when another package's cannot be imported.
        """
        if self.plugin is None:
            module, _, name = self.function.partition(":")
            function: LogFunction = getattr(import_module(module), name)
            return function
        try:
            loaded: LogFunction = self.plugin.load()
        except (Exception, SystemExit) as error:
            raise UsageError(
                f'The tracker "{visible(self.name)}" of {visible(self.plugin.package)} cannot be loaded ({visible(plugins.reason(error))}).',
                remedy="Mend or remove that package.",
            ) from error
        return loaded

    def options(self) -> dict[str, inspect.Parameter]:
        """The options that it takes, by name."""
        parameters = list(inspect.signature(self.load()).parameters.values())
        return {each.name: each for each in parameters[1:] if each.kind is each.KEYWORD_ONLY and each.name != "step"}


TRACKERS: Mapping[str, Tracker] = {
    tracker.name: tracker
    for tracker in (
        Tracker(name="mlflow", title="MLflow", function="evalkit.trackers.mlflow:log_mlflow", needs="mlflow"),
        Tracker(name="tensorboard", title="TensorBoard", function="evalkit.trackers.tensorboard:log_tensorboard"),
        Tracker(name="wandb", title="Weights & Biases", function="evalkit.trackers.wandb:log_wandb", needs="wandb"),
    )
}
"""Our own trackers by name."""


def tracker_named(name: str) -> Tracker:
    """A tracker, ours or another package's.

    Raises:
        UsageError: when there is none of that name; the message says which there are.
    """
    if name in TRACKERS:
        return TRACKERS[name]
    others = {plugin.name: plugin for plugin in plugins.declared(_GROUP)}
    if name not in others:
        raise UsageError(f'There is no tracker "{visible(name)}".', remedy=one_of(visible(name), [*TRACKERS, *others]))
    return Tracker(name=name, title=name, plugin=others[name])


@dataclass(frozen=True)
class Destination:
    """A tracker with its options, checked: where results will go.

    Args:
        tracker: which one.
        options: of `log`, and those of the tracker.
    """

    tracker: Tracker
    options: Mapping[str, Any] = field(default_factory=dict)


def parse_destination(text: str) -> Destination:
    """A tracker and its options from `NAME` or `NAME:OPTION=VALUE,OPTION=VALUE`.

    Args:
        text: such as `mlflow` or `tensorboard:folder=runs,step=1200`; beside the tracker's own options it may give `step`, `prefix` and `page`.

    Raises:
        UsageError: for a name, an option or a value that cannot be, or a package that is not installed.

    >>> parse_destination("tensorboard:folder=runs,step=1200").options
    {'folder': 'runs', 'step': 1200}
    """
    spec = parse_generator(text, what="tracker")
    tracker = tracker_named(spec.name)
    tracker.check_available()
    common = {key: value for key, value in inspect.signature(log).parameters.items() if key in ("step", "prefix", "page")}
    return Destination(tracker, spec.typed(tracker.options() | common))


def log(
    results: Results,
    tracker: str | Tracker,
    *,
    step: int | None = None,
    prefix: str = "evalkit",
    page: bool = True,
    samples: Samples | None = None,
    **options: Any,
) -> str:
    """Gives results to a tracker.

    Args:
        results: of a run of any kind.
        tracker: its name, or the tracker.
        step: of the training, at least 0, so that several results make curves.
        prefix: what every name begins with.
        page: whether the HTML page is logged too.
        samples: candidate -> its passages, for the page.
        options: of the tracker.

    Returns:
        Where the results are, for people.

    Raises:
        UsageError: for a name or an option that there is not.
        MissingExtraError: when the tracker's package is not installed.
        TrackerError: when the tracker does not take the results.
    """
    from evalkit.trackers.record import record_of

    tracker = tracker_named(tracker) if isinstance(tracker, str) else tracker
    tracker.check_available()
    if unknown := [key for key in options if key not in tracker.options()]:
        allowed = [*tracker.options(), "step", "prefix", "page"]
        raise UsageError(f'{tracker.title} has no option "{visible(unknown[0])}".', remedy=one_of(visible(unknown[0]), allowed))
    if step is not None and step < 0:
        raise UsageError(f"step must be at least 0, not {step}.")
    record = record_of(results, prefix=prefix, page=page, samples=samples)
    try:
        return tracker.load()(record, step=step, **options)
    except EvalkitError:
        raise
    except Exception as error:
        raise TrackerError(
            f"{tracker.title} did not take the results ({visible(plugins.reason(error)[:_LONGEST_REASON])}).",
            remedy="Check its address, key and settings; the results themselves are whole.",
        ) from error
