"""Measures the verdict: overall on ladders of known order, human text that is told from human text, cheats, and temperatures against the gate.

Each part prints the tables that docs/reference/measured/verdict.md has.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.pools import CORPORA

STANDARD_SPLITS = {"lovecraft": "every:10:4"}
PARTS = ("ladders", "humans", "cheats", "temperatures")


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the tables of the chosen parts as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks judgment", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"what to measure, of {', '.join(PARTS)}; all of them unless given"
    )
    parser.add_argument("--reference", nargs="+", default=["embedded", str(CORPORA / "lovecraft")], help="corpora")
    parser.add_argument("--held-out", default=None, help="pattern of the held-out documents; every:10:4 for Lovecraft unless given")
    parser.add_argument("--passages", type=int, default=40, help="passages of a candidate")
    parser.add_argument("--chars", type=int, default=1000, help="characters of a passage")
    parser.add_argument("--seed", type=int, default=0, help="of everything random")
    parser.add_argument("--draws", type=int, default=400, help="draws of human text")
    parser.add_argument("--splits", type=int, default=400, help="splits of a corpus that human text is drawn from")
    parser.add_argument("--pooled", type=int, default=400, help="splits of them that are audited, and whose every measure is taken")
    parser.add_argument("--chapter", type=int, default=None, help="cut documents into grouped chapters of so many characters")
    parser.add_argument("--least", type=int, default=25_000, help="characters of a document that is cut into chapters")
    parser.add_argument(
        "--models", nargs="+", default=[], metavar="CORPUS:NAME=DIR", help="saved LSTMs, such as lovecraft:quick=DIR"
    )
    parser.add_argument("--cheats", nargs="+", type=Path, default=[], metavar="FOLDER", help="folders of cheats, of one seed each")
    parser.add_argument("--cut", type=int, default=None, help="characters of their passages; as long as they are unless given")
    parser.add_argument("--seeds", type=int, default=3, help="sweeps of each model over temperature")
    given = parser.parse_args(arguments)
    given.models = _models(given.models)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for part in given.parts or PARTS:
        for corpus in given.reference:
            _measure(part, corpus, given)


def _measure(part: str, corpus: str, given: argparse.Namespace) -> None:
    if Path(corpus).is_absolute() and not Path(corpus).exists():
        print(
            f"{part} of {Path(corpus).name}: skipped, since there is no folder {Path(*Path(corpus).parts[-3:])} beside the project\n"
        )
        return
    from benchmarks.judgment import cheats, humans, ladders, temperatures

    given = argparse.Namespace(**{**vars(given), "held_out": given.held_out or STANDARD_SPLITS.get(Path(corpus).name)})
    measures = {
        "ladders": ladders.measure,
        "humans": humans.measure,
        "cheats": cheats.measure,
        "temperatures": temperatures.measure,
    }
    measures[part](corpus, given)


def _models(texts: Sequence[str]) -> dict[str, dict[str, str]]:
    """Corpus -> name -> folder of a saved model."""
    models: dict[str, dict[str, str]] = {}
    for text in texts:
        corpus, _, named = text.partition(":")
        name, _, folder = named.partition("=")
        models.setdefault(corpus, {})[name] = folder
    return models
