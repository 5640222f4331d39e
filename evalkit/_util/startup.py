"""How both programs begin. Only the standard library is imported here, so that a broken installation is said and never ends in 1."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NoReturn

INTERNAL_ERROR, INTERRUPTED = 4, 130


def start(program: str) -> NoReturn:
    """Runs a program's command line.

    Python itself ends in 1 when an import fails, which scripts would take for a regression.

    Args:
        program: the package whose `cli.app` it is.
    """
    try:
        app = import_module(f"{program}.cli").app
        run = import_module("evalkit.cli.run").run
    except KeyboardInterrupt:  # Ctrl-C within the first tenths of a second
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - a package that is broken may raise anything
        from evalkit.errors import install_command

        print(
            f"Error: {program} cannot start: {type(error).__name__}: {error}\n"
            f"The installation is broken or incomplete. Install evalkit into a fresh virtual environment: {install_command()}",
            file=sys.stderr,
        )
        sys.exit(INTERNAL_ERROR)
    run(app, name=program)
    raise AssertionError("run ends the process")
