"""Turns exceptions into exit codes and messages, for both programs: `run`."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, cast

import typer

from evalkit._util.escape import visible
from evalkit._util.shadow import Shadowed
from evalkit._util.signals import Ending, exit_code_of
from evalkit.cli.program import CommandLineError
from evalkit.errors import EvalkitError, Interrupted

log = logging.getLogger("evalkit")

INTERNAL_ERROR = 4
READER_LEFT = 141
"""128 + SIGPIPE, what every shell expects of a program whose reader has gone."""
_NOWHERE = Path(os.devnull)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def run(app: typer.Typer, *, name: str, args: list[str] | None = None) -> NoReturn:
    """Runs a typer application and exits the process with the code that docs/ci.md promises.

    0 done; 2 usage, configuration or unreadable input; 3 no verdict; 4 an internal error; 128 and the number of a signal that asked
    the program to end. A command that decides (gate) raises
    `typer.Exit(1)` itself; no exception of any kind ends in 1.
    """
    for stream in ("stdout", "stderr"):
        _make_writable(stream)
    ending = Ending()
    ending.install()
    sys.exit(exit_code(lambda: app(args=args, prog_name=name, standalone_mode=False), ending=ending))


def _make_writable(name: str) -> None:
    """Lets a standard stream take any text; files and pipes get UTF-8, like every file that is written here."""
    stream = getattr(sys, name)
    if stream is None:  # closed by the shell, as by >&-
        setattr(sys, name, _NOWHERE.open("w", encoding="utf-8"))
    elif isinstance(stream, io.TextIOWrapper):
        is_set = stream.isatty() or "PYTHONIOENCODING" in os.environ
        stream.reconfigure(encoding=stream.encoding if is_set else "utf-8", errors="replace")


def exit_code(call: Callable[[], object], *, ending: Ending | None = None) -> int:
    """The exit code of a call, its error printed to stderr.

    Args:
        call: the command.
        ending: knows the signal that interrupted it; Ctrl-C unless given.
    """
    code = _code_of(call, ending or Ending())
    try:
        sys.stdout.flush()  # an error must come up here; at shutdown Python would turn it into another code
    except BrokenPipeError:
        _forget_stdout()  # all work is done, so the code stays
    except OSError as error:
        return code or _not_written(error)
    return code


def _code_of(call: Callable[[], object], ending: Ending) -> int:  # noqa: PLR0911 - one return for each kind of end
    try:
        result = call()
    except typer.Exit as exit_:
        return exit_.exit_code
    except CommandLineError as error:
        cast("typer.BadParameter", error).show()
        return 2
    except EvalkitError as error:
        _complain(error.problem, error.remedy)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(ending.number)
    except Shadowed as shadowed:
        return cast("int", shadowed.code)
    except (BrokenPipeError, SystemExit) as end:
        if isinstance(end, SystemExit) and not end.code:  # the shell's words were completed
            return 0
        # The reader went away (| head). Typer makes that a SystemExit of 1, which here means a regression.
        _forget_stdout()
        return READER_LEFT
    except OSError as error:
        return _not_written(error) if error.errno in _NO_ROOM else _internal(error)
    except Exception as error:  # noqa: BLE001 - any other is a bug, and ends in 4
        return _internal(error)
    # Some versions of Typer turn Ctrl-C into this code without a word.
    return _interrupted(ending.number) if result == Interrupted.exit_code else result if isinstance(result, int) else 0


def _interrupted(number: signal.Signals) -> int:
    by = "" if number == signal.SIGINT else f" by {number.name}"
    _complain(f"Interrupted{by}.", "No file was left half-written; run the same command again.")
    return exit_code_of(number)


def _forget_stdout() -> None:
    """Discards what is still to be written, so that Python does not complain at shutdown."""
    with _NOWHERE.open("w", encoding="utf-8") as nowhere, contextlib.suppress(OSError):
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _not_written(error: OSError) -> int:
    _forget_stdout()
    _complain(f"The output cannot be written ({error.strerror}).", "Free some space, or write it elsewhere.")
    return 2


def _internal(error: Exception) -> int:
    log.debug("internal error", exc_info=error)
    _complain(
        f"Internal error: {type(error).__name__}: {error}",
        "This is a bug. Please report it with what the same command prints under EVALKIT_LOG=debug.",
    )
    return INTERNAL_ERROR


def _complain(problem: str, remedy: str) -> None:
    lines = [f"Error: {visible(problem)}", *([visible(remedy)] if remedy else [])]
    with contextlib.suppress(OSError):  # stderr may be closed
        print("\n".join(lines), file=sys.stderr)
