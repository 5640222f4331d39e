"""Declares every error that evalkit and generators raise on purpose, in one tree below `EvalkitError`.

The command line turns them into exit codes: `UsageError` and its children end in 2, `NoVerdict` in 3,
`WorkerError` in 4, and anything else too (an internal error, and a bug). Only a confirmed regression ends in 1, and that is a result, not an error.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

DISTRIBUTION = "evalkit-text"
"""The project's name on the package index, where `evalkit` is another project; the import and the command are `evalkit`."""


def install_command(extra: str = "") -> str:
    """The command that installs evalkit; every hint about installing takes it from here.

    Args:
        extra: an optional dependency group to install too.

    >>> install_command("lstm")
    "pip install 'evalkit-text[lstm]'"
    """
    return f"pip install '{DISTRIBUTION}[{extra}]'" if extra else f"pip install {DISTRIBUTION}"


def reinstall_remedy() -> str:
    """What to do about an installation that lacks a part of its own."""
    return f"The installation is damaged. Install it again: {install_command()} --force-reinstall"


class EvalkitError(Exception):
    """The root: anything evalkit raises on purpose.

    Args:
        problem: what was given and why it cannot be used, one sentence.
        remedy: what the user can do about it, one sentence.

    >>> print(EvalkitError("There is no corpus here.", remedy="Name one with --reference."))
    There is no corpus here.
    Name one with --reference.
    """

    exit_code = 4

    def __init__(self, problem: str, *, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n{self.remedy}" if self.remedy else self.problem

    def __reduce__(self) -> tuple[Any, ...]:
        # An error may come from another process, and the constructors of some take other arguments than their message.
        return _restored, (type(self), self.args, vars(self))


def _restored(kind: type[EvalkitError], args: tuple[Any, ...], state: dict[str, Any]) -> EvalkitError:
    """An error as it was in another process."""
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(state)
    return error


class WorkerError(EvalkitError):
    """Processes or machines that were to share the work and did not: they ended, or cannot be reached. It says nothing about any text."""


class UsageError(EvalkitError):
    """The request cannot be understood: an unknown name, a bad option, a bad value."""

    exit_code = 2


class SpecError(UsageError):
    """A candidate or generator specification that cannot be parsed or names nothing known."""


class ConfigError(UsageError):
    """A configuration file or policy that cannot be used."""


class InputError(UsageError):
    """Text that is missing, unreadable, undecodable, empty or too short to work with."""


class OutputError(UsageError):
    """A file or folder that cannot be written: no right to, no room, or something else in its place."""


class FetchError(InputError):
    """A download that failed or whose hash is not the expected one."""


class ModelError(UsageError):
    """A saved model or a results file that cannot be loaded: damaged, foreign or of another version."""


class MissingExtraError(UsageError):
    """A capability whose optional packages are not installed."""

    def __init__(self, what: str, *, extra: str) -> None:
        super().__init__(
            f"{what} needs packages that are not installed.",
            remedy=f"Install them with: {install_command(extra)}",
        )


class TrackerError(UsageError):
    """A tracker of experiments that did not take the results: not reachable, not signed in, or in conflict with what it has."""


class NotScorableError(EvalkitError):
    """The generator cannot give the probability of a text; its likelihood is "not measured", never 0."""

    exit_code = 2


class NoVerdict(EvalkitError):
    """The question is sound but cannot be answered from what there is: a missing baseline, too little text."""

    exit_code = 3


class Interrupted(EvalkitError):
    """Work that was asked to stop, and continues where it was when the same command is run again.

    It is no KeyboardInterrupt, since code on its way that catches one would drop its message.

    Args:
        remedy: where the state is and how to continue, one sentence.
        exit_code: 128 and the number of the signal, what every shell expects of an interrupted program; Ctrl-C unless given.
    """

    exit_code = 130

    def __init__(self, remedy: str, *, exit_code: int = exit_code) -> None:
        super().__init__("Interrupted.", remedy=remedy)
        self.exit_code = exit_code


def one_of(given: str, allowed: Iterable[str]) -> str:
    """A remedy sentence: the near match if there is one, and what is allowed.

    >>> one_of("ngrm", ["unigram", "ngram"])
    'Did you mean "ngram"? Known: ngram, unigram.'
    """
    names = sorted(allowed)
    matches = difflib.get_close_matches(given, names, n=1)
    hint = f'Did you mean "{matches[0]}"? ' if matches else ""
    return f"{hint}Known: {', '.join(names)}."


def near(given: str, allowed: Iterable[str]) -> str:
    """The near match for a name that is not allowed, or all that are allowed.

    >>> near("vocab.hti", ["vocab.hit", "letters.jsd"]), near("x", ["level", "margin"])
    ('did you mean "vocab.hit"?', 'known: level, margin')
    """
    names = sorted({str(name) for name in allowed})
    matches = difflib.get_close_matches(given, names, n=1)
    return f'did you mean "{matches[0]}"?' if matches else f"known: {', '.join(names)}"
