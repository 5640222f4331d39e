"""Runs `generators list`: every generator with its options."""

from __future__ import annotations

import json

import typer

from evalkit.cli import options as opt


def list_(format_: opt.ListingFormat = "text") -> None:
    """List the generators and their options."""
    from generators.cli.tasks import described_generators
    from generators.spec import in_words

    generators = described_generators()
    if format_ == "json":
        typer.echo(json.dumps(generators, indent=1))
        return
    for generator in generators:
        remark = "" if generator["gives_probabilities"] else " (no probabilities)"
        typer.echo(f"{generator['name']:<13}{generator['summary']}{remark}")
        for name, option in generator["options"].items():
            typer.echo(f"{'':<13}  {name}={option['default']}  ({in_words(option['type'])})")
