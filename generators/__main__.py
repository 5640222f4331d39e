"""Starts `python -m generators`."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Runs the command line."""
    from evalkit.__main__ import start

    start("generators")


if __name__ == "__main__":
    main()
