"""Starts `python -m evalkit` and the command `evalkit`; `start` serves `python -m generators` too.

Only the standard library is imported at the top, so that a broken installation ends in a message and never in exit 1.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import NoReturn

_INTERNAL_ERROR, _INTERRUPTED = 4, 130
_OBJECTS_BEFORE_LOOKING = (100_000, 20, 100)
"""New objects before the youngest are looked through for cycles, and how often they are before older ones are; Python's are 700, 10 and 10."""


def start(program: str) -> NoReturn:
    """Runs a program's command line and exits the process.

    Args:
        program: the package whose `cli.app` it is.
    """
    # A run makes millions of objects that stay, and Python would look through all of them for cycles again and again: a tenth of the time.
    gc.set_threshold(*_OBJECTS_BEFORE_LOOKING)
    # Python ends in 1 when an import fails, and in CI 1 means a regression.
    try:
        app = import_module(f"{program}.cli").app
        run = import_module("evalkit.cli.run").run
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - a package that is broken may raise anything
        from evalkit.errors import install_command

        print(
            f"Error: {program} cannot start: {type(error).__name__}: {error}\n"
            f"The installation is broken or incomplete. Install evalkit into a fresh virtual environment: {install_command()}",
            file=sys.stderr,
        )
        sys.exit(_INTERNAL_ERROR)
    run(app, name=program)
    raise AssertionError("run ends the process")


def main() -> NoReturn:
    """Runs the command line."""
    start("evalkit")


if __name__ == "__main__":
    main()
