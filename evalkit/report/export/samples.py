"""Reads the samples beside a results.json: `stored_samples`."""

from __future__ import annotations

import json
from pathlib import Path

from evalkit._util.paths import is_file, resolved
from evalkit.errors import ModelError
from evalkit.results import Results
from evalkit.text.passages import Passage


def stored_samples(results: Results, folder: Path) -> dict[str, list[Passage]]:
    """The passages of each candidate whose file is there; a missing file is no error, since results stand on their own.

    Raises:
        ModelError: when a file's name leads out of the run's folder, or its lines are not passages.
    """
    samples = {}
    for candidate in results.candidates:
        name = candidate.get("samples")
        if not name:
            continue
        path = resolved(folder / name)
        if not path.is_relative_to(resolved(folder)):
            raise ModelError(
                f'The samples of "{candidate["name"]}" lie outside the run: {name}', remedy="Do not trust this results file."
            )
        if is_file(path):
            samples[candidate["name"]] = _read(path)
    return samples


def _read(path: Path) -> list[Passage]:
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        return [Passage(str(line["text"]), str(line["id"]), line.get("document")) for line in lines]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} does not hold samples: {error}", remedy="Run compare again, or remove the file.") from error
