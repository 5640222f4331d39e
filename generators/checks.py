"""Checks that a generator does what every generator must: `check_generator("ngram:order=4")`, public for people who write their own.

A check is a function of a `Subject`. It returns nothing where the generator passes, raises `CheckFailure` where it fails, and `NotApplicable` where
the check is not about its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from generators.base import Generator
from generators.conformance.cases import CHECKS
from generators.conformance.subject import CheckFailure, NotApplicable, Subject
from generators.spec import GeneratorSpec

__all__ = ["CHECKS", "Check", "CheckFailure", "CheckResult", "NotApplicable", "Subject", "check_generator", "checks_for"]


@dataclass(frozen=True)
class Check:
    """One named check of one generator; call it to run it."""

    name: str
    summary: str
    subject: Subject
    function: Callable[[Subject], None]

    def __call__(self) -> None:
        """Runs the check.

        Raises:
            CheckFailure: when the generator does not pass.
            NotApplicable: when the check is not about this kind of generator.
        """
        self.function(self.subject)


@dataclass(frozen=True)
class CheckResult:
    """The result of a check that did not fail: `status` is "passed", or "skipped" with the reason."""

    name: str
    status: str
    reason: str = ""


def checks_for(
    generator: str | GeneratorSpec | Generator, *, documents: Sequence[str] | None = None, held_out: Sequence[str] | None = None
) -> Iterator[Check]:
    """The checks of one generator, to be run one by one (by pytest, for example). Nothing is fitted before the first check runs.

    Args:
        generator: a specification, or an instance, whose class and options are used.
        documents: training text; four short tales by default.
        held_out: held-out text; two tales by default.
    """
    subject = Subject(generator, documents, held_out)
    for function in CHECKS:
        summary = (function.__doc__ or "").strip().partition("\n")[0]
        yield Check(function.__name__.removeprefix("check_"), summary, subject, function)


def check_generator(
    generator: str | GeneratorSpec | Generator, *, documents: Sequence[str] | None = None, held_out: Sequence[str] | None = None
) -> list[CheckResult]:
    """Runs every check over a generator.

    Args:
        generator: a specification, or an instance, whose class and options are used.
        documents: training text; four short tales by default.
        held_out: held-out text; two tales by default.

    Returns:
        One result a check, passed or skipped.

    Raises:
        CheckFailure: when any check fails; the message lists all that do.

    >>> {result.status for result in check_generator("unigram")}
    {'passed'}
    """
    results, failures = [], []
    for check in checks_for(generator, documents=documents, held_out=held_out):
        try:
            check()
        except NotApplicable as reason:
            results.append(CheckResult(check.name, "skipped", str(reason)))
        except CheckFailure as failure:
            failures.append(f"{check.name}: {failure}")
        else:
            results.append(CheckResult(check.name, "passed"))
    if failures:
        raise CheckFailure("\n".join(failures))
    return results
