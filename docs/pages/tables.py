"""Shows the tables of measurements, docs/data/NAME.csv, on pages that have a part `<!-- generated: NAME -->`.

`python docs/pages/tables.py NAME < PRINTED` puts the Markdown table of a benchmark's output into docs/data/NAME.csv: the only one there is, or the
one that `--nth` counts. Then `python docs/generate.py` shows it.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from pathlib import Path

from generators_page import filled

DOCS = Path(__file__).parents[1]
DATA, MEASURED = DOCS / "data", DOCS / "reference" / "measured"
_TABLE = re.compile(r"^\|.*\|[ \t]*\n\|[ \t:|-]+\|[ \t]*\n(?:\|.*\|[ \t]*(?:\n|\Z))*", re.MULTILINE)
_BAR = re.compile(r"(?<!\\)\|")
"""A bar that parts cells."""


def measured_page(path: Path) -> str:
    """A page with its tables of measurements renewed.

    Raises:
        LookupError: when a part has no file, or is not closed.
    """
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"<!-- generated: ([\w-]+) -->", text):
        if name not in files():
            raise LookupError(f"{path.name} shows docs/data/{name}.csv, which does not exist.")
        text = filled(text, name, shown(files()[name].read_text(encoding="utf-8")))
    return text


def files() -> dict[str, Path]:
    """The data files by name; some are in a folder of their subject."""
    return {path.stem: path for path in sorted(DATA.rglob("*.csv"))}


def shown(data: str) -> str:
    """CSV as a table in Markdown."""
    head, *rows = csv.reader(io.StringIO(data))
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def kept(markdown: str, nth: int | None = None) -> str:
    """A table in Markdown as CSV; `nth` counts from 1 where there are several.

    Raises:
        LookupError: when there is no such table, or several and none is chosen.
        ValueError: when its rows have unlike numbers of cells.
    """
    tables = _TABLE.findall(markdown)
    if nth is None and len(tables) != 1:
        raise LookupError(f"{len(tables)} tables were given; --nth says which one, from 1.")
    if not 1 <= (nth or 1) <= len(tables):
        raise LookupError(f"--nth {nth} of {len(tables)} tables.")
    head, _, *body = tables[(nth or 1) - 1].strip().split("\n")
    rows = [[cell.strip().replace("\\|", "|") for cell in _BAR.split(line.strip()[1:-1])] for line in (head, *body)]
    if unlike := [row for row in rows if len(row) != len(rows[0])]:
        raise ValueError(f"the table has {len(rows[0])} columns, and a row {len(unlike[0])}: {unlike[0]}")
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def main() -> None:
    """Puts a printed table into its data file."""
    parser = argparse.ArgumentParser(description="Puts a printed table into docs/data/NAME.csv.")
    parser.add_argument("name", choices=sorted(files()))
    parser.add_argument("--nth", type=int, help="which of several tables, from 1")
    given = parser.parse_args()
    files()[given.name].write_text(kept(sys.stdin.read(), given.nth), encoding="utf-8")


if __name__ == "__main__":
    main()
