"""Reads the samples beside a results.json: `stored_samples`."""

from __future__ import annotations

from pathlib import Path

from evalkit._util.foreign import parse_json, read_text
from evalkit._util.paths import is_file, resolved
from evalkit.errors import ModelError
from evalkit.results import Results
from evalkit.text.passages import Passage

_MOST_BYTES = 1 << 30


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
        path = resolved(folder / name.replace("\0", ""))  # a name may hold a null character
        if not path.is_relative_to(resolved(folder)):
            raise ModelError(
                f'The samples of "{candidate["name"]}" lie outside the run: {name}', remedy="Do not trust this results file."
            )
        if is_file(path):
            samples[candidate["name"]] = _read(path)
    return samples


def _read(path: Path) -> list[Passage]:
    try:
        lines = [parse_json(line) for line in read_text(path, most_bytes=_MOST_BYTES).split("\n") if line]
        return [Passage(str(line["text"]), str(line["id"]), _document(line.get("document"))) for line in lines]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, MemoryError) as error:
        raise ModelError(f"{path} does not hold samples: {error}", remedy="Run compare again, or remove the file.") from error


def _document(value: object) -> str | None:
    return None if value is None else str(value)
