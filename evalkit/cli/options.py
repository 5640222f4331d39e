"""Options that several commands share, each declared once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.errors import UsageError
from evalkit.text.corpus import Corpus, Split, read_corpus, split_corpus
from evalkit.text.io.readers import ReadOptions

if TYPE_CHECKING:  # numpy would slow down every --help
    from generators.base import Decoding

_TEXT, _SHAPE, _OUTPUT, _SAMPLING = "Reading text", "Shape", "Output", "Sampling"

Reference = Annotated[
    str,
    typer.Option(
        "--reference", metavar="REF", help="Corpus: a file, folder, glob, URL or name (see corpus list).", rich_help_panel=_TEXT
    ),
]
HeldOut = Annotated[
    str | None,
    typer.Option(
        "--held-out", metavar="PATTERN", help="Documents to hold out: a glob over their ids, or every:10:4.", rich_help_panel=_TEXT
    ),
]
HeldOutShare = Annotated[
    float, typer.Option("--held-out-share", min=0.0, max=1.0, help="Share of the corpus to hold out.", rich_help_panel=_TEXT)
]
TextField = Annotated[
    str | None,
    typer.Option("--text-field", metavar="NAME", help="Field of JSONL, CSV or Parquet that holds the text.", rich_help_panel=_TEXT),
]
DocumentField = Annotated[
    str | None, typer.Option("--document-field", metavar="NAME", help="Field that names the document.", rich_help_panel=_TEXT)
]
PassageField = Annotated[
    str | None, typer.Option("--passage-field", metavar="NAME", help="Field that names the passage.", rich_help_panel=_TEXT)
]
Encoding = Annotated[str, typer.Option("--encoding", help="Encoding of text files.", rich_help_panel=_TEXT)]
Errors = Annotated[str, typer.Option("--errors", help="Undecodable bytes: strict, replace or ignore.", rich_help_panel=_TEXT)]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "-m",
        "--metrics",
        metavar="ID",
        help="Metric, family or pattern, such as letters.jsd, suffix, order.*; all: the whole catalogue; repeatable.",
    ),
]
Language = Annotated[
    str,
    typer.Option("--language", metavar="LANG", help="en, es, de, or a profile of your own (.toml).", rich_help_panel=_TEXT),
]
Passages = Annotated[int | None, typer.Option("--passages", min=1, help="Passages of each candidate.", rich_help_panel=_SHAPE)]
Chars = Annotated[int | None, typer.Option("--chars", min=20, help="Characters of each passage.", rich_help_panel=_SHAPE)]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Fixes everything random; 0 is a seed like any other.")]
Temperature = Annotated[float, typer.Option("--temperature", help="Sampling temperature of generators.", rich_help_panel=_SAMPLING)]
TopK = Annotated[
    int | None, typer.Option("--top-k", help="Sample from the k most probable symbols only.", rich_help_panel=_SAMPLING)
]
TopP = Annotated[
    float | None, typer.Option("--top-p", help="Sample from the most probable share p only.", rich_help_panel=_SAMPLING)
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Fit every generator anew, and keep none for the next run.")]
Output = Annotated[
    list[Path] | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Also write .json, .html, .csv or .md; repeatable.", rich_help_panel=_OUTPUT
    ),
]
Format = Annotated[str, typer.Option("-f", "--format", help="On stdout: text, json or markdown.", rich_help_panel=_OUTPUT)]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="No progress on stderr.", rich_help_panel=_OUTPUT)]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but errors.", rich_help_panel=_OUTPUT)]


def read_options(
    *, encoding: str, errors: str, text_field: str | None, document_field: str | None, passage_field: str | None
) -> ReadOptions:
    """How text is read, from the options of the command line."""
    return ReadOptions(
        encoding=encoding, errors=errors, text_field=text_field, document_field=document_field, passage_field=passage_field
    )


def reference(spec: str, *, held_out: str | None, share: float, seed: int, read: ReadOptions) -> tuple[Corpus, Split]:
    """The reference corpus, split."""
    if not 0 < share < 1:
        raise UsageError(f"--held-out-share must be above 0 and below 1, not {share}.")
    corpus = read_corpus(spec, options=read)
    return corpus, split_corpus(corpus, fraction=share, seed=seed, held_out=held_out)


def decoding(*, temperature: float, top_k: int | None, top_p: float | None) -> Decoding:
    """How generators sample, from the options of the command line."""
    from generators.base import Decoding

    return Decoding(temperature=temperature, top_k=top_k, top_p=top_p)


def as_list(values: Sequence[str] | None) -> list[str]:
    """A repeatable option's values; each may hold several, separated by commas."""
    return [part.strip() for value in values or () for part in value.split(",") if part.strip()]
