"""What every generator must do, as named checks that anyone can run over their own: `check_generator("ngram:order=4")`.

A check takes a `Subject`, returns nothing when all is well, raises `CheckFailure` with what it saw when not, and `NotApplicable` with the
reason where the generator is not of the kind that it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from generators.base import Generator
from generators.conformance.cases import CHECKS
from generators.conformance.subject import CheckFailure, NotApplicable, Subject
from generators.spec import GeneratorSpec

__all__ = ["CHECKS", "Check", "CheckFailure", "NotApplicable", "Outcome", "Subject", "check_generator", "checks_for"]


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
class Outcome:
    """What a check found: `status` is "passed" or "skipped", with the reason."""

    name: str
    status: str
    reason: str = ""


def checks_for(
    generator: str | GeneratorSpec | Generator, *, documents: Sequence[str] | None = None, held_out: Sequence[str] | None = None
) -> Iterator[Check]:
    """The checks of one generator, to be run one by one (by pytest, for example). Nothing is fitted before the first runs.

    Args:
        generator: a specification, or an instance, of which the class and the options are used.
        documents: training text; a few tales by default.
        held_out: held-out text, likewise.
    """
    subject = Subject(generator, documents, held_out)
    for function in CHECKS:
        summary = (function.__doc__ or "").strip().partition("\n")[0]
        yield Check(function.__name__.removeprefix("check_"), summary, subject, function)


def check_generator(
    generator: str | GeneratorSpec | Generator, *, documents: Sequence[str] | None = None, held_out: Sequence[str] | None = None
) -> list[Outcome]:
    """Runs every check over a generator.

    Args:
        generator: a specification, or an instance, of which the class and the options are used.
        documents: training text; a few tales by default.
        held_out: held-out text, likewise.

    Returns:
        One outcome a check, passed or skipped.

    Raises:
        CheckFailure: when any check fails; the message lists all that do.

    >>> {outcome.status for outcome in check_generator("unigram")}
    {'passed'}
    """
    outcomes, failures = [], []
    for check in checks_for(generator, documents=documents, held_out=held_out):
        try:
            check()
        except NotApplicable as reason:
            outcomes.append(Outcome(check.name, "skipped", str(reason)))
        except CheckFailure as failure:
            failures.append(f"{check.name}: {failure}")
        else:
            outcomes.append(Outcome(check.name, "passed"))
    if failures:
        raise CheckFailure("\n".join(failures))
    return outcomes
