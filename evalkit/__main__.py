"""`python -m evalkit`."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Runs the command line."""
    try:
        from evalkit.cli import app
        from evalkit.cli.run import run
    except KeyboardInterrupt:  # Ctrl-C within the first tenths of a second
        raise SystemExit(130) from None

    run(app, name="evalkit")


if __name__ == "__main__":
    main()
