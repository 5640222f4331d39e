"""What the commands share: arguments and how a score is put into words."""

from __future__ import annotations

from typing import Annotated

import typer

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.errors import UsageError, one_of
from generators.cli.tasks import Score

FORMATS = ("text", "json")

Spec = Annotated[str, typer.Argument(metavar="SPEC", help="A generator, such as ngram:order=8.")]
SpecOrModel = Annotated[str, typer.Argument(metavar="SPEC", help="A generator, such as ngram:order=8, or a saved one, model:DIR.")]
Format = Annotated[str, typer.Option("-f", "--format", help="On stdout: text or json.")]


def in_words(measured: Score) -> str:
    """A score as one line of text."""
    over = f"{measured.characters:,} characters of {count(measured.documents, 'document')}"
    if measured.bits_per_char is None:
        return f"not measured over {over}: {visible(measured.reason)}"
    per_byte = f", {measured.bits_per_byte:.4f} per byte" if measured.bits_per_byte is not None else ""
    return f"{measured.bits_per_char:.4f} bits per character{per_byte} over {over}"


def check_format(format_: str) -> None:
    """Refuses formats that these commands do not write."""
    if format_ not in FORMATS:
        raise UsageError(f'--format cannot be "{format_}".', remedy=one_of(format_, FORMATS))
