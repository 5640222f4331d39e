"""Lists the output formats, each an `OutputFormat`: its name for `--format`, its file extensions and its renderer.

A new format is a renderer in a file of its own and an entry in `FORMATS`. Help texts, `--format`, `--output`, the tests and the error
messages follow. Renderers are named as text and imported when they are used, so importing this module is cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from evalkit._util.escape import visible
from evalkit.errors import UsageError, one_of

if TYPE_CHECKING:
    from evalkit.text.passages import Passage

Samples: TypeAlias = "Mapping[str, Sequence[Passage]]"
"""Candidate -> its passages."""

RUNS = frozenset({"compare", "score", "sweep"})
GATE = frozenset({"gate"})
AUDIT = frozenset({"audit"})
RESULTS = RUNS | GATE | AUDIT
"""Kinds of `Results`; the others below are what else a command shows."""
CHANGES = frozenset({"changes"})
"""Two results beside each other."""
HISTORY = frozenset({"history"})
CALIBRATION = frozenset({"calibration"})
LISTING = frozenset({"listing"})
"""Short answers: lists of metrics, corpora, baselines and generators, plans, settings."""
POLICY = frozenset({"policy"})
"""What a calibration writes: the policy that it proposes, and its page."""
PASSAGES = frozenset({"passages"})


@dataclass(frozen=True, kw_only=True)
class OutputFormat:
    """One format of some kinds of results.

    Args:
        name: what `--format` calls it.
        kinds: of results that can be written in it.
        extensions: of its files, the first one in help texts; none when it is for stdout alone.
        stdout: whether `--format` offers it.
        renderer: `module:function` that gives the text; None where the command itself prints or writes it.
        unfinished: `module:function` that gives the text for a gate that did not come to its end, from the problem, the remedy and
            the state, "no verdict" or "error".
    """

    name: str
    kinds: frozenset[str]
    extensions: tuple[str, ...] = ()
    stdout: bool = False
    renderer: str | None = None
    unfinished: str | None = None

    def render(self, *shown: Any) -> str:
        """The text of what is shown.

        Args:
            shown: `(results, samples)` of a run or a gate, `(before, after)` of changes, `(runs,)` of a history, `(summary,)` of a
                calibration.
        """
        assert self.renderer is not None, f"{self.name} has no renderer"
        text: str = load_function(self.renderer)(*shown)
        return text

    def render_unfinished(self, problem: str, remedy: str, *, state: str) -> str | None:
        """The text for a gate that did not come to its end; None where the format cannot say so."""
        return None if self.unfinished is None else str(load_function(self.unfinished)(problem, remedy, state=state))


def load_function(place: str) -> Callable[..., Any]:
    """The function that `module:function` names, imported now."""
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


_EXPORT, _HTML, _MARKDOWN, _TERMINAL = (f"evalkit.report.{folder}" for folder in ("export", "html", "markdown", "terminal"))

FORMATS = (
    OutputFormat(name="text", kinds=frozenset({"compare", "score"}), stdout=True, renderer=f"{_TERMINAL}.scores:render_scores"),
    OutputFormat(name="text", kinds=frozenset({"sweep"}), stdout=True, renderer=f"{_TERMINAL}.sweep:render_sweep"),
    OutputFormat(name="text", kinds=GATE, stdout=True, renderer=f"{_TERMINAL}.gate:render_gate"),
    OutputFormat(name="text", kinds=AUDIT, stdout=True, renderer=f"{_TERMINAL}.audit:render_audit"),
    OutputFormat(name="text", kinds=CHANGES, stdout=True, renderer=f"{_TERMINAL}.runs:render_changes"),
    OutputFormat(name="text", kinds=HISTORY, stdout=True, renderer=f"{_TERMINAL}.runs:render_history"),
    OutputFormat(name="text", kinds=CALIBRATION, stdout=True, renderer=f"{_TERMINAL}.calibration:render_calibration"),
    OutputFormat(name="text", kinds=LISTING, stdout=True),
    OutputFormat(name="json", kinds=RESULTS, extensions=(".json",), stdout=True, renderer=f"{_EXPORT}.tables:render_json"),
    OutputFormat(name="json", kinds=CALIBRATION, stdout=True, renderer=f"{_EXPORT}.tables:render_calibration_json"),
    OutputFormat(name="json", kinds=LISTING, stdout=True),
    OutputFormat(name="html", kinds=RESULTS, extensions=(".html",), renderer=f"{_HTML}.page:render_html"),
    OutputFormat(name="html", kinds=CHANGES, extensions=(".html",), renderer=f"{_HTML}.runs:render_comparison"),
    OutputFormat(name="html", kinds=HISTORY, extensions=(".html",), renderer=f"{_HTML}.runs:render_history"),
    OutputFormat(name="csv", kinds=RESULTS, extensions=(".csv",), renderer=f"{_EXPORT}.tables:render_csv"),
    OutputFormat(name="markdown", kinds=RUNS, extensions=(".md",), stdout=True, renderer=f"{_MARKDOWN}.document:render_markdown"),
    OutputFormat(
        name="markdown",
        kinds=GATE,
        extensions=(".md",),
        stdout=True,
        renderer=f"{_MARKDOWN}.github:render_gate_markdown",
        unfinished=f"{_MARKDOWN}.github:render_unfinished",
    ),
    OutputFormat(name="markdown", kinds=AUDIT, extensions=(".md",), stdout=True, renderer=f"{_MARKDOWN}.audit:render_audit"),
    OutputFormat(name="markdown", kinds=CALIBRATION, stdout=True, renderer=f"{_MARKDOWN}.calibration:render_calibration"),
    OutputFormat(name="github", kinds=GATE, stdout=True, renderer=f"{_MARKDOWN}.github:render_annotations"),
    OutputFormat(
        name="junit",
        kinds=GATE,
        extensions=(".junit.xml", ".xml"),
        renderer=f"{_EXPORT}.junit:render_junit",
        unfinished=f"{_EXPORT}.junit:render_unfinished",
    ),
    OutputFormat(name="toml", kinds=POLICY, extensions=(".toml",)),
    OutputFormat(name="html", kinds=POLICY, extensions=(".html",), renderer=f"{_HTML}.calibration:render_calibration"),
    OutputFormat(name="jsonl", kinds=PASSAGES, extensions=(".jsonl", ".ndjson")),
)
"""Every format, in the order of help texts; a format whose kinds need different renderers has an entry for each."""


def formats_of(kinds: Iterable[str]) -> tuple[OutputFormat, ...]:
    """The formats that all of some kinds have: those in which a command that shows any of these kinds can write."""
    kinds = frozenset(kinds)
    common = set.intersection(*({form.name for form in FORMATS if kind in form.kinds} for kind in kinds))
    return tuple(form for form in FORMATS if form.name in common and form.kinds & kinds)


def names(kinds: Iterable[str]) -> tuple[str, ...]:
    """What `--format` takes for these kinds.

    >>> {"text", "json", "markdown", "github"} <= set(names(GATE))
    True
    """
    return tuple(dict.fromkeys(form.name for form in formats_of(kinds) if form.stdout))


def extensions(kinds: Iterable[str]) -> tuple[str, ...]:
    """The extensions that `--output` takes for these kinds.

    >>> {".json", ".html", ".csv", ".md"} <= set(extensions(RUNS))
    True
    """
    return tuple(dict.fromkeys(extension for form in formats_of(kinds) for extension in form.extensions))


def format_named(name: str, kind: str) -> OutputFormat:
    """The format that `--format` calls by this name, for one kind.

    Raises:
        UsageError: when there is none.
    """
    named = {form.name: form for form in FORMATS if kind in form.kinds}
    if name not in named:
        raise UsageError(f'There is no format "{name}".', remedy=one_of(name, named))
    return named[name]


def format_of(path: Path, kind: str) -> OutputFormat:
    """The format of a file by its extension, for one kind.

    Raises:
        UsageError: when there is none.
    """
    by_extension = {extension: form for form in FORMATS if kind in form.kinds for extension in form.extensions}
    if path.suffix not in by_extension:
        raise UsageError(f'"{visible(str(path))}" has no extension that can be written.', remedy=one_of(path.suffix, by_extension))
    return by_extension[path.suffix]
