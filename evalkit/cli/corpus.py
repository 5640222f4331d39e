"""Runs `evalkit corpus`: lists, describes and fetches corpora."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.cli import options as opt
from evalkit.cli.groups import takes_groups
from evalkit.cli.stderr import shown

if TYPE_CHECKING:  # the readers would slow down every --help
    from evalkit.text.datasets.manifest import CorpusEntry

_INTERIOR = "_interior_percent"
"""The end of the name of the figure of words that go on after the language's last ending."""
Rows = list[tuple[str, str]]
Mirror = Annotated[
    str | None, typer.Option("--mirror", metavar="DIR_OR_URL", help="Take the files from here, not from their source.")
]
Reference = Annotated[str | None, typer.Argument(metavar="[REF]", help="The same as --reference REF.")]


def list_(format_: opt.ListingFormat = "text") -> None:
    """List the corpora that have a name."""
    from evalkit.text.datasets.manifest import load_manifest

    described = [_embedded(), *(_fetchable(entry) for entry in load_manifest().values())]
    if format_ == "json":
        _print_json(described)
    else:
        _print_corpora(described)


@takes_groups
def info(
    ref: Reference = None,
    *,
    reference: opt.Reference = opt.DEFAULT_REFERENCE,
    group: opt.Group = None,
    language: opt.Language = "en",
    reading: opt.ReadingOptions,
    format_: opt.ListingFormat = "text",
) -> None:
    """Describe a corpus in figures: documents, words, letters, word lengths, endings."""
    from evalkit.language.statistics import describe_corpus
    from evalkit.text.corpus import read_corpus
    from evalkit.text.groups import together, unit_of

    corpus = read_corpus(reference if ref is None else ref, options=reading.for_readers(group=group))
    figures = describe_corpus(corpus, language=language)
    if together(corpus.documents):
        figures["groups"] = len({unit_of(document) for document in corpus.documents})
    for note in corpus.notes:
        typer.echo(note, err=True)
    if format_ == "json":
        _print_json(figures)
    else:
        _print_pairs(f"Corpus {figures['name']}", _summary(figures))


def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the corpus; see corpus list.")],
    mirror: Mirror = None,
    format_: opt.ListingFormat = "text",
    no_progress: opt.NoProgress = False,
) -> None:
    """Fetch a corpus into the cache and verify every file of it."""
    from evalkit.text.datasets.download import fetch as run
    from evalkit.text.datasets.manifest import load_manifest

    with shown(enabled=not no_progress) as progress:
        folder = run(name, mirror=mirror, progress=progress)
    entry = load_manifest()[name]
    if format_ == "json":
        _print_json({"name": name, "folder": str(folder), "files": len(entry.files), "bytes": entry.n_bytes})
    else:
        typer.echo(f"{name}: {count(len(entry.files), 'file')} verified in {visible(str(folder))}")


def _embedded() -> dict[str, Any]:
    from evalkit.text.corpus import EMBEDDED, read_corpus

    corpus = read_corpus()
    return {
        "name": EMBEDDED,
        "title": "Tales that come with evalkit",
        "state": "installed",
        "files": len(corpus.documents),
        "bytes": sum(len(document.text.encode("utf-8", "surrogatepass")) for document in corpus.documents),
        "folder": None,
        "source": None,
        "licence": "CC0-1.0",
        "standard_split": None,
    }


def _fetchable(entry: CorpusEntry) -> dict[str, Any]:
    from evalkit.text.datasets.manifest import cache_folder, missing_files

    return {
        "name": entry.name,
        "title": entry.title,
        "state": "not fetched" if missing_files(entry) else "fetched",
        "files": len(entry.files),
        "bytes": entry.n_bytes,
        "folder": str(cache_folder(entry.name)),
        "source": entry.source,
        "licence": entry.licence,
        "standard_split": entry.standard_split,
    }


def _summary(figures: dict[str, Any]) -> Rows:
    counts = ("documents", "groups", "characters", "distinct_characters", "words", "types", "hapax", "letters")
    letters = "  ".join(f"{letter} {percent:.3f}" for letter, percent in figures["letter_percent"].items())
    interior = next(name for name in figures if name.endswith(_INTERIOR))
    lengths = "  ".join(f"{length}: {percent:.2f}" for length, percent in list(figures["word_length_percent"].items())[:12])
    return [
        *((name.replace("_", " "), f"{figures[name]:,}") for name in counts if name in figures),
        ("letters, percent", letters),
        ("letter entropy, bits", _number(figures["letter_entropy_bits"], 4)),
        ("divergence from equal letters, bits", _number(figures["letter_jsd_to_uniform_bits"], 4)),
        ("word lengths, percent", lengths),
        ("mean word length", _number(figures["word_length_mean"], 3)),
        *((f"{name} per 10,000 words", _number(rate, 1)) for name, rate in figures["per_10k_words"].items()),
        (f"{interior.removesuffix(_INTERIOR)} not at the end, percent", _number(figures[interior], 2)),
        ("tokenizer", figures["tokenizer"]),
        ("hash", figures["hash"]),
    ]


def _number(value: float | None, digits: int) -> str:
    return "not measured" if value is None else f"{value:.{digits}f}"


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=True, indent=1))


def _print_pairs(title: str, rows: Rows) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(visible(title)), title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(visible(name)), Text(visible(value)))
    Console(highlight=False).print(table)


def _print_corpora(described: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "what", "state", box=None, pad_edge=False)
    table.add_column("files", justify="right")
    table.add_column("kB", justify="right")
    for corpus in described:
        cells = (corpus["name"], corpus["title"], corpus["state"], str(corpus["files"]), f"{corpus['bytes'] / 1000:,.0f}")
        table.add_row(*(Text(visible(cell)) for cell in cells))
    Console(highlight=False).print(table)
    for corpus in described:
        if corpus["state"] == "not fetched":
            typer.echo(f"Fetch it with: evalkit corpus fetch {corpus['name']}")
