"""Writes gold.json, the numbers of a small comparison, anew: `python -m tests.golden.renew`.

Renew it only with a change that is meant to alter numbers, and name that change in CHANGELOG.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

GOLD = Path(__file__).with_name("gold.json")
ARGUMENTS = ("unigram", "ngram:order=3", "human", "-m", "all", "--passages", "8", "--chars", "400", "--no-progress", "-q")
ROW = ("candidate", "metric", "value", "ci", "floor", "position", "delta", "delta_ci", "p_raw", "p_adjusted", "n_units", "status")


def numbers() -> dict[str, Any]:
    """What the comparison measures: one line a row of results.json, and the signature less what depends on the machine."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        subprocess.run([sys.executable, "-m", "evalkit", "compare", *ARGUMENTS, "-o", file], cwd=folder, check=True)
        results = json.loads(file.read_text(encoding="utf-8"))
    signature = {key: results["signature"][key] for key in ("reference", "canonical", "tokenizer", "metrics", "seed")}
    return {"signature": signature, "rows": [{key: row.get(key) for key in ROW} for row in results["results"]]}


if __name__ == "__main__":
    gold = numbers()
    rows = ",\n".join(json.dumps(row) for row in gold["rows"])  # a line a row, so that a diff shows which measures changed
    GOLD.write_text(f'{{"signature": {json.dumps(gold["signature"])},\n"rows": [\n{rows}\n]}}\n', encoding="utf-8")
