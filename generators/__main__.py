"""`python -m generators`."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Runs the command line."""
    from evalkit.cli.run import run
    from generators.cli import app

    run(app, name="generators")


if __name__ == "__main__":
    main()
