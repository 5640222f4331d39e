"""`list`: which generators there are."""

from __future__ import annotations

import json

import typer

from generators.cli.shared import Format, check_format
from generators.cli.tasks import generators_known


def list_(format_: Format = "text") -> None:
    """List the generators and their options."""
    check_format(format_)
    known = generators_known()
    if format_ == "json":
        typer.echo(json.dumps(known, indent=1))
        return
    for generator in known:
        scored = "" if generator["gives_probabilities"] else " (no probabilities)"
        typer.echo(f"{generator['name']:<13}{generator['summary']}{scored}")
        for name, option in generator["options"].items():
            typer.echo(f"{'':<13}  {name}={option['default']}  ({option['type']})")
