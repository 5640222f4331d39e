"""`python -m evalkit`."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Runs the command line."""
    from evalkit.cli import app
    from evalkit.cli.run import run

    run(app, name="evalkit")


if __name__ == "__main__":
    main()
