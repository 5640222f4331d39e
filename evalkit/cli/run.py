"""The one way from an exception to an exit code, for both programs."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import NoReturn, cast

import typer

from evalkit.errors import EvalkitError, Interrupted
from evalkit.text.visible import visible

log = logging.getLogger("evalkit")

INTERNAL_ERROR = 4
INTERRUPTED = 130
"""128 + SIGINT, what every shell expects of an interrupted program."""
# Typer below 0.28 stands on the package click, later ones on a copy of their own; the base of its public BadParameter is right for both.
_CommandLineError: type[Exception] = next(cls for cls in typer.BadParameter.__mro__ if cls.__name__ == "ClickException")


def run(app: typer.Typer, *, name: str, args: list[str] | None = None) -> NoReturn:
    """Runs a typer application and exits the process with the code that DESIGN.md fixes.

    0 done; 2 usage, configuration or unreadable input; 3 no verdict; 4 an internal error. A command that decides (gate) raises
    `typer.Exit(1)` itself; no exception of any kind ends in 1.
    """
    sys.exit(exit_code(lambda: app(args=args, prog_name=name, standalone_mode=False)))


def exit_code(call: Callable[[], object]) -> int:  # noqa: PLR0911 - one return for each kind of end
    """The exit code of a call, its error printed to stderr."""
    try:
        result = call()
    except typer.Exit as exit_:
        return exit_.exit_code
    except _CommandLineError as error:
        cast("typer.BadParameter", error).show()
        return 2
    except EvalkitError as error:
        _complain(error.problem, error.remedy)
        return error.exit_code
    except Interrupted as interrupted:
        _complain("Interrupted.", interrupted.remedy)
        return INTERRUPTED
    except (KeyboardInterrupt, typer.Abort):
        _complain("Interrupted.", "Nothing half-written was left behind; run the same command again.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away (| head); that is no error of ours, and Python must not complain at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        log.debug("internal error", exc_info=True)
        _complain(
            f"Internal error: {type(error).__name__}: {error}",
            "This is a bug. Please report it with what the same command prints under EVALKIT_LOG=debug.",
        )
        return INTERNAL_ERROR
    return result if isinstance(result, int) else 0


def _complain(problem: str, remedy: str) -> None:
    lines = [f"Error: {visible(problem)}", *([visible(remedy)] if remedy else [])]
    print("\n".join(lines), file=sys.stderr)
